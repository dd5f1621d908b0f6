//! The result of a demo.

use serde::Serialize;

use super::super::output::rows;
use super::phases::PhaseReport;

/// The result of a demo; `--json` prints it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    /// Whether the outcome is right for the withheld cells.
    pub(super) ok: bool,
    /// Whether the bytes read back are the posted ones.
    pub(super) identical: bool,
    pub(super) blob_id: String,
    pub(super) height: u64,
    pub(super) rows: usize,
    pub(super) byte_len: u64,
    pub(super) seed: u64,
    /// `available`, `not enough` or `unavailable`.
    pub(super) verdict: String,
    /// 1 - the probability that an unrecoverable block passes the samples that verified.
    pub(super) confidence: f64,
    pub(super) samples: Samples,
    pub(super) withheld: Option<Withheld>,
    /// Why the read failed.
    pub(super) read_error: Option<String>,
    pub(super) phases: Vec<PhaseReport>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Samples {
    pub(super) asked: u32,
    pub(super) verified: u32,
    pub(super) refused: u32,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Withheld {
    pub(super) percent: f64,
    pub(super) cells: usize,
    pub(super) total: usize,
    /// Whether the block cannot be repaired from the remaining cells.
    pub(super) unrepairable: bool,
}

impl Report {
    /// The report as lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("blob      {}", self.blob_id),
            format!("block     {} ({})", self.height, rows(self.rows)),
        ];
        if let Some(withheld) = self.withheld {
            let repairable = if withheld.unrepairable {
                "not repairable"
            } else {
                "repairable"
            };
            lines.push(format!(
                "withheld  {} of {} cells, {repairable}",
                withheld.cells, withheld.total
            ));
        }
        lines.push(format!(
            "verdict   {} (confidence {}, {} of {} samples verified, {} refused)",
            self.verdict,
            self.confidence,
            self.samples.verified,
            self.samples.asked,
            self.samples.refused
        ));
        lines.push(match (&self.read_error, self.identical) {
            (Some(error), _) => format!("read      failed: {error}"),
            (None, true) => "read      identical".into(),
            (None, false) => "read      NOT identical".into(),
        });
        let outcome = if self.ok { "right" } else { "WRONG" };
        lines.push(format!("outcome   {outcome}"));
        lines
    }
}
