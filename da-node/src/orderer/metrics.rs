//! What ordering counts, whatever the engine.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry, exponential_buckets,
};

/// Counters of ordering.
#[derive(Clone, Debug)]
pub struct OrdererMetrics {
    /// Blocks that this node proposed and saw decided.
    pub proposed_blocks: IntCounter,
    /// Headers that this node signed.
    pub votes: IntCounter,
    /// Blocks that got no vote from this node, by reason.
    pub refused_blocks: IntCounterVec,
    /// From a block's proposal here to its decision, seconds.
    pub decision_seconds: Histogram,
}

impl OrdererMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            proposed_blocks: IntCounter::new(
                "weft_orderer_proposed_blocks_total",
                "Blocks proposed here that were decided",
            )?,
            votes: IntCounter::new("weft_orderer_votes_total", "Headers signed by this node")?,
            refused_blocks: IntCounterVec::new(
                Opts::new(
                    "weft_orderer_refused_blocks_total",
                    "Blocks that got no vote from this node, by reason",
                ),
                &["reason"],
            )?,
            decision_seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "weft_orderer_decision_seconds",
                    "From a block's proposal here to its decision",
                )
                .buckets(exponential_buckets(0.01, 2.0, 14)?),
            )?,
        };
        registry.register(Box::new(metrics.proposed_blocks.clone()))?;
        registry.register(Box::new(metrics.votes.clone()))?;
        registry.register(Box::new(metrics.refused_blocks.clone()))?;
        registry.register(Box::new(metrics.decision_seconds.clone()))?;
        Ok(metrics)
    }
}
