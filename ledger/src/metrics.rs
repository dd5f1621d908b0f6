//! What the ledger counts.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use weft_chain::Block;

/// How a block came to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// This node's engine decided it, with the others.
    Decided,
    /// It was decided without this node, which got it from a peer.
    Synced,
}

impl Arrival {
    const ALL: [Self; 2] = [Self::Decided, Self::Synced];

    /// The way as a word, for labels.
    fn name(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Synced => "synced",
        }
    }
}

/// Counters of the decided chain.
#[derive(Clone, Debug)]
pub struct LedgerMetrics {
    /// Height of the last decided block.
    pub height: IntGauge,
    /// Blocks committed since the start of the process, by how they came here.
    pub blocks: IntCounterVec,
    /// Blobs in decided blocks since the start of the process.
    pub ordered_blobs: IntCounter,
    /// Rows in decided blocks since the start of the process.
    pub ordered_rows: IntCounter,
    /// Blocks refused, by reason.
    pub refused_blocks: IntCounterVec,
}

impl LedgerMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            height: IntGauge::new("weft_ledger_height", "Height of the last decided block")?,
            blocks: IntCounterVec::new(
                Opts::new(
                    "weft_ledger_blocks_total",
                    "Blocks committed since the start, by how they came here",
                ),
                &["arrival"],
            )?,
            ordered_blobs: IntCounter::new(
                "weft_ledger_ordered_blobs_total",
                "Blobs in the blocks decided since the start",
            )?,
            ordered_rows: IntCounter::new(
                "weft_ledger_ordered_rows_total",
                "Rows in the blocks decided since the start",
            )?,
            refused_blocks: IntCounterVec::new(
                Opts::new(
                    "weft_ledger_refused_blocks_total",
                    "Blocks refused, by reason",
                ),
                &["reason"],
            )?,
        };
        for arrival in Arrival::ALL {
            metrics.blocks.with_label_values(&[arrival.name()]);
        }
        registry.register(Box::new(metrics.height.clone()))?;
        registry.register(Box::new(metrics.blocks.clone()))?;
        registry.register(Box::new(metrics.ordered_blobs.clone()))?;
        registry.register(Box::new(metrics.ordered_rows.clone()))?;
        registry.register(Box::new(metrics.refused_blocks.clone()))?;
        Ok(metrics)
    }

    /// Counts a block that was committed.
    pub(super) fn count(&self, block: &Block, arrival: Arrival) {
        self.blocks.with_label_values(&[arrival.name()]).inc();
        self.ordered_blobs.inc_by(block.body.blobs.len() as u64);
        self.ordered_rows.inc_by(u64::from(block.header.rows));
    }
}
