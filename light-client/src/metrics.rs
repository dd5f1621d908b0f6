//! What the light client counts.

use crate::HeightReport;

/// Upper bounds of the time to a verdict, in seconds.
const SECONDS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// The metrics that a light client registers.
pub const METRICS: &[weft_metrics::Description] = Metrics::DESCRIPTIONS;

weft_metrics::metrics! {
    /// The client's metrics; clones share them.
    pub(crate) struct Metrics {
        tip: IntGauge = "weft_light_tip_height", "The largest height verified as final";
        headers: IntCounterVec["outcome"]
            = "weft_light_headers_total", "Headers received, by outcome";
        /// `outcome` is `verified`, `refused`, `invalid`, `unanswered` or `unreached`.
        samples: IntCounterVec["outcome"]
            = "weft_light_samples_total", "Samples of finished blocks, by outcome";
        heights: HistogramVec["verdict"]
            = "weft_light_sampling_seconds", "Time to the verdict on a block, by verdict",
            buckets: SECONDS.to_vec();
        passed_on: IntCounter
            = "weft_light_passed_on_cells_total", "Sampled cells that peers were given";
    }
}

impl Metrics {
    pub(crate) fn tip(&self, height: u64) {
        self.tip.set(i64::try_from(height).unwrap_or(i64::MAX));
    }

    pub(crate) fn headers(&self, outcome: &'static str, count: usize) {
        self.headers
            .with_label_values(&[outcome])
            .inc_by(count as u64);
    }

    pub(crate) fn passed_on(&self, cells: usize) {
        self.passed_on.inc_by(cells as u64);
    }

    pub(crate) fn report(&self, report: &HeightReport) {
        for (outcome, count) in [
            ("verified", report.verified),
            ("refused", report.refused),
            ("invalid", report.invalid),
            ("unanswered", report.unanswered),
            ("unreached", report.unreached),
        ] {
            self.samples
                .with_label_values(&[outcome])
                .inc_by(u64::from(count));
        }
        self.heights
            .with_label_values(&[report.verdict.as_str()])
            .observe(report.elapsed.as_secs_f64());
    }
}
