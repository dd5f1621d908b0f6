//! What the ledger counts.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// Counters of the decided chain.
#[derive(Clone, Debug)]
pub struct LedgerMetrics {
    /// Height of the last decided block.
    pub height: IntGauge,
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
        registry.register(Box::new(metrics.height.clone()))?;
        registry.register(Box::new(metrics.ordered_blobs.clone()))?;
        registry.register(Box::new(metrics.ordered_rows.clone()))?;
        registry.register(Box::new(metrics.refused_blocks.clone()))?;
        Ok(metrics)
    }
}
