//! `weft sample`: samples one block as a light client and says whether it is available.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use libp2p::Multiaddr;
use tokio_util::sync::CancellationToken;
use weft_chain::Height;
use weft_light_client::{HeightReport, LightClient, LightConfig, SampleSchedule};

use super::exit::{advise, of_verdict};
use super::output::{Progress, human, print, print_json};
use super::shared::{TrustArgs, sampled};

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// The block; the first has height 1.
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    height: u64,
    #[command(flatten)]
    trust: TrustArgs,
    /// A peer to ask in addition to the validators of the genesis. The address ends in /p2p/ and
    /// the peer id.
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<Multiaddr>,
    /// How long to wait for the block and its verdict. Sampling alone may take 60 seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 120,
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
    // Sample only this block.
    config.schedule = SampleSchedule::OnRequest;
    let progress = Progress::new(args.json);
    progress.doing(format!("sampling block {}", args.height));
    let stop = CancellationToken::new();
    let light = LightClient::start(config, stop.clone())
        .await
        .context("the light client")?;
    let limit = Duration::from_secs(args.timeout);
    let outcome = sample(&light, Height::new(args.height), limit, &progress).await;
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
    progress: &Progress,
) -> anyhow::Result<HeightReport> {
    let not_sampled = || format!("block {height} was not sampled");
    let ticket = light.request(height).await.with_context(not_sampled)?;
    let samples = ticket.progress();
    if let Ok(report) = tokio::time::timeout(limit, sampled(ticket, progress)).await {
        return report.with_context(not_sampled);
    }
    let samples = *samples.borrow();
    let how_far = if samples.asked > 0 {
        format!(
            "{} of {} samples verified, {} refused or put off",
            samples.verified, samples.asked, samples.refused
        )
    } else {
        format!(
            "the newest block that was verified is {}",
            light.status().borrow().tip
        )
    };
    let error = anyhow::anyhow!(
        "no verdict on block {height} within {} s: {} peers are connected, {how_far}",
        limit.as_secs(),
        light.connected().borrow().len(),
    );
    let halted = light.status().borrow().halted.clone();
    let error = match halted {
        Some(halted) => error.context(format!("the chain cannot be followed: {halted}")),
        None => error,
    };
    Err(advise(
        error,
        "`weft status` shows the newest block; --peer names a peer, --timeout SECONDS waits longer",
    ))
}
