//! `weft devnet`: a whole network on this machine that stays up.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use weft_light_client::{LightClient, LightConfig};

use super::output::{Progress, print_json};
use super::shared::stop_signal;
use crate::devnet::{Devnet, DevnetOptions};
use crate::node::Node;
use crate::orderer::solo::SoloConfig;

#[derive(Debug, Args)]
pub(super) struct DevnetArgs {
    /// Validators, each a custodian.
    #[arg(long, default_value = "4")]
    validators: NonZeroUsize,
    /// Where keys, stores and the genesis are kept across restarts.
    #[arg(long, default_value = ".weft")]
    data_dir: PathBuf,
    /// HTTP address of the first gateway; the second takes a free port.
    #[arg(long, default_value = "127.0.0.1:4680")]
    api: SocketAddr,
    /// Least time between blocks, milliseconds.
    #[arg(long, default_value = "1000")]
    block_interval_ms: u64,
    /// Prints JSON lines: the endpoints, then one object a block sampled.
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
        orderer: SoloConfig {
            block_interval: Duration::from_millis(args.block_interval_ms),
            ..SoloConfig::default()
        },
        withholding: None,
    })
    .await?;
    let stop = CancellationToken::new();
    let mut config = LightConfig::new(devnet.genesis().clone(), args.data_dir.join("light"));
    config.bootstrap = devnet.p2p_addrs();
    let light = LightClient::start(config, stop.clone())
        .await
        .context("the light client")?;
    drop(progress);
    announce(&devnet, args.json)?;

    let mut reports = light.reports();
    let mut signal = std::pin::pin!(stop_signal());
    loop {
        tokio::select! {
            done = &mut signal => {
                done?;
                break;
            }
            report = reports.recv() => match report {
                Ok(report) if args.json => print_json(&report)?,
                Ok(report) => println!(
                    "block {}: {} rows, {} (confidence {}, {} of {} samples)",
                    report.height.get(), report.rows, report.verdict, report.confidence,
                    report.verified, report.asked,
                ),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => {
                    anyhow::bail!("the light client stopped");
                }
            }
        }
    }
    stop.cancel();
    light.shutdown().await;
    devnet.shutdown().await;
    Ok(ExitCode::SUCCESS)
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
        println!("gateway   {api}");
    }
    for node in devnet.validators() {
        let addresses: Vec<_> = node.p2p_addrs().iter().map(ToString::to_string).collect();
        println!("validator {}", addresses.join(" "));
    }
    println!("genesis   {}", endpoints.genesis.display());
    println!(
        "post      weft post FILE --gateway {} --genesis {}",
        endpoints.api[0],
        endpoints.genesis.display()
    );
    println!("stop      Ctrl-C");
    Ok(())
}
