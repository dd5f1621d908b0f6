//! What the custodian counts.

weft_metrics::metrics! {
    /// Counters of one custodian.
    pub struct CustodianMetrics {
        pub requests: IntCounterVec["kind", "outcome"]
            = "weft_custodian_requests_total", "Requests by outcome";
        pub request_seconds: HistogramVec["kind"]
            = "weft_custodian_request_seconds", "Seconds from request to answer, waiting included",
            buckets: prometheus::exponential_buckets(0.001, 2.0, 14)?;
        pub stored_columns: IntCounter
            = "weft_custodian_stored_columns_total", "Columns verified and stored";
        /// A cell has 2,048 bytes.
        pub stored_cells: IntCounter
            = "weft_custodian_stored_cells_total", "Cells verified and stored";
        pub stored_cell_proofs: IntCounter
            = "weft_custodian_stored_cell_proofs_total", "Cell proofs verified and stored";
        pub served_columns: IntCounter = "weft_custodian_served_columns_total", "Columns served";
        pub refused_columns: IntCounterVec["reason"]
            = "weft_custodian_refused_columns_total", "Columns refused, by reason";
        pub served_cells: IntCounter
            = "weft_custodian_served_cells_total", "Cells served as samples";
        pub refused_cells: IntCounterVec["reason"]
            = "weft_custodian_refused_cells_total", "Cells refused, by reason";
        pub column_cache_hits: IntCounter
            = "weft_custodian_column_cache_hits_total",
            "Parity samples whose block column was in memory";
        pub column_cache_misses: IntCounter
            = "weft_custodian_column_cache_misses_total",
            "Parity samples whose block column had to be assembled";
    }
}

impl CustodianMetrics {
    pub(super) fn answered(&self, kind: &str, outcome: &str) {
        self.requests.with_label_values(&[kind, outcome]).inc();
    }
}
