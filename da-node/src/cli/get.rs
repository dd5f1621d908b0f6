//! `weft get`: reads a batch and verifies it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use weft_chain::BlobId;
use weft_rollup_adapter::DataAvailability;

use super::output::{Progress, human_bytes, print_json, tell};
use super::shared::GatewayArgs;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// The blob's id, as `weft post` printed it.
    blob_id: BlobId,
    /// Where the batch goes; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object; needs `--out FILE`.
    #[arg(long, requires = "out")]
    json: bool,
}

#[derive(Serialize)]
struct Got {
    blob_id: String,
    byte_len: u64,
    namespace: String,
    out: PathBuf,
}

pub(super) async fn run(args: GetArgs) -> anyhow::Result<ExitCode> {
    let to_stdout = args.out == Path::new("-");
    anyhow::ensure!(
        !(args.json && to_stdout),
        "--json prints on standard output: give --out FILE"
    );
    let client = args.gateway.client()?;
    let progress = Progress::new(args.json);
    progress.doing(format!("reading {}", args.blob_id));
    let read = client.read(&args.blob_id).await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the batch was not read");
        args.gateway.failed(error, fault)
    })?;
    drop(progress);
    let batch = read.batch();
    if to_stdout {
        std::io::Write::write_all(&mut std::io::stdout().lock(), batch)
            .context("standard output")?;
    } else {
        std::fs::write(&args.out, batch).with_context(|| args.out.display().to_string())?;
    }
    let got = Got {
        blob_id: args.blob_id.to_string(),
        byte_len: batch.len() as u64,
        namespace: read.receipt().header().namespace.to_string(),
        out: args.out,
    };
    if args.json {
        print_json(&got)?;
    } else {
        tell(format_args!("{}, verified", human_bytes(got.byte_len)));
    }
    Ok(ExitCode::SUCCESS)
}
