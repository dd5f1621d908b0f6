//! The report, as JSON and as tables.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::footprint::Footprint;

/// All that one run found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// One thread.
    pub(crate) rows: Vec<WorkReport>,
    /// One thread, works with nothing to reach.
    pub(crate) more: Vec<WorkReport>,
    /// Threads of `all_threads`; 0 where those were left out.
    pub(crate) threads: usize,
    pub(crate) all_threads: Vec<WorkReport>,
    pub(crate) archive: Vec<ArchiveReport>,
    pub(crate) footprint: Footprint,
    /// Whether all results were compared with the peers' and found the same.
    pub(crate) identical: bool,
}

/// One work: medians in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct WorkReport {
    work: &'static str,
    weft_ms: f64,
    peers: BTreeMap<&'static str, f64>,
    /// The better peer's time over Weft's.
    ratio: f64,
    at_least: f64,
    aim: f64,
}

impl WorkReport {
    pub(crate) fn new(
        work: &'static str,
        weft_ms: f64,
        peers: impl IntoIterator<Item = (&'static str, f64)>,
        at_least: f64,
        aim: f64,
    ) -> Self {
        let peers: BTreeMap<_, _> = peers
            .into_iter()
            .map(|(name, ms)| (name, rounded(ms)))
            .collect();
        let best = peers.values().copied().fold(f64::INFINITY, f64::min);
        Self {
            work,
            weft_ms: rounded(weft_ms),
            ratio: rounded(best / weft_ms),
            peers,
            at_least: rounded(at_least),
            aim: rounded(aim),
        }
    }
}

/// One Reed-Solomon library of the archive tier, on one thread.
#[derive(Debug, Serialize)]
pub(crate) struct ArchiveReport {
    pub(crate) library: &'static str,
    pub(crate) encode_ms: f64,
    pub(crate) reconstruct_ms: f64,
    pub(crate) encode_gib_s: f64,
    pub(crate) reconstruct_gib_s: f64,
}

/// Three decimals: microseconds.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "one thread, medians in ms")?;
        table(f, &self.rows)?;
        table(f, &self.more)?;
        if self.threads > 0 {
            writeln!(f, "\n{} threads", self.threads)?;
            table(f, &self.all_threads)?;
        }
        if !self.archive.is_empty() {
            writeln!(f, "\narchive, 10 + 4 shards of 64 rows, one thread")?;
        }
        for ArchiveReport {
            library,
            encode_ms,
            reconstruct_ms,
            encode_gib_s,
            reconstruct_gib_s,
        } in &self.archive
        {
            writeln!(
                f,
                "{library:<24} encode {encode_ms:>8} ms {encode_gib_s:>7} GiB/s   \
                 reconstruct {reconstruct_ms:>8} ms {reconstruct_gib_s:>7} GiB/s"
            )?;
        }
        let Footprint {
            verifier_start_ms,
            prover_start_ms,
            tables_mib,
            coding_peak_mib,
            coding_peak_over_batch,
        } = &self.footprint;
        writeln!(
            f,
            "\nfirst verification {verifier_start_ms} ms; prover's tables {tables_mib} MiB in \
             {prover_start_ms} ms; coding 64 rows takes {coding_peak_mib} MiB more, \
             {coding_peak_over_batch} times the batch"
        )?;
        if self.identical {
            writeln!(f, "\nall results are identical to both peers'")?;
        }
        Ok(())
    }
}

fn table(f: &mut fmt::Formatter<'_>, rows: &[WorkReport]) -> fmt::Result {
    for row in rows {
        let peers: Vec<String> = row
            .peers
            .iter()
            .map(|(name, ms)| format!("{name} {ms}"))
            .collect();
        writeln!(
            f,
            "{:<30} {:>9} {:<44} ratio {:>7} (at least {}, aim {})",
            row.work,
            row.weft_ms,
            peers.join(", "),
            row.ratio,
            row.at_least,
            row.aim
        )?;
    }
    Ok(())
}
