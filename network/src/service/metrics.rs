//! The network's metrics.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use crate::gossip::Topic;
use crate::messages::RequestKind;
use crate::scores::Offence;

/// Upper bounds of the request duration histogram, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The network's metrics. Labels are kinds, outcomes and reasons, never peers.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) connections: IntGauge,
    pub(crate) peers: IntGauge,
    pub(crate) banned_peers: IntGauge,
    pub(crate) inbound_in_progress: IntGauge,
    bans: IntCounter,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    bytes: IntCounterVec,
    gossip: IntCounterVec,
    offences: IntCounterVec,
    dropped: IntCounterVec,
    dial_failures: IntCounter,
}

impl Metrics {
    /// The metrics, registered if there is a registry.
    pub(crate) fn new(registry: Option<&Registry>) -> prometheus::Result<Self> {
        let counters = |name, help, labels: &[&str]| {
            IntCounterVec::new(
                Opts::new(name, help).namespace("weft").subsystem("network"),
                labels,
            )
        };
        let counter = |name, help| {
            IntCounter::with_opts(Opts::new(name, help).namespace("weft").subsystem("network"))
        };
        let gauge = |name, help| {
            IntGauge::with_opts(Opts::new(name, help).namespace("weft").subsystem("network"))
        };
        let metrics = Self {
            connections: gauge("connections", "Established connections.")?,
            peers: gauge("peers", "Connected peers of this chain.")?,
            banned_peers: gauge("banned_peers", "Peers that are banned now.")?,
            inbound_in_progress: gauge(
                "inbound_requests_in_progress",
                "Requests of peers being decoded or answered.",
            )?,
            bans: counter("bans_total", "Bans of peers.")?,
            requests: counters(
                "requests_total",
                "Requests by direction, kind and outcome.",
                &["direction", "kind", "outcome"],
            )?,
            request_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "request_seconds",
                    "Time from asking a peer to its whole reply.",
                )
                .namespace("weft")
                .subsystem("network")
                .buckets(SECONDS.to_vec()),
                &["kind"],
            )?,
            bytes: counters(
                "payload_bytes_total",
                "Payload bytes of requests, replies and gossip, by direction and kind.",
                &["direction", "kind"],
            )?,
            gossip: counters(
                "gossip_messages_total",
                "Gossip messages by topic and outcome.",
                &["topic", "outcome"],
            )?,
            offences: counters(
                "offences_total",
                "Offences of peers by reason.",
                &["reason"],
            )?,
            dropped: counters(
                "overflow_total",
                "What full queues and exceeded rates turned away.",
                &["what"],
            )?,
            dial_failures: counter("dial_failures_total", "Dials that failed.")?,
        };
        if let Some(registry) = registry {
            for collector in metrics.collectors() {
                registry.register(collector)?;
            }
        }
        Ok(metrics)
    }

    fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![
            Box::new(self.connections.clone()),
            Box::new(self.peers.clone()),
            Box::new(self.banned_peers.clone()),
            Box::new(self.inbound_in_progress.clone()),
            Box::new(self.bans.clone()),
            Box::new(self.requests.clone()),
            Box::new(self.request_seconds.clone()),
            Box::new(self.bytes.clone()),
            Box::new(self.gossip.clone()),
            Box::new(self.offences.clone()),
            Box::new(self.dropped.clone()),
            Box::new(self.dial_failures.clone()),
        ]
    }

    /// An outgoing request has ended.
    pub(crate) fn request_sent(&self, kind: RequestKind, outcome: &str, took: Duration) {
        self.requests
            .with_label_values(&["out", kind.name(), outcome])
            .inc();
        self.request_seconds
            .with_label_values(&[kind.name()])
            .observe(took.as_secs_f64());
    }

    /// An incoming request has ended.
    pub(crate) fn request_answered(&self, kind: RequestKind, outcome: &str) {
        self.requests
            .with_label_values(&["in", kind.name(), outcome])
            .inc();
    }

    pub(crate) fn bytes_in(&self, kind: &str, bytes: usize) {
        self.bytes
            .with_label_values(&["in", kind])
            .inc_by(bytes as u64);
    }

    pub(crate) fn bytes_out(&self, kind: &str, bytes: usize) {
        self.bytes
            .with_label_values(&["out", kind])
            .inc_by(bytes as u64);
    }

    pub(crate) fn gossip(&self, topic: Topic, outcome: &str) {
        self.gossip
            .with_label_values(&[topic.name(), outcome])
            .inc();
    }

    pub(crate) fn offence(&self, offence: Offence) {
        self.offences.with_label_values(&[offence.name()]).inc();
    }

    pub(crate) fn banned(&self) {
        self.bans.inc();
    }

    /// A full queue or an exceeded rate dropped or refused something.
    pub(crate) fn dropped(&self, what: &str) {
        self.dropped.with_label_values(&[what]).inc();
    }

    pub(crate) fn dial_failed(&self) {
        self.dial_failures.inc();
    }
}
