//! Duration and traffic of each phase of the demo.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast;
use weft_chain::BlobId;
use weft_gateway::{Phase, PhaseEvent};

use super::super::output::{Progress, human, human_bytes, millis};

/// One phase that has ended.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PhaseReport {
    /// `coded`, `dispersed`, `certified`, `ordered`, `sampled` or `read`.
    pub(super) name: &'static str,
    /// Duration in milliseconds.
    pub(super) ms: f64,
    /// Bytes that it made or moved.
    pub(super) bytes: u64,
    /// Details for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
}

/// The phases so far, printed as they end.
pub(super) struct Phases<'a> {
    progress: &'a Progress,
    ended: Vec<PhaseReport>,
}

impl<'a> Phases<'a> {
    pub(super) fn new(progress: &'a Progress) -> Self {
        Self {
            progress,
            ended: Vec::new(),
        }
    }

    pub(super) fn end(&mut self, name: &'static str, took: Duration, bytes: u64, detail: String) {
        self.progress.done(format!(
            "  {name:<10} {:>10} {:>12}   {detail}",
            human(took),
            if bytes == 0 {
                String::new()
            } else {
                human_bytes(bytes)
            },
        ));
        self.ended.push(PhaseReport {
            name,
            ms: millis(took),
            bytes,
            detail,
        });
    }

    /// Ends the phases of the post from the gateway's events, once it has answered.
    pub(super) fn end_post(
        &mut self,
        events: &mut broadcast::Receiver<PhaseEvent>,
        blob_id: BlobId,
        answered: Duration,
    ) {
        let (mut coded, mut dispersed, mut bytes) = (Duration::ZERO, None, 0);
        let mut certified = answered;
        while let Ok(event) = events.try_recv() {
            if event.blob_id != blob_id {
                continue;
            }
            match event.phase {
                Phase::Coded => {
                    coded = event.took;
                    self.end("coded", event.took, event.bytes, String::new());
                }
                Phase::Dispersed { signed, of } => {
                    bytes += event.bytes;
                    dispersed = Some((signed, of, event.took));
                }
                Phase::Certified => certified = event.took,
                Phase::CellProofs | Phase::CellProofsPushed { .. } => {}
            }
        }
        if let Some((signed, of, took)) = dispersed {
            let detail = format!("{signed} of {of} custodians signed");
            self.end("dispersed", took, bytes, detail);
            let rest = certified.saturating_sub(coded + took);
            self.end(
                "certified",
                rest,
                0,
                "more than 2/3 of the stake, on disk".into(),
            );
        }
    }

    pub(super) fn into_reports(self) -> Vec<PhaseReport> {
        self.ended
    }
}
