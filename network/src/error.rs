//! What can go wrong, by family: frames, requests, replies, gossip, starting.

use std::io;
use std::time::Duration;

use libp2p::{Multiaddr, PeerId};
use weft_encoding::Fault;

use crate::messages::{Refusal, RequestKind, ShapeError};

/// A frame that is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The tag names no kind of request. [`Fault::Peer`].
    #[error("tag {tag} is no kind of request")]
    UnknownTag {
        /// The tag.
        tag: u8,
    },
    /// The reply is of another kind than the request. [`Fault::Peer`].
    #[error("a reply of tag {tag} to a request of kind {asked}")]
    WrongReply {
        /// What was asked.
        asked: RequestKind,
        /// The reply's tag.
        tag: u8,
    },
    /// The payload is longer than its kind allows. [`Fault::Peer`].
    #[error("a frame of tag {tag} of {size} bytes, limit {limit}")]
    TooLarge {
        /// The frame's tag.
        tag: u8,
        /// The length of the payload in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// There is no memory left for incoming requests. [`Fault::Retry`].
    #[error("incoming requests already take {budget} bytes")]
    Busy {
        /// The budget in bytes.
        budget: usize,
    },
    /// A light client is asked for what it does not serve. [`Fault::Caller`].
    #[error("{kind} is not served here")]
    NotServed {
        /// What was asked.
        kind: RequestKind,
    },
    /// The payload cannot be written: a list too long for its length field. [`Fault::Local`].
    #[error("the message has no encoding")]
    Encode {
        /// Why.
        source: io::Error,
    },
}

impl FrameError {
    /// Whose fault it is, when the frame came from a peer.
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownTag { .. } | Self::WrongReply { .. } | Self::TooLarge { .. } => {
                Fault::Peer
            }
            Self::Busy { .. } => Fault::Retry,
            Self::NotServed { .. } => Fault::Caller,
            Self::Encode { .. } => Fault::Local,
        }
    }
}

/// A request that brought no reply.
///
/// Nothing is retried here: when and whom to ask again is the caller's choice. What is the peer's
/// fault has already been counted in its score.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The request is not one that the protocol allows. [`Fault::Caller`].
    #[error("not a legal {kind} request")]
    Invalid {
        /// Its kind.
        kind: RequestKind,
        /// What is wrong with it.
        source: ShapeError,
    },
    /// The request has no encoding. [`Fault::Caller`].
    #[error("the {kind} request has no encoding")]
    Encode {
        /// Its kind.
        kind: RequestKind,
        /// Why.
        source: io::Error,
    },
    /// The request is larger than its kind allows. [`Fault::Caller`].
    #[error("a {kind} request of {size} bytes, limit {limit}")]
    RequestTooLarge {
        /// Its kind.
        kind: RequestKind,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The deadline passed. [`Fault::Retry`]; it never counts against the peer.
    #[error("no reply to a {kind} request within {deadline:?}")]
    Timeout {
        /// The request's kind.
        kind: RequestKind,
        /// Its deadline.
        deadline: Duration,
    },
    /// There is no connection and none could be made. [`Fault::Retry`].
    #[error("{peer} cannot be reached")]
    Unreachable {
        /// The peer.
        peer: PeerId,
    },
    /// The connection or the stream broke before the reply was whole. [`Fault::Retry`].
    #[error("the connection broke before the reply came")]
    Disconnected {
        /// What the stream said, if anything.
        source: Option<io::Error>,
    },
    /// The peer does not speak this chain's protocol, or answers no requests: a node of another
    /// chain, or a light client. [`Fault::Retry`], with another peer.
    #[error("{peer} does not answer requests on this chain")]
    Unsupported {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is banned for a time. [`Fault::Peer`].
    #[error("{peer} is banned")]
    Banned {
        /// The peer.
        peer: PeerId,
    },
    /// The peer refused the whole request, where its reply has no place for a refusal. The fault
    /// is the [refusal's](Refusal::fault).
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The reply's frame is not one: too large, or of another kind. [`Fault::Peer`].
    #[error("the reply to a {kind} request is no frame")]
    BadFrame {
        /// The request's kind.
        kind: RequestKind,
        /// What is wrong with the frame.
        source: FrameError,
    },
    /// The reply does not decode. [`Fault::Peer`].
    #[error("the reply to a {kind} request does not decode")]
    Malformed {
        /// The request's kind.
        kind: RequestKind,
        /// What is wrong with the bytes.
        source: io::Error,
    },
    /// The reply decodes and is not one to this request. [`Fault::Peer`].
    #[error("the reply does not fit the {kind} request")]
    Unfit {
        /// The request's kind.
        kind: RequestKind,
        /// What does not fit.
        source: ShapeError,
    },
    /// The network service has stopped. [`Fault::Local`].
    #[error("the network service has stopped")]
    Closed,
}

impl RequestError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Invalid { .. } | Self::Encode { .. } | Self::RequestTooLarge { .. } => {
                Fault::Caller
            }
            Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::Disconnected { .. }
            | Self::Unsupported { .. } => Fault::Retry,
            Self::Refused(refusal) => refusal.fault(),
            Self::BadFrame { source, .. } => source.fault(),
            Self::Banned { .. } | Self::Malformed { .. } | Self::Unfit { .. } => Fault::Peer,
            Self::Closed => Fault::Local,
        }
    }

    /// The outcome's name in metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Invalid { .. } | Self::Encode { .. } | Self::RequestTooLarge { .. } => "invalid",
            Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::Disconnected { .. } => "disconnected",
            Self::Unsupported { .. } => "unsupported",
            Self::Banned { .. } => "banned",
            Self::Refused(_) => "refused",
            Self::BadFrame { .. } => "bad_frame",
            Self::Malformed { .. } => "malformed",
            Self::Unfit { .. } => "unfit",
            Self::Closed => "closed",
        }
    }
}

