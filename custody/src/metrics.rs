//! What the custodian counts.

use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

/// Counters of one custodian.
#[derive(Clone, Debug)]
pub struct CustodianMetrics {
    /// Requests by kind and outcome.
    pub requests: IntCounterVec,
    /// Seconds from request to answer, waiting included, by kind.
    pub request_seconds: HistogramVec,
    /// Columns verified and stored.
    pub stored_columns: IntCounter,
    /// Cells verified and stored, 2,048 bytes each.
    pub stored_cells: IntCounter,
    /// Cell proofs verified and stored.
    pub stored_cell_proofs: IntCounter,
    /// Columns served.
    pub served_columns: IntCounter,
    /// Columns refused, by reason.
    pub refused_columns: IntCounterVec,
    /// Cells served as samples.
    pub served_cells: IntCounter,
    /// Cells refused, by reason.
    pub refused_cells: IntCounterVec,
    /// Samples of parity rows whose block column was in memory.
    pub column_cache_hits: IntCounter,
    /// Samples of parity rows whose block column had to be assembled.
    pub column_cache_misses: IntCounter,
}

impl CustodianMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| {
            registered(
                registry,
                IntCounter::new(format!("weft_custodian_{name}_total"), help)?,
            )
        };
        let vector = |name: &str, help: &str, labels: &[&str]| {
            let options = Opts::new(format!("weft_custodian_{name}_total"), help);
            registered(registry, IntCounterVec::new(options, labels)?)
        };
        let request_seconds = HistogramOpts::new(
            "weft_custodian_request_seconds",
            "Seconds from request to answer, waiting included",
        )
        .buckets(prometheus::exponential_buckets(0.001, 2.0, 14)?);
        Ok(Self {
            requests: vector("requests", "Requests by outcome", &["kind", "outcome"])?,
            request_seconds: registered(registry, HistogramVec::new(request_seconds, &["kind"])?)?,
            stored_columns: counter("stored_columns", "Columns verified and stored")?,
            stored_cells: counter("stored_cells", "Cells verified and stored")?,
            stored_cell_proofs: counter("stored_cell_proofs", "Cell proofs verified and stored")?,
            served_columns: counter("served_columns", "Columns served")?,
            refused_columns: vector("refused_columns", "Columns refused, by reason", &["reason"])?,
            served_cells: counter("served_cells", "Cells served as samples")?,
            refused_cells: vector("refused_cells", "Cells refused, by reason", &["reason"])?,
            column_cache_hits: counter(
                "column_cache_hits",
                "Parity samples whose block column was in memory",
            )?,
            column_cache_misses: counter(
                "column_cache_misses",
                "Parity samples whose block column had to be assembled",
            )?,
        })
    }

    pub(super) fn answered(&self, kind: &str, outcome: &str) {
        self.requests.with_label_values(&[kind, outcome]).inc();
    }
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
