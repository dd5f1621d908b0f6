//! `weft demo`: the main job, end to end, in one process over real sockets and real databases.
//!
//! ```text
//!  batch ─► gateway 0 ─► four custodians ─► certificate ─► block ─► light client samples
//!                                │                                        │
//!                                └─────► gateway 1, which holds nothing ──┴─► verdict, bytes back
//! ```
//!
//! The command's status is 0 when what came out is right: without withholding, the bytes are back
//! and the light client says available; with more withheld than can be repaired, it must never say
//! so, and the read must fail.

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
    /// The batch to post, `-` reads standard input; without it, a synthetic one of 1 MiB.
    file: Option<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
    /// Custodians refuse this percentage of the extended matrix's cells, in the worst pattern.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    withhold: Option<f64>,
    /// Seed of the synthetic batch and of the withheld pattern; a random one is taken and printed.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Who orders blocks.
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
