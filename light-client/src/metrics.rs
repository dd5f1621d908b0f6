//! What the light client counts.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use crate::HeightReport;

/// The client's metrics; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    tip: IntGauge,
    headers: IntCounterVec,
    samples: IntCounterVec,
    heights: HistogramVec,
    passed_on: IntCounter,
}

impl Metrics {
    pub(crate) fn new(registry: Option<&Registry>) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            tip: IntGauge::new(
                "weft_light_tip_height",
                "The largest height verified as final",
            )?,
            headers: IntCounterVec::new(
                Opts::new("weft_light_headers_total", "Headers received, by outcome"),
                &["outcome"],
            )?,
            samples: IntCounterVec::new(
                Opts::new(
                    "weft_light_samples_total",
                    "Samples of finished blocks, by outcome",
                ),
                &["outcome"],
            )?,
            heights: HistogramVec::new(
                HistogramOpts::new(
                    "weft_light_sampling_seconds",
                    "Time to the verdict on a block, by verdict",
                )
                .buckets(vec![
                    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0,
                ]),
                &["verdict"],
            )?,
            passed_on: IntCounter::new(
                "weft_light_passed_on_cells_total",
                "Sampled cells that peers were given",
            )?,
        };
        if let Some(registry) = registry {
            registry.register(Box::new(metrics.tip.clone()))?;
            registry.register(Box::new(metrics.headers.clone()))?;
            registry.register(Box::new(metrics.samples.clone()))?;
            registry.register(Box::new(metrics.heights.clone()))?;
            registry.register(Box::new(metrics.passed_on.clone()))?;
        }
        Ok(metrics)
    }

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
