//! The configuration of a node.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use libp2p::Multiaddr;
use weft_chain::ChainId;

use crate::error::NetworkError;
use crate::limits::Deadlines;
use crate::scores::ScoreConfig;

/// Whether a node serves the network or only samples it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Answers requests, subscribes to and forwards both gossip topics, and can be found through kad.
    #[default]
    Full,
    /// Answers requests for the cells that it sampled and no others, subscribes to and forwards
    /// headers only, and uses kad as a client.
    Light,
}

/// How a node takes part in the network.
///
/// ```
/// use weft_network::{Mode, NetworkConfig};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = NetworkConfig::new("weft-devnet".parse()?)
///     .with_mode(Mode::Light)
///     .with_listen(vec!["/ip4/127.0.0.1/tcp/0".parse()?]);
/// assert_eq!(config.mode, Mode::Light);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetworkConfig {
    /// The chain; nodes of different chains share no protocol.
    pub chain_id: ChainId,
    /// Which requests the node answers, and which gossip topics it subscribes to.
    pub mode: Mode,
    /// Addresses to listen on: TCP (`/ip4/../tcp/..`) and QUIC (`/ip4/../udp/../quic-v1`), port 0 for
    /// any free port. If empty, the node has outgoing connections only.
    pub listen: Vec<Multiaddr>,
    /// Peers to stay connected to, each address ending in `/p2p/` and the peer's id. The node dials
    /// them at the start, and again with growing pauses while they are not connected. The limits on
    /// connections do not apply to them.
    pub bootstrap: Vec<Multiaddr>,
    /// Addresses to advertise besides those the node listens on.
    pub external: Vec<Multiaddr>,
    /// Bounds on the connections, requests and memory that peers may take.
    pub limits: Limits,
    /// How long requests of each kind may take.
    pub deadlines: Deadlines,
    /// When a peer is banned, and for how long.
    pub scores: ScoreConfig,
    /// The registry of the metrics; `None` to count without publishing.
    pub registry: Option<prometheus::Registry>,
}

impl NetworkConfig {
    /// A full node of this chain with default limits, which listens on no address and dials no peer.
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

    /// Sets [`mode`](Self::mode).
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets [`listen`](Self::listen).
    #[must_use]
    pub fn with_listen(mut self, listen: Vec<Multiaddr>) -> Self {
        self.listen = listen;
        self
    }

    /// Sets [`bootstrap`](Self::bootstrap).
    #[must_use]
    pub fn with_bootstrap(mut self, bootstrap: Vec<Multiaddr>) -> Self {
        self.bootstrap = bootstrap;
        self
    }

    /// Sets [`external`](Self::external).
    #[must_use]
    pub fn with_external(mut self, external: Vec<Multiaddr>) -> Self {
        self.external = external;
        self
    }

    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`deadlines`](Self::deadlines).
    #[must_use]
    pub fn with_deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Sets [`scores`](Self::scores).
    #[must_use]
    pub fn with_scores(mut self, scores: ScoreConfig) -> Self {
        self.scores = scores;
        self
    }

    /// Sets [`registry`](Self::registry).
    #[must_use]
    pub fn with_registry(mut self, registry: impl Into<Option<prometheus::Registry>>) -> Self {
        self.registry = registry.into();
        self
    }

    /// Checks the relations between limits that their types leave open.
    ///
    /// # Errors
    /// The limit that is wrong; [`Fault::Caller`](weft_encoding::Fault::Caller).
    pub(crate) fn check(&self) -> Result<(), NetworkError> {
        let limits = &self.limits;
        if limits.inbound_per_peer > limits.inbound_requests {
            return Err(NetworkError::Limit {
                name: "inbound_per_peer",
                value: limits.inbound_per_peer.get() as u64,
                bound: format!(
                    "must not be above inbound_requests, {}",
                    limits.inbound_requests
                ),
            });
        }
        if limits.reply_bytes_per_peer > limits.reply_bytes {
            return Err(NetworkError::Limit {
                name: "reply_bytes_per_peer",
                value: limits.reply_bytes_per_peer.get() as u64,
                bound: format!("must not be above reply_bytes, {}", limits.reply_bytes),
            });
        }
        if limits.target_peers > limits.connections.get() {
            return Err(NetworkError::Limit {
                name: "target_peers",
                value: u64::from(limits.target_peers),
                bound: format!("must not be above connections, {}", limits.connections),
            });
        }
        self.scores.check()
    }
}

/// Bounds on the connections, requests and memory that peers may take of a node.
///
/// Start from [`Limits::default`] and set the fields that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Established connections in total. Default 512.
    pub connections: NonZeroU32,
    /// Established connections to one peer: both may dial at once, on two transports. Default 4.
    pub connections_per_peer: NonZeroU32,
    /// Incoming connections whose handshake is not done. Default 64.
    pub pending_incoming: NonZeroU32,
    /// An idle connection is closed after this time. Default 10 minutes.
    pub idle_connection: Duration,
    /// The node dials full nodes found through kad until it has this many peers. Default 16.
    pub target_peers: u32,
    /// Requests of all peers being decoded or answered; more are refused as busy. Default 512.
    pub inbound_requests: NonZeroUsize,
    /// Requests of one peer being decoded or answered; more are refused as busy. Default 64.
    pub inbound_per_peer: NonZeroUsize,
    /// Bytes of requests in memory; requests beyond it are refused as busy. Default 256 MiB.
    pub inbound_bytes: NonZeroUsize,
    /// Bytes of replies being written to all peers; requests beyond it are refused as busy.
    /// Default 512 MiB.
    pub reply_bytes: NonZeroUsize,
    /// Bytes of replies being written to one peer; its requests beyond it are refused as busy.
    /// Default 128 MiB: eight of the largest replies.
    pub reply_bytes_per_peer: NonZeroUsize,
    /// Outgoing requests in total; beyond it callers wait. Default 1,024.
    pub outbound_requests: NonZeroUsize,
    /// Outgoing requests to one peer on the wire; more queue. Default 48, below the peer's
    /// `inbound_per_peer`.
    pub outbound_per_peer: NonZeroUsize,
    /// Events that the application has not yet received; beyond it requests are refused as busy
    /// and gossip is ignored. Default 1,024.
    pub event_queue: NonZeroUsize,
    /// Units of request [cost](crate::limits::cost) that a peer may use in a second. Default 4,000.
    pub request_rate: NonZeroU32,
    /// Units that a peer may use at once. Default 8,000.
    pub request_burst: NonZeroU32,
    /// New gossip messages that a peer may send in a second; more are ignored. Default 200.
    pub gossip_rate: NonZeroU32,
    /// Gossip messages that a peer may send at once. Default 1,000.
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