/// A reply that could not be given; the peer was refused in its place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The reply is of another kind than the request. [`Fault::Local`].
    #[error("a {given} reply to a {asked} request")]
    WrongKind {
        /// The request's kind.
        asked: RequestKind,
        /// The reply's kind.
        given: RequestKind,
    },
    /// The reply is no legal frame: larger than its kind allows. [`Fault::Local`].
    #[error("the reply cannot be sent")]
    Frame(#[from] FrameError),
}

impl RespondError {
    /// Whose fault it is: ours.
    pub fn fault(&self) -> Fault {
        Fault::Local
    }
}

/// A message that was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No connected peer listens to the topic. [`Fault::Retry`].
    #[error("no connected peer listens to the {topic} topic")]
    NoPeers {
        /// The topic.
        topic: &'static str,
    },
    /// The message is larger than its topic allows. [`Fault::Caller`].
    #[error("a message of {size} bytes on the {topic} topic, limit {limit}")]
    TooLarge {
        /// The topic.
        topic: &'static str,
        /// The message's size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The message has no encoding. [`Fault::Caller`].
    #[error("the message has no encoding")]
    Encode {
        /// Why.
        source: io::Error,
    },
    /// The queues to all peers are full. [`Fault::Retry`].
    #[error("the queues to all {peers} peers are full")]
    QueuesFull {
        /// The peers.
        peers: usize,
    },
    /// Gossipsub would not take it. [`Fault::Local`].
    #[error("gossip failed")]
    Gossip {
        /// Why.
        source: libp2p::gossipsub::PublishError,
    },
    /// The network service has stopped. [`Fault::Local`].
    #[error("the network service has stopped")]
    Closed,
}

impl PublishError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoPeers { .. } | Self::QueuesFull { .. } => Fault::Retry,
            Self::TooLarge { .. } | Self::Encode { .. } => Fault::Caller,
            Self::Gossip { .. } | Self::Closed => Fault::Local,
        }
    }
}

/// An address that cannot be used for a peer. [`Fault::Caller`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The address does not end in `/p2p/` and a peer id.
    #[error("{address} does not end in /p2p/ and a peer id")]
    NoPeerId {
        /// The address.
        address: Multiaddr,
    },
    /// The address ends in another peer's id.
    #[error("{address} is not an address of {peer}")]
    OtherPeer {
        /// The peer meant.
        peer: PeerId,
        /// The address.
        address: Multiaddr,
    },
}

impl AddressError {
    /// Whose fault it is: the caller's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// The network could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A bootstrap address names no peer. [`Fault::Caller`].
    #[error("bootstrap address")]
    Bootstrap(#[from] AddressError),
    /// A limit is zero, or contradicts another. [`Fault::Caller`].
    #[error("{name} is {value}, {bound}")]
    Limit {
        /// The limit's name.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What it must be.
        bound: &'static str,
    },
    /// An address cannot be listened on: taken, or of an unknown transport. [`Fault::Local`].
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: Multiaddr,
        /// Why.
        source: libp2p::TransportError<io::Error>,
    },
    /// The noise handshake could not be set up from the key pair. [`Fault::Caller`].
    #[error("noise")]
    Noise(#[from] libp2p::noise::Error),
    /// The system's DNS configuration cannot be read. [`Fault::Local`].
    #[error("the system's DNS configuration")]
    Dns {
        /// Why.
        source: io::Error,
    },
    /// The gossip protocol could not be set up. [`Fault::Local`].
    #[error("gossip: {reason}")]
    Gossip {
        /// What gossipsub said.
        reason: &'static str,
    },
    /// The topics could not be subscribed to. [`Fault::Local`].
    #[error("gossip subscription")]
    Subscribe(#[from] libp2p::gossipsub::SubscriptionError),
    /// The metrics could not be registered: their names are taken. [`Fault::Caller`].
    #[error("metrics")]
    Metrics(#[from] prometheus::Error),
}

impl NetworkError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Bootstrap(_) | Self::Limit { .. } | Self::Noise(_) | Self::Metrics(_) => {
                Fault::Caller
            }
            Self::Listen { .. } | Self::Dns { .. } | Self::Gossip { .. } | Self::Subscribe(_) => {
                Fault::Local
            }
        }
    }
}

/// A dial that brought no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The address names no peer, or another. [`Fault::Caller`].
    #[error("address")]
    Address(#[from] AddressError),
    /// No connection could be made. [`Fault::Retry`].
    #[error("{peer} cannot be reached")]
    Unreachable {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is of another chain. [`Fault::Caller`].
    #[error("{peer} is of another chain")]
    OtherChain {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is banned for a time. [`Fault::Peer`].
    #[error("{peer} is banned")]
    Banned {
        /// The peer.
        peer: PeerId,
    },
    /// The network service has stopped. [`Fault::Local`].
    #[error("the network service has stopped")]
    Closed,
}

impl DialError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Address(_) | Self::OtherChain { .. } => Fault::Caller,
            Self::Unreachable { .. } => Fault::Retry,
            Self::Banned { .. } => Fault::Peer,
            Self::Closed => Fault::Local,
        }
    }
}
