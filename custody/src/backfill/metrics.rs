//! What the backfill counts.

weft_metrics::metrics! {
    /// What the backfill counts.
    pub struct BackfillMetrics {
        pub missing_columns: IntGauge
            = "weft_custody_missing_columns",
            "Columns owned of ordered blobs and known not to be held.";
        pub complete_height: IntGauge
            = "weft_custody_complete_height", "The height up to which nothing lacks.";
        pub unfinished_blobs: IntGauge
            = "weft_custody_unfinished_blobs",
            "Blobs that are not complete yet, or not looked at.";
        /// `source` is `copy` from another holder, `repair` from 64 others, or `misnamed`: repaired, and
        /// served by cells alone.
        pub backfilled_columns: IntCounterVec["source"]
            = "weft_custody_backfilled_columns_total",
            "Columns had after dispersal, by source.";
        /// `source` is `copy` from another holder, or `made` here.
        pub backfilled_cell_proofs: IntCounterVec["source"]
            = "weft_custody_backfilled_cell_proofs_total",
            "Columns whose cell proofs were had after the pushes, by source.";
        /// The log names the gateway.
        pub proven_rows: IntCounter
            = "weft_custody_proven_rows_total",
            "Rows whose cell proofs were made here, because the gateway had not pushed them.";
        /// The log names blob and namespace. Their columns are served by cells.
        pub misnamed_blobs: IntCounter
            = "weft_custody_misnamed_blobs_total",
            "Ordered blobs whose columns root is not that of their rows: the poster's fault.";
        pub retries: IntCounter
            = "weft_custody_backfill_retries_total",
            "Blobs that could not be completed and are taken up again.";
    }
}
