//! `weft demo`: the main job, end to end, in one process over real sockets and real databases.
//!
//! ```text
//!  batch ─► gateway 0 ─► four custodians ─► certificate ─► block ─► light client samples
//!                                │                                        │
//!                                └─────► gateway 1, which holds nothing ──┴─► verdict, bytes back
//! ```
//!
//! The exit status is 0 if the outcome is right. Without withholding, the bytes are read back and
//! the light client's verdict is available. With more withheld than can be repaired, the verdict
//! must not be available, and the read must fail.

mod batch;
mod phases;
mod report;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::output::{Progress, print, print_json};
use super::shared::{BatchArgs, Engine};

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// The batch to post; `-` reads standard input. By default, a synthetic batch of 1 MiB.
    file: Option<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
    /// Percentage of the extended matrix's cells that custodians withhold, in the worst pattern.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    withhold: Option<f64>,
    /// Seed of the synthetic batch and of the withheld pattern. By default a random one, printed.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Engine that orders blocks.
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = Engine::Malachite)]
    orderer: Engine,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(rand::random);
    let progress = Progress::new(args.json);
    let batch = batch::load(args.file.as_deref(), &args.batch, seed)?;
    progress.done(batch.describe());
    let demo = run::Demo {
        batch,
        namespace: args.batch.namespace,
        layout: args.batch.layout,
        withhold: args.withhold,
        seed,
        engine: args.orderer,
    };
    let report = demo.run(&progress).await?;
    drop(progress);
    if args.json {
        print_json(&report)?;
    } else {
        print(report.lines().join("\n"))?;
    }
    Ok(if report.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=100.0).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{value} is not a percentage from 0 to 100"))
    }
}
