//! What ordering counts, whatever the engine.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    exponential_buckets,
};
use tokio::time::Instant;

use weft_ledger::store::EquivocationKind;

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
    /// From a blob's admission to this node's pool to the decision of its block, seconds.
    pub certified_to_ordered_seconds: Histogram,
    /// From a blob's admission to this node's pool to its block being durable here with its
    /// finality certificate, seconds.
    pub certified_to_final_seconds: Histogram,
    /// Validators seen to contradict themselves, by what they said twice.
    pub equivocations: IntCounterVec,
    /// The round of consensus at the current height.
    pub round: IntGauge,
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
                    "From the start of a height's first round here to its decision",
                )
                .buckets(exponential_buckets(0.01, 2.0, 14)?),
            )?,
            certified_to_ordered_seconds: latency(
                "weft_orderer_certified_to_ordered_seconds",
                "From a blob's admission to the pool here to the decision of its block",
            )?,
            certified_to_final_seconds: latency(
                "weft_orderer_certified_to_final_seconds",
                "From a blob's admission to the pool here to its block being durable and final",
            )?,
            equivocations: IntCounterVec::new(
                Opts::new(
                    "weft_orderer_equivocations_total",
                    "Validators seen to contradict themselves, by kind",
                ),
                &["kind"],
            )?,
            round: IntGauge::new(
                "weft_orderer_round",
                "Round of consensus at the current height",
            )?,
        };
        // A counter that is there from the start can be alerted on from the first event.
        for kind in EquivocationKind::ALL {
            metrics.equivocations.with_label_values(&[kind.name()]);
        }
        registry.register(Box::new(metrics.proposed_blocks.clone()))?;
        registry.register(Box::new(metrics.votes.clone()))?;
        registry.register(Box::new(metrics.refused_blocks.clone()))?;
        registry.register(Box::new(metrics.decision_seconds.clone()))?;
        registry.register(Box::new(metrics.certified_to_ordered_seconds.clone()))?;
        registry.register(Box::new(metrics.certified_to_final_seconds.clone()))?;
        registry.register(Box::new(metrics.equivocations.clone()))?;
        registry.register(Box::new(metrics.round.clone()))?;
        Ok(metrics)
    }

    /// Counts how long a block's blobs waited: from each admission to the block's decision, and to
    /// its being final here.
    pub(super) fn observe_decision(&self, admitted: &[Instant], decided: Instant, done: Instant) {
        for since in admitted {
            let ordered = decided.saturating_duration_since(*since);
            let whole = done.saturating_duration_since(*since);
            self.certified_to_ordered_seconds
                .observe(ordered.as_secs_f64());
            self.certified_to_final_seconds.observe(whole.as_secs_f64());
        }
    }
}

/// A histogram from 50 ms to about 100 s.
fn latency(name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
    let buckets = exponential_buckets(0.05, 1.6, 17)?;
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))
}
