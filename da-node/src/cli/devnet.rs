//! `weft devnet`: a whole network on this machine that stays up.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use weft_light_client::{HeightReport, LightClient, LightConfig};

use super::exit::{service_ended, start_failed};
use super::output::{Progress, print, print_json, rows, tell};
use super::shared::Engine;
use super::signals::StopSignals;
use crate::devnet::{Devnet, DevnetOptions};
use crate::node::Node;

/// Validators that one process runs.
const VALIDATORS: RangeInclusive<usize> = 1..=64;

#[derive(Debug, Args)]
pub(super) struct DevnetArgs {
    /// Number of validators, each a custodian; at most 64, because all run in this process.
    #[arg(long, value_name = "N", default_value = "4", value_parser = validators)]
    validators: NonZeroUsize,
    /// Folder that keeps keys, stores and the genesis across restarts.
    #[arg(long, value_name = "FOLDER", default_value = ".weft")]
    data_dir: PathBuf,
    /// HTTP address of the first gateway; the second uses a free port.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4680")]
    api: SocketAddr,
    /// Engine that orders blocks.
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = Engine::Malachite)]
    orderer: Engine,
    /// Block interval in milliseconds. With `solo` it is the minimum, and there are no empty
    /// blocks.
    #[arg(
        long,
        value_name = "MS",
        default_value = "1000",
        value_parser = clap::value_parser!(u64).range(10..=600_000)
    )]
    block_interval_ms: u64,
    /// Prints JSON lines: the endpoints, then one object per sampled block.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Endpoints {
    event: &'static str,
    api: Vec<String>,
    p2p: Vec<String>,
    genesis: PathBuf,
}

pub(super) async fn run(args: DevnetArgs) -> anyhow::Result<ExitCode> {
    let progress = Progress::new(args.json);
    progress.doing("starting the network");
    let devnet = Devnet::start(DevnetOptions {
        data_dir: args.data_dir.clone(),
        validators: args.validators,
        gateways: vec![args.api, SocketAddr::new(args.api.ip(), 0)],
        orderer: args
            .orderer
            .config(Duration::from_millis(args.block_interval_ms)),
        withholding: None,
    })
    .await
    .map_err(|error| start_failed(error.into()))?;
    let stop = CancellationToken::new();
    let mut config = LightConfig::new(devnet.genesis().clone(), args.data_dir.join("light"));
    config.bootstrap = devnet.p2p_addrs();
    let light = LightClient::start(config, stop.clone())
        .await
        .context("the light client")?;
    drop(progress);
    announce(&devnet, args.json)?;

    let mut signals = StopSignals::listen()?;
    let (followed, is_failed) = tokio::select! {
        followed = follow(&light, &mut signals, args.json) => (followed, false),
        failed = devnet.failed() => (Err(service_ended(failed)), true),
    };
    let stopping = async {
        stop.cancel();
        light.shutdown().await;
        devnet.shutdown().await;
    };
    let stopped = if is_failed {
        signals.stop_failed(stopping).await;
        Ok(())
    } else {
        signals.stop_orderly(stopping).await
    };
    followed.and(stopped)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the report of each block until a stop signal.
async fn follow(light: &LightClient, signals: &mut StopSignals, json: bool) -> anyhow::Result<()> {
    let mut reports = light.reports();
    let mut listened_to = true;
    loop {
        tokio::select! {
            () = signals.next() => return Ok(()),
            report = reports.recv() => match report {
                Ok(report) if listened_to => if let Err(error) = tell_of(&report, json) {
                    tell(format_args!("weft: {error:#}; the network continues without output"));
                    listened_to = false;
                },
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    tell(format_args!("weft: {missed} blocks were not reported"));
                }
                Err(RecvError::Closed) => anyhow::bail!("the light client stopped"),
            }
        }
    }
}

fn tell_of(report: &HeightReport, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(report);
    }
    print(format_args!(
        "block {}: {}, {} (confidence {}, {} of {} samples)",
        report.height.get(),
        rows(report.rows.into()),
        report.verdict,
        report.confidence,
        report.verified,
        report.asked,
    ))
}

fn validators(text: &str) -> Result<NonZeroUsize, String> {
    let number: usize = text.parse().map_err(|error| format!("{error}"))?;
    NonZeroUsize::new(number)
        .filter(|number| VALIDATORS.contains(&number.get()))
        .ok_or_else(|| {
            format!(
                "{number} is not in {} to {}; `weft init` makes larger networks",
                VALIDATORS.start(),
                VALIDATORS.end()
            )
        })
}

fn announce(devnet: &Devnet, json: bool) -> anyhow::Result<()> {
    let endpoints = Endpoints {
        event: "ready",
        api: devnet
            .gateways()
            .iter()
            .filter_map(Node::api_addr)
            .map(|api| format!("http://{api}"))
            .collect(),
        p2p: devnet.p2p_addrs().iter().map(ToString::to_string).collect(),
        genesis: devnet.genesis_path().to_path_buf(),
    };
    if json {
        return print_json(&endpoints);
    }
    for api in &endpoints.api {
        print(format_args!("gateway   {api}"))?;
    }
    for node in devnet.validators() {
        let addresses: Vec<_> = node.p2p_addrs().iter().map(ToString::to_string).collect();
        print(format_args!("validator {}", addresses.join(" ")))?;
    }
    print(format_args!("genesis   {}", endpoints.genesis.display()))?;
    print(format_args!(
        "post      weft post FILE --gateway {} --genesis {}",
        endpoints.api[0],
        endpoints.genesis.display()
    ))?;
    print("stop      Ctrl-C")
}
