//! What the gateway counts.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry,
    exponential_buckets,
};

use super::Phase;

/// What the gateway counts.
#[derive(Clone, Debug)]
pub struct GatewayMetrics {
    /// Posts by outcome: `ok`, or whose fault the failure was.
    pub posts: IntCounterVec,
    /// Seconds of a whole post.
    pub post_seconds: Histogram,
    /// Seconds of each phase; `certified` is counted from the post's begin.
    pub phase_seconds: HistogramVec,
    /// Reads by outcome: by which route, or whose fault the failure was.
    pub reads: IntCounterVec,
    /// Seconds of a whole read.
    pub read_seconds: Histogram,
    /// Blobs whose cell proofs are not with all custodians yet.
    pub spooled_blobs: IntGauge,
}

impl GatewayMetrics {
    /// Registers them.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken in the registry.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = || exponential_buckets(0.005, 2.0, 15);
        let metrics = Self {
            posts: IntCounterVec::new(
                Opts::new("weft_gateway_posts_total", "Posts by outcome."),
                &["outcome"],
            )?,
            post_seconds: Histogram::with_opts(
                HistogramOpts::new("weft_gateway_post_seconds", "Seconds of a whole post.")
                    .buckets(seconds()?),
            )?,
            phase_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "weft_gateway_phase_seconds",
                    "Seconds of a phase; certified is counted from the post's begin.",
                )
                .buckets(seconds()?),
                &["phase"],
            )?,
            reads: IntCounterVec::new(
                Opts::new("weft_gateway_reads_total", "Reads by outcome."),
                &["outcome"],
            )?,
            read_seconds: Histogram::with_opts(
                HistogramOpts::new("weft_gateway_read_seconds", "Seconds of a whole read.")
                    .buckets(seconds()?),
            )?,
            spooled_blobs: IntGauge::new(
                "weft_gateway_spooled_blobs",
                "Blobs whose cell proofs are not with all custodians yet.",
            )?,
        };
        registry.register(Box::new(metrics.posts.clone()))?;
        registry.register(Box::new(metrics.post_seconds.clone()))?;
        registry.register(Box::new(metrics.phase_seconds.clone()))?;
        registry.register(Box::new(metrics.reads.clone()))?;
        registry.register(Box::new(metrics.read_seconds.clone()))?;
        registry.register(Box::new(metrics.spooled_blobs.clone()))?;
        Ok(metrics)
    }

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
