//! Weft's coding beside the libraries that a user would otherwise pick, in one process.
//!
//! ```text
//!   inputs (seeded) ──> works ──> measure: Weft, c-kzg, rust_eth_kzg in turn ──> medians, ratios
//!        │                                                                          │
//!        └──> identical: the same bytes from all of them                 report: table or JSON
//! ```
//!
//! `cargo run --release -p weft-benches --bin peers -- [--quick] [--json] [--only WORK,..]`

mod archive;
mod footprint;
mod identical;
mod inputs;
mod libraries;
mod measure;
mod processor;
mod report;
mod works;

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use rayon::{ThreadPool, ThreadPoolBuilder};

use inputs::Inputs;
use measure::Effort;
use report::{Report, WorkReport};
use works::{Bench, Work};

/// Measures Weft's coding beside c-kzg and rust_eth_kzg.
#[derive(Debug, Parser)]
#[command(name = "peers")]
struct Options {
    /// Few repetitions; what a peer does for each of 64 rows is measured on some and scaled.
    #[arg(long)]
    quick: bool,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Only these works, by name; leaves out the archive, the check of identity and all threads.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let effort = if options.quick {
        Effort {
            budget: Duration::from_secs(2),
            peer_rows: 2,
        }
    } else {
        Effort {
            budget: Duration::from_secs(12),
            peer_rows: 64,
        }
    };
    let wanted =
        |work: &str| options.only.is_empty() || options.only.iter().any(|only| only == work);
    let footprint = footprint::measure()?;
    let inputs = Inputs::new();
    let bench = Bench {
        inputs: &inputs,
        c_kzg: &libraries::CKzg::new(),
        rust_eth_kzg: &libraries::RustEthKzg::new(),
        effort,
    };

    // A library's own threads are counted when it first asks for them: not while there is one
    // processor, or it would never have more.
    bench.warm_up();
    let one = pool(1)?;
    let on_one = |works: &[Work]| -> Result<Vec<WorkReport>> {
        let wanted = works.iter().filter(|work| wanted(work.name));
        processor::alone(|| one.install(|| wanted.map(|work| bench.compare(work)).collect()))
    };
    let mut rows = on_one(&works::COMPARED)?;
    if wanted(works::THREADS_2.name) {
        rows.push(bench.threads(&one, &pool(2)?));
    }
    let more = on_one(&works::MORE)?;
    let mut report = Report {
        rows,
        more,
        footprint,
        ..Report::default()
    };
    if options.only.is_empty() {
        let all = pool(0)?;
        report.threads = all.current_num_threads();
        report.all_threads = works::COMPARED
            .iter()
            .map(|work| all.install(|| bench.compare(work)))
            .collect();
        report.archive = processor::alone(|| one.install(|| archive::measure(effort)))??;
        identical::check(&bench).context("the results differ from a peer's")?;
        report.identical = true;
    }
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// A pool of so many threads; 0 is one for each processor.
fn pool(threads: usize) -> Result<ThreadPool> {
    Ok(ThreadPoolBuilder::new().num_threads(threads).build()?)
}
