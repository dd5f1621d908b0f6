//! `weft node`: one node, from its configuration file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::output::print_json;
use super::shared::stop_signal;
use super::start_log;
use crate::config::{Config, LogFormat};
use crate::node::{Node, NodeOptions};

#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// The configuration file; `weft init` writes some.
    #[arg(long)]
    config: PathBuf,
    /// Prints the endpoints as one JSON object when the node runs.
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
    let config = Config::load(&args.config)?;
    let json = log_json || config.log.format == LogFormat::Json;
    start_log(log.unwrap_or(&config.log.filter), json)?;
    let options = NodeOptions::from_config(&config)?;
    let node = Node::start(options)
        .await
        .context("the node did not start")?;
    let running = Running {
        event: "running",
        peer_id: node.peer_id().to_string(),
        p2p: node.p2p_addrs().iter().map(ToString::to_string).collect(),
        api: node.api_addr().map(|api| format!("http://{api}")),
    };
    if args.json {
        print_json(&running)?;
    } else {
        println!("peer      {}", running.peer_id);
        for address in &running.p2p {
            println!("listen    {address}");
        }
        if let Some(api) = &running.api {
            println!("gateway   {api}");
        }
    }
    stop_signal().await?;
    node.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
