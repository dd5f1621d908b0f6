//! `weft sample`: samples one block as a light client and says whether it is available.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use libp2p::Multiaddr;
use tokio_util::sync::CancellationToken;
use weft_chain::Height;
use weft_light_client::{LightClient, LightConfig};

use super::output::{Progress, human, print_json};
use super::shared::read_genesis;

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// The block.
    height: u64,
    /// The genesis of the chain: what is trusted, and where its validators are.
    #[arg(long, env = "WEFT_GENESIS", default_value = ".weft/genesis.json")]
    genesis: PathBuf,
    /// Peers to ask beside the validators that the genesis names.
    #[arg(long)]
    peer: Vec<Multiaddr>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: SampleArgs) -> anyhow::Result<ExitCode> {
    let genesis = read_genesis(&args.genesis)?;
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let mut config = LightConfig::new(genesis, folder.path().to_path_buf());
    config.bootstrap = args.peer;
    let progress = Progress::new(args.json);
    progress.doing(format!("sampling block {}", args.height));
    let stop = CancellationToken::new();
    let light = LightClient::start(config, stop.clone())
        .await
        .context("the light client")?;
    let outcome = light.sample(Height::new(args.height)).await;
    stop.cancel();
    light.shutdown().await;
    drop(progress);
    let report = outcome.with_context(|| format!("block {} was not sampled", args.height))?;
    if args.json {
        print_json(&report)?;
    } else {
        println!(
            "block {}: {} (confidence {}, {} of {} samples verified, {} refused) in {}",
            args.height,
            report.verdict,
            report.confidence,
            report.verified,
            report.asked,
            report.refused,
            human(report.elapsed),
        );
    }
    Ok(if report.verdict.is_available() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
