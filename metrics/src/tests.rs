#![allow(clippy::unwrap_used)]

use prometheus::{Error, Registry, TextEncoder};

use crate::{Description, Kind};

crate::metrics! {
    /// One metric of each type.
    struct Every {
        /// First line,
        /// second line.
        events: IntCounter = "test_events_total", "Events.";
        level: IntGauge = "test_level", "Level.";
        refused: IntCounterVec["reason"]
            = "test_refused_total", "Refused, by reason", values: ["full", "late"];
        asked: IntCounterVec["kind", "outcome"] = "test_asked_total", "Asked.";
        seconds: Histogram = "test_seconds", "Seconds.", buckets: vec![0.5, 1.0];
        request_seconds: HistogramVec["kind"]
            = "test_request_seconds", "Seconds by kind.",
            buckets: prometheus::exponential_buckets(0.5, 2.0, 2)?;
    }
}

#[test]
fn the_registry_gives_out_what_the_table_says() {
    let registry = Registry::new();
    let every = Every::register(&registry).unwrap();
    every.events.inc();
    every.level.set(-3);
    every.refused.with_label_values(&["late"]).inc();
    every.asked.with_label_values(&["body", "ok"]).inc_by(2);
    every.seconds.observe(0.75);
    every
        .request_seconds
        .with_label_values(&["body"])
        .observe(2.0);
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    let expected = "\
# HELP test_asked_total Asked.
# TYPE test_asked_total counter
test_asked_total{kind=\"body\",outcome=\"ok\"} 2
# HELP test_events_total Events.
# TYPE test_events_total counter
test_events_total 1
# HELP test_level Level.
# TYPE test_level gauge
test_level -3
# HELP test_refused_total Refused, by reason
# TYPE test_refused_total counter
test_refused_total{reason=\"full\"} 0
test_refused_total{reason=\"late\"} 1
# HELP test_request_seconds Seconds by kind.
# TYPE test_request_seconds histogram
test_request_seconds_bucket{kind=\"body\",le=\"0.5\"} 0
test_request_seconds_bucket{kind=\"body\",le=\"1\"} 0
test_request_seconds_bucket{kind=\"body\",le=\"+Inf\"} 1
test_request_seconds_sum{kind=\"body\"} 2
test_request_seconds_count{kind=\"body\"} 1
# HELP test_seconds Seconds.
# TYPE test_seconds histogram
test_seconds_bucket{le=\"0.5\"} 0
test_seconds_bucket{le=\"1\"} 1
test_seconds_bucket{le=\"+Inf\"} 1
test_seconds_sum 0.75
test_seconds_count 1
";
    assert_eq!(text, expected);
}

#[test]
fn each_row_is_described() {
    let [events, level, _, asked, seconds, request_seconds] = Every::DESCRIPTIONS else {
        panic!("six rows");
    };
    let described = Description {
        name: "test_events_total",
        kind: Kind::Counter,
        labels: &[],
        help: "Events.",
        detail: " First line, second line.",
    };
    assert_eq!(*events, described);
    assert_eq!((level.kind, level.detail), (Kind::Gauge, ""));
    assert_eq!(asked.labels, ["kind", "outcome"]);
    assert_eq!(seconds.kind, Kind::Histogram);
    assert_eq!(request_seconds.labels, ["kind"]);
}

#[test]
fn a_name_is_registered_once() {
    let registry = Registry::new();
    let first = Every::register(&registry);
    assert!(first.is_ok());
    assert!(matches!(Every::register(&registry), Err(Error::AlreadyReg)));
}
