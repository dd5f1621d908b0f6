//! What the API counts.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// Counters and timings of the HTTP interface.
#[derive(Clone, Debug)]
pub struct ApiMetrics {
    /// Requests answered, by route and status.
    pub requests: IntCounterVec,
    /// Time until the answer begins, by route.
    pub request_seconds: HistogramVec,
    /// Requests refused for want of a place or time, by reason.
    pub refused: IntCounterVec,
    /// Open connections.
    pub connections: IntGauge,
    /// Open event streams.
    pub subscriptions: IntGauge,
}

impl ApiMetrics {
    /// Registers the counters.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = HistogramOpts::new(
            "weft_api_request_seconds",
            "Time until the answer of an HTTP request begins",
        )
        .buckets(prometheus::exponential_buckets(0.001, 4.0, 9)?);
        let metrics = Self {
            requests: IntCounterVec::new(
                Opts::new("weft_api_requests_total", "HTTP requests answered"),
                &["route", "status"],
            )?,
            request_seconds: HistogramVec::new(seconds, &["route"])?,
            refused: IntCounterVec::new(
                Opts::new("weft_api_refused_total", "HTTP requests refused, by reason"),
                &["reason"],
            )?,
            connections: IntGauge::new("weft_api_connections", "Open HTTP connections")?,
            subscriptions: IntGauge::new("weft_api_subscriptions", "Open event streams")?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.request_seconds.clone()))?;
        registry.register(Box::new(metrics.refused.clone()))?;
        registry.register(Box::new(metrics.connections.clone()))?;
        registry.register(Box::new(metrics.subscriptions.clone()))?;
        Ok(metrics)
    }
}
