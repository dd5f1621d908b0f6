//! `weft get`: reads a blob and verifies its batch, or the proof that it is malformed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use weft_chain::BlobId;
use weft_rollup_adapter::verify::{ProvenMalformed, VerifiedBatch};
use weft_rollup_adapter::{DataAvailability, ReadOutcome, VerifiedReceipt};

use super::exit;
use super::output::{Progress, human_bytes, print_json, tell};
use super::shared::GatewayArgs;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// The blob's id, as `weft post` printed it.
    blob_id: BlobId,
    /// File for the batch; `-` is standard output.
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
    /// `batch` or `malformed`.
    outcome: &'static str,
    /// The file with the batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
    /// Why the blob is malformed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Got {
    fn new(receipt: &VerifiedReceipt, outcome: &'static str) -> Self {
        Self {
            blob_id: receipt.blob_id().to_string(),
            byte_len: receipt.byte_len(),
            namespace: receipt.namespace().to_string(),
            outcome,
            out: None,
            reason: None,
        }
    }
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
    match read {
        ReadOutcome::Batch(read) => keep(&read, args.out, args.json),
        ReadOutcome::Malformed(malformed) => tell_of(&malformed, args.json),
    }
}

/// Writes a batch to `out`.
fn keep(read: &VerifiedBatch, out: PathBuf, json: bool) -> anyhow::Result<ExitCode> {
    let batch = read.batch();
    if out == Path::new("-") {
        std::io::Write::write_all(&mut std::io::stdout().lock(), batch)
            .context("standard output")?;
    } else {
        std::fs::write(&out, batch).with_context(|| out.display().to_string())?;
    }
    if json {
        let got = Got::new(read.receipt(), "batch");
        let out = Some(out);
        print_json(&Got { out, ..got })?;
    } else {
        let bytes = human_bytes(read.receipt().byte_len());
        tell(format_args!("{bytes}, verified"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Reports a malformed blob. It holds no batch, so nothing is written.
fn tell_of(malformed: &ProvenMalformed, json: bool) -> anyhow::Result<ExitCode> {
    let reason = malformed.reason();
    if json {
        let got = Got::new(malformed.receipt(), "malformed");
        let reason = Some(reason.to_string());
        print_json(&Got { reason, ..got })?;
    } else {
        let blob_id = malformed.receipt().blob_id();
        tell(format_args!(
            "blob {blob_id} is malformed and holds no batch: {reason}; verified"
        ));
    }
    Ok(exit::of_malformed())
}
