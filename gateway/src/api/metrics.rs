//! What the API counts.

weft_metrics::metrics! {
    /// Counters and timings of the HTTP interface.
    pub struct ApiMetrics {
        pub requests: IntCounterVec["route", "status"]
            = "weft_api_requests_total", "HTTP requests answered";
        pub request_seconds: HistogramVec["route"]
            = "weft_api_request_seconds", "Time until the answer of an HTTP request begins",
            buckets: prometheus::exponential_buckets(0.001, 4.0, 9)?;
        /// `reason` is `busy` above a limit, or `deadline`.
        pub refused: IntCounterVec["reason"]
            = "weft_api_refused_total", "HTTP requests refused, by reason";
        pub connections: IntGauge = "weft_api_connections", "Open HTTP connections";
        pub subscriptions: IntGauge = "weft_api_subscriptions", "Open event streams";
    }
}
