//! `weft sample`: samples one block as a light client and says whether it is available.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use libp2p::Multiaddr;
use tokio_util::sync::CancellationToken;
use weft_chain::Height;
use weft_light_client::{HeightReport, LightClient, LightConfig};

use super::exit::{advise, of_verdict};
use super::output::{Progress, human, print, print_json};
use super::shared::TrustArgs;

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// The block.
    height: u64,
    #[command(flatten)]
    trust: TrustArgs,
    /// A peer to ask beside the validators that the genesis names; the address ends in /p2p/ and
    /// its id.
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<Multiaddr>,
    /// How long to wait for the block and its verdict.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    timeout: u64,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: SampleArgs) -> anyhow::Result<ExitCode> {
    let genesis = args.trust.read()?;
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let mut config = LightConfig::new(genesis, folder.path().to_path_buf());
    config.bootstrap = args.peer;
    let progress = Progress::new(args.json);
    progress.doing(format!("sampling block {}", args.height));
    let stop = CancellationToken::new();
    let light = LightClient::start(config, stop.clone())
        .await
        .context("the light client")?;
    let limit = Duration::from_secs(args.timeout);
    let outcome = sample(&light, Height::new(args.height), limit).await;
    stop.cancel();
    light.shutdown().await;
    drop(progress);
    let report = outcome?;
    if args.json {
        print_json(&report)?;
    } else {
        print(format_args!(
            "block {}: {} (confidence {}, {} of {} samples verified, {} refused) in {}",
            args.height,
            report.verdict,
            report.confidence,
            report.verified,
            report.asked,
            report.refused,
            human(report.elapsed),
        ))?;
    }
    Ok(of_verdict(&report.verdict))
}

/// A block's report, within `limit`.
async fn sample(
    light: &LightClient,
    height: Height,
    limit: Duration,
) -> anyhow::Result<HeightReport> {
    if let Ok(report) = tokio::time::timeout(limit, light.sample(height)).await {
        return report.with_context(|| format!("block {height} was not sampled"));
    }
    let peers = light.connected().borrow().len();
    let status = light.status().borrow().clone();
    let error = anyhow::anyhow!(
        "no verdict on block {height} within {} s: {peers} peers are connected, the newest block \
         that was verified is {}",
        limit.as_secs(),
        status.tip,
    );
    let error = match status.halted {
        Some(halted) => error.context(format!("the chain cannot be followed: {halted}")),
        None => error,
    };
    Err(advise(
        error,
        "`weft status` tells the newest block; --peer names a peer, --timeout SECONDS waits longer",
    ))
}
