//! What the pool counts.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// Counters of the pool.
#[derive(Clone, Debug)]
pub struct PoolMetrics {
    /// Blobs that wait for a block.
    pub pending_blobs: IntGauge,
    /// Blobs taken, by where they came from (`own`, `gossip`).
    pub admitted_blobs: IntCounterVec,
    /// Blobs refused, by reason.
    pub refused_blobs: IntCounterVec,
    /// Blobs dropped because their certificates expired before a block took them, at their height or
    /// by changes of the validator set.
    pub expired_blobs: IntCounter,
}

impl PoolMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            pending_blobs: IntGauge::new("weft_pool_pending_blobs", "Blobs waiting for a block")?,
            admitted_blobs: IntCounterVec::new(
                Opts::new("weft_pool_admitted_blobs_total", "Blobs taken, by origin"),
                &["origin"],
            )?,
            refused_blobs: IntCounterVec::new(
                Opts::new("weft_pool_refused_blobs_total", "Blobs refused, by reason"),
                &["reason"],
            )?,
            expired_blobs: IntCounter::new(
                "weft_pool_expired_blobs_total",
                "Blobs dropped because they waited for a block longer than their certificates allow",
            )?,
        };
        registry.register(Box::new(metrics.pending_blobs.clone()))?;
        registry.register(Box::new(metrics.admitted_blobs.clone()))?;
        registry.register(Box::new(metrics.refused_blobs.clone()))?;
        registry.register(Box::new(metrics.expired_blobs.clone()))?;
        Ok(metrics)
    }
}
