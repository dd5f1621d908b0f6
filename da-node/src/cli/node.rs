//! `weft node`: one node, from its configuration file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::exit::{advise, misused, service_ended, start_failed};
use super::output::{print, print_json};
use super::signals::StopSignals;
use super::start_log;
use crate::config::{Config, ConfigError, LogFormat};
use crate::node::{Node, NodeOptions};

#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// The configuration file, as `weft init` writes it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Prints the endpoints as one JSON object once the node runs.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Running {
    event: &'static str,
    peer_id: String,
    p2p: Vec<String>,
    api: Option<String>,
}

pub(super) async fn run(
    args: NodeArgs,
    log: Option<&str>,
    log_json: bool,
) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config).map_err(|error| match error {
        ConfigError::Read { .. } => advise(error.into(), "`weft init` writes configurations"),
        error @ ConfigError::Value { .. } => {
            anyhow::Error::new(error).context(args.config.display().to_string())
        }
        error => error.into(),
    })?;
    let json = log_json || config.log.format == LogFormat::Json;
    match log {
        Some(filter) => start_log(filter, json).map_err(misused)?,
        None => start_log(&config.log.filter, json)?,
    }
    let options = NodeOptions::from_config(&config)?;
    let node = Node::start(options).await.map_err(|error| {
        start_failed(anyhow::Error::new(error).context("the node did not start"))
    })?;
    let running = Running {
        event: "running",
        peer_id: node.peer_id().to_string(),
        p2p: node.p2p_addrs().iter().map(ToString::to_string).collect(),
        api: node.api_addr().map(|api| format!("http://{api}")),
    };
    if args.json {
        print_json(&running)?;
    } else {
        print(format_args!("peer      {}", running.peer_id))?;
        for address in &running.p2p {
            print(format_args!("listen    {address}"))?;
        }
        if let Some(api) = &running.api {
            print(format_args!("gateway   {api}"))?;
        }
    }
    let mut signals = StopSignals::listen()?;
    let ended = tokio::select! {
        () = signals.next() => None,
        ended = node.failed() => Some(ended),
    };
    match ended {
        None => {
            signals.stop_orderly(node.shutdown()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Some(ended) => {
            signals.stop_failed(node.shutdown()).await;
            Err(service_ended(ended))
        }
    }
}
