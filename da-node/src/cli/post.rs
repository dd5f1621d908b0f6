//! `weft post`: posts a batch and verifies its receipt.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde::Serialize;
use weft_rollup_adapter::{DataAvailability, Wait};

use super::exit::advise;
use super::output::{Progress, human, human_bytes, print, print_json, rows, tell};
use super::shared::{BatchArgs, GatewayArgs};

#[derive(Debug, Args)]
pub(super) struct PostArgs {
    /// The batch; `-` reads standard input.
    file: PathBuf,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    gateway: GatewayArgs,
    /// What to wait for. `certified`: custodians with more than 2/3 of the stake have signed that
    /// they hold it; `ordered`: a block has ordered it.
    #[arg(long, value_enum, default_value_t = Until::Certified)]
    wait: Until,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    Certified,
    Ordered,
}

#[derive(Serialize)]
struct Posted {
    blob_id: String,
    height: Option<u64>,
    namespace: String,
    byte_len: u64,
    rows: usize,
    versioned_hashes: Vec<String>,
}

pub(super) async fn run(args: PostArgs) -> anyhow::Result<ExitCode> {
    let batch = args.batch.read(&args.file)?;
    let client = args.gateway.client()?;
    let begun = Instant::now();
    let progress = Progress::new(args.json);
    progress.doing(format!("posting {}", human_bytes(batch.len() as u64)));
    let mut receipt = client
        .post(
            &args.batch.namespace,
            args.batch.layout,
            batch.into(),
            Wait::Certified,
        )
        .await
        .map_err(|error| {
            let fault = error.fault();
            let error = anyhow::Error::new(error).context("the batch was not posted");
            args.gateway.failed(error, fault)
        })?;
    if args.wait == Until::Ordered {
        let blob_id = receipt.blob_id();
        progress.doing(format!("{blob_id} is certified, waiting for its block"));
        receipt = client
            .wait(&blob_id, Wait::Ordered)
            .await
            .map_err(|error| {
                let said = format!("blob {blob_id} is certified and stored, but not ordered");
                let error = anyhow::Error::new(error).context(said);
                let advice = "check that the proposer is up; posting again gives the same blob and continues to wait";
                advise(error, advice)
            })?;
    }
    drop(progress);
    let posted = Posted {
        blob_id: receipt.blob_id().to_string(),
        height: receipt.height().map(weft_chain::Height::get),
        namespace: receipt.header().namespace.to_string(),
        byte_len: receipt.header().byte_len,
        rows: receipt.rows(),
        versioned_hashes: receipt.versioned_hashes().iter().map(hex::encode).collect(),
    };
    if args.json {
        print_json(&posted)?;
    } else {
        print(&posted.blob_id)?;
        let place = posted
            .height
            .map_or("certified".into(), |height| format!("in block {height}"));
        tell(format_args!(
            "{}, {place}, in {}",
            rows(posted.rows),
            human(begun.elapsed())
        ));
    }
    Ok(ExitCode::SUCCESS)
}
