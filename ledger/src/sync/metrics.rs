//! What sync counts.

weft_metrics::metrics! {
    /// Counters of sync.
    pub struct SyncMetrics {
        /// `body` is `voted` or `fetched`.
        pub committed_blocks: IntCounterVec["body"]
            = "weft_sync_committed_blocks_total",
            "Blocks decided elsewhere and committed here, by where the body was";
        pub failed_fetches: IntCounterVec["fault"]
            = "weft_sync_failed_fetches_total", "Fetches that ended early, by fault";
        /// The next poll finds the same blocks.
        pub dropped_news: IntCounter
            = "weft_sync_dropped_news_total", "News dropped because the mailbox was full";
    }
}
