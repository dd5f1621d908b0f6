//! What a node chooses.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use libp2p::Multiaddr;
use weft_chain::ChainId;

use crate::error::NetworkError;
use crate::limits::Deadlines;
use crate::scores::ScoreConfig;

/// Whether a node takes part in the network or only looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Answers requests, follows and forwards both gossip topics, is found through kad.
    #[default]
    Full,
    /// Answers requests for what it sampled and no others, follows and forwards headers only, uses kad without serving it.
    Light,
}

/// How a node takes part in the network.
#[derive(Debug, Clone)]
pub struct NetworkConfig {
    /// The chain; nodes of different chains share no protocol.
    pub chain_id: ChainId,
    /// Which requests the node answers, and what it follows.
    pub mode: Mode,
    /// Where to listen: TCP (`/ip4/../tcp/..`) and QUIC (`/ip4/../udp/../quic-v1`), port 0 for any
    /// free one. Empty: outgoing connections only.
    pub listen: Vec<Multiaddr>,
    /// Peers to be connected to, each address ending in `/p2p/` and the peer's id. They are dialled
    /// at the start and again, with growing pauses, while they are not connected, and the limits on
    /// connections do not bind them.
    pub bootstrap: Vec<Multiaddr>,
    /// Addresses to tell others, besides those the node listens on.
    pub external: Vec<Multiaddr>,
    /// Bounds on what peers may take.
    pub limits: Limits,
    /// How long requests may take.
    pub deadlines: Deadlines,
    /// When a peer is banned, and for how long.
    pub scores: ScoreConfig,
    /// Where to register the metrics.
    pub registry: Option<prometheus::Registry>,
}

impl NetworkConfig {
    /// A full node of this chain that listens nowhere and knows nobody, with default limits.
    pub fn new(chain_id: ChainId) -> Self {
        Self {
            chain_id,
            mode: Mode::default(),
            listen: Vec::new(),
            bootstrap: Vec::new(),
            external: Vec::new(),
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            scores: ScoreConfig::default(),
            registry: None,
        }
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// The limit that is wrong; [`Fault::Caller`](weft_encoding::Fault::Caller).
    pub(crate) fn check(&self) -> Result<(), NetworkError> {
        let limits = &self.limits;
        if limits.inbound_per_peer > limits.inbound_requests {
            return Err(NetworkError::Limit {
                name: "inbound_per_peer",
                value: limits.inbound_per_peer.get() as u64,
                bound: "must not be above inbound_requests",
            });
        }
        if limits.reply_bytes_per_peer > limits.reply_bytes {
            return Err(NetworkError::Limit {
                name: "reply_bytes_per_peer",
                value: limits.reply_bytes_per_peer.get() as u64,
                bound: "must not be above reply_bytes",
            });
        }
        if limits.target_peers > limits.connections.get() {
            return Err(NetworkError::Limit {
                name: "target_peers",
                value: u64::from(limits.target_peers),
                bound: "must not be above connections",
            });
        }
        self.scores.check()
    }
}

/// Bounds on what peers may take of a node.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Established connections, in all. Default 512.
    pub connections: NonZeroU32,
    /// Established connections to one peer: both may dial at once, on two transports. Default 4.
    pub connections_per_peer: NonZeroU32,
    /// Connections being accepted. Default 64.
    pub pending_incoming: NonZeroU32,
    /// A connection that nothing uses is closed after this. Default 10 minutes.
    pub idle_connection: Duration,
    /// Full nodes found through kad are connected to up to this many peers. Default 16.
    pub target_peers: u32,
    /// Requests of all peers being decoded or answered; beyond it they are refused as busy.
    /// Default 512.
    pub inbound_requests: NonZeroUsize,
    /// Requests of one peer being decoded or answered; beyond it they are refused as busy.
    /// Default 64.
    pub inbound_per_peer: NonZeroUsize,
    /// Bytes of requests in memory; beyond it they are refused as busy. Default 256 MiB.
    pub inbound_bytes: NonZeroUsize,
    /// Bytes of replies that are being written, in all; beyond it requests are refused as busy.
    /// Default 512 MiB.
    pub reply_bytes: NonZeroUsize,
    /// Bytes of replies that are being written to one peer; beyond it its requests are refused as
    /// busy. Default 128 MiB: eight of the largest replies.
    pub reply_bytes_per_peer: NonZeroUsize,
    /// Requests of ours, in all; beyond it callers wait. Default 1,024.
    pub outbound_requests: NonZeroUsize,
    /// Requests of ours to one peer on the wire; beyond it they queue. Default 48, below the
    /// peer's `inbound_per_peer`.
    pub outbound_per_peer: NonZeroUsize,
    /// Events that the application has not yet taken; beyond it requests are refused as busy and
    /// gossip is ignored. Default 1,024.
    pub event_queue: NonZeroUsize,
    /// Units of request [cost](crate::limits::cost) that a peer may use in a second. Default 4,000.
    pub request_rate: NonZeroU32,
    /// Units that a peer may use at once. Default 8,000.
    pub request_burst: NonZeroU32,
    /// New gossip messages that a peer may bring in a second; beyond it they are ignored.
    /// Default 200.
    pub gossip_rate: NonZeroU32,
    /// Gossip messages that a peer may bring at once. Default 1,000.
    pub gossip_burst: NonZeroU32,
}

/// A non-zero constant.
const fn nz32(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).expect("a non-zero constant")
}

/// A non-zero constant.
const fn nz(value: usize) -> NonZeroUsize {
    NonZeroUsize::new(value).expect("a non-zero constant")
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: nz32(512),
            connections_per_peer: nz32(4),
            pending_incoming: nz32(64),
            idle_connection: Duration::from_secs(600),
            target_peers: 16,
            inbound_requests: nz(512),
            inbound_per_peer: nz(64),
            inbound_bytes: nz(256 * 1024 * 1024),
            reply_bytes: nz(512 * 1024 * 1024),
            reply_bytes_per_peer: nz(128 * 1024 * 1024),
            outbound_requests: nz(1024),
            outbound_per_peer: nz(48),
            event_queue: nz(1024),
            request_rate: nz32(4000),
            request_burst: nz32(8000),
            gossip_rate: nz32(200),
            gossip_burst: nz32(1000),
        }
    }
}
