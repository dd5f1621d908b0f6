//! What sync counts.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// Counters of sync.
#[derive(Clone, Debug)]
pub struct SyncMetrics {
    /// Blocks committed that were decided elsewhere, by where the body was (`voted`, `fetched`).
    pub committed_blocks: IntCounterVec,
    /// Fetches that ended early, by whose fault it was.
    pub failed_fetches: IntCounterVec,
    /// News dropped because the mailbox was full.
    pub dropped_news: IntCounter,
}

impl SyncMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            committed_blocks: IntCounterVec::new(
                Opts::new(
                    "weft_sync_committed_blocks_total",
                    "Blocks decided elsewhere and committed here, by where the body was",
                ),
                &["body"],
            )?,
            failed_fetches: IntCounterVec::new(
                Opts::new(
                    "weft_sync_failed_fetches_total",
                    "Fetches that ended early, by fault",
                ),
                &["fault"],
            )?,
            dropped_news: IntCounter::new(
                "weft_sync_dropped_news_total",
                "News dropped because the mailbox was full",
            )?,
        };
        registry.register(Box::new(metrics.committed_blocks.clone()))?;
        registry.register(Box::new(metrics.failed_fetches.clone()))?;
        registry.register(Box::new(metrics.dropped_news.clone()))?;
        Ok(metrics)
    }
}
