//! What operators see of the network.

use std::time::Duration;

use crate::gossip::Topic;
use crate::messages::RequestKind;
use crate::scores::Offence;

/// Upper bounds of the request duration histogram, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The metrics that a node's network registers.
pub const METRICS: &[weft_metrics::Description] = Metrics::DESCRIPTIONS;

weft_metrics::metrics! {
    /// The network's metrics. Labels are kinds, outcomes and reasons, never peers.
    pub(crate) struct Metrics {
        pub(crate) connections: IntGauge
            = "weft_network_connections", "Established connections.";
        pub(crate) peers: IntGauge = "weft_network_peers", "Connected peers of this chain.";
        pub(crate) banned_peers: IntGauge
            = "weft_network_banned_peers", "Peers that are banned now.";
        pub(crate) inbound_in_progress: IntGauge
            = "weft_network_inbound_requests_in_progress",
            "Requests of peers being decoded or answered.";
        bans: IntCounter = "weft_network_bans_total", "Bans of peers.";
        /// `direction` is `in` from peers, or `out` to peers.
        requests: IntCounterVec["direction", "kind", "outcome"]
            = "weft_network_requests_total", "Requests by direction, kind and outcome.";
        request_seconds: HistogramVec["kind"]
            = "weft_network_request_seconds", "Time from asking a peer to its whole reply.",
            buckets: SECONDS.to_vec();
        bytes: IntCounterVec["direction", "kind"]
            = "weft_network_payload_bytes_total",
            "Payload bytes of requests, replies and gossip, by direction and kind.";
        gossip: IntCounterVec["topic", "outcome"]
            = "weft_network_gossip_messages_total", "Gossip messages by topic and outcome.";
        /// A timeout is no offence.
        offences: IntCounterVec["reason"]
            = "weft_network_offences_total", "Offences of peers by reason.";
        dropped: IntCounterVec["what"]
            = "weft_network_overflow_total", "What full queues and exceeded rates turned away.";
        dial_failures: IntCounter = "weft_network_dial_failures_total", "Dials that failed.";
    }
}

impl Metrics {
    /// A request of ours has ended.
    pub(crate) fn request_sent(&self, kind: RequestKind, outcome: &str, took: Duration) {
        self.requests
            .with_label_values(&["out", kind.name(), outcome])
            .inc();
        self.request_seconds
            .with_label_values(&[kind.name()])
            .observe(took.as_secs_f64());
    }

    /// A request of a peer has ended.
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

    /// A full queue or an exceeded rate turned something away.
    pub(crate) fn dropped(&self, what: &str) {
        self.dropped.with_label_values(&[what]).inc();
    }

    pub(crate) fn dial_failed(&self) {
        self.dial_failures.inc();
    }
}
