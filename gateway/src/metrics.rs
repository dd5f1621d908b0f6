//! What the gateway counts.

use std::time::Duration;

use super::Phase;

weft_metrics::metrics! {
    /// What the gateway counts.
    pub struct GatewayMetrics {
        /// `outcome` is `ok`, or whose fault the failure was.
        pub posts: IntCounterVec["outcome"] = "weft_gateway_posts_total", "Posts by outcome.";
        pub post_seconds: Histogram
            = "weft_gateway_post_seconds", "Seconds of a whole post.", buckets: seconds()?;
        /// `phase` is `coded`, `dispersed`, `certified`, `cell_proofs` or `cell_proofs_pushed`.
        pub phase_seconds: HistogramVec["phase"]
            = "weft_gateway_phase_seconds",
            "Seconds of a phase; certified is counted from the post's begin.",
            buckets: seconds()?;
        /// `outcome` is `columns` or `cells`, by how the batch was read, `malformed` if the blob holds
        /// none, or whose fault the failure was.
        pub reads: IntCounterVec["outcome"] = "weft_gateway_reads_total", "Reads by outcome.";
        pub read_seconds: Histogram
            = "weft_gateway_read_seconds", "Seconds of a whole read.", buckets: seconds()?;
        /// Samples of them may be answered "not yet".
        pub spooled_blobs: IntGauge
            = "weft_gateway_spooled_blobs",
            "Blobs whose cell proofs are not with all custodians yet.";
    }
}

/// Upper bounds from 5 ms to about 82 s.
fn seconds() -> Result<Vec<f64>, prometheus::Error> {
    prometheus::exponential_buckets(0.005, 2.0, 15)
}

impl GatewayMetrics {
    pub(super) fn phase(&self, phase: Phase, took: Duration) {
        let name = match phase {
            Phase::Coded => "coded",
            Phase::Dispersed { .. } => "dispersed",
            Phase::Certified => "certified",
            Phase::CellProofs => "cell_proofs",
            Phase::CellProofsPushed { .. } => "cell_proofs_pushed",
        };
        self.phase_seconds
            .with_label_values(&[name])
            .observe(took.as_secs_f64());
    }
}
