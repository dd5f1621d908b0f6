//! What ordering counts, whatever the engine.

use prometheus::exponential_buckets;
use tokio::time::Instant;

use weft_ledger::store::EquivocationKind;

weft_metrics::metrics! {
    /// Counters of ordering.
    pub struct OrdererMetrics {
        pub proposed_blocks: IntCounter
            = "weft_orderer_proposed_blocks_total", "Blocks proposed here that were decided";
        pub votes: IntCounter = "weft_orderer_votes_total", "Headers signed by this node";
        pub refused_blocks: IntCounterVec["reason"]
            = "weft_orderer_refused_blocks_total",
            "Blocks that got no vote from this node, by reason";
        /// With `solo` from the proposal.
        pub decision_seconds: Histogram
            = "weft_orderer_decision_seconds",
            "From the start of a height's first round here to its decision",
            buckets: exponential_buckets(0.01, 2.0, 14)?;
        pub certified_to_ordered_seconds: Histogram
            = "weft_orderer_certified_to_ordered_seconds",
            "From a blob's admission to the pool here to the decision of its block",
            buckets: latency()?;
        /// A final block is stored with its finality certificate.
        pub certified_to_final_seconds: Histogram
            = "weft_orderer_certified_to_final_seconds",
            "From a blob's admission to the pool here to its block being durable and final",
            buckets: latency()?;
        /// `kind` is `proposal`, `prevote` or `precommit`.
        pub equivocations: IntCounterVec["kind"]
            = "weft_orderer_equivocations_total",
            "Validators seen to contradict themselves, by kind",
            values: EquivocationKind::ALL.map(EquivocationKind::name);
        /// Above 0, a proposal was late or refused.
        pub round: IntGauge = "weft_orderer_round", "Round of consensus at the current height";
    }
}

impl OrdererMetrics {
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

/// Upper bounds from 50 ms to about 100 s.
fn latency() -> Result<Vec<f64>, prometheus::Error> {
    exponential_buckets(0.05, 1.6, 17)
}
