//! What the pool counts.

weft_metrics::metrics! {
    /// Counters of the pool.
    pub struct PoolMetrics {
        pub pending_blobs: IntGauge = "weft_pool_pending_blobs", "Blobs waiting for a block";
        /// `origin` is `own` or `gossip`.
        pub admitted_blobs: IntCounterVec["origin"]
            = "weft_pool_admitted_blobs_total", "Blobs taken, by origin";
        pub refused_blobs: IntCounterVec["reason"]
            = "weft_pool_refused_blobs_total", "Blobs refused, by reason";
        /// A certificate expires at its height, or by changes of the validator set.
        pub expired_blobs: IntCounter
            = "weft_pool_expired_blobs_total",
            "Blobs dropped because they waited for a block longer than their certificates allow";
    }
}
