//! Errors, by family: frames, requests, replies, gossip, starting, dialling.

use std::io;
use std::time::Duration;

use libp2p::{Multiaddr, PeerId};
use weft_encoding::Fault;

use crate::messages::{Refusal, RequestKind, ShapeError};

/// Why bytes are not a frame, or a frame is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// No kind of request has this tag. [`Fault::Peer`].
    #[error("no kind of request has tag {tag}")]
    UnknownTag {
        /// The tag.
        tag: u8,
    },
    /// The reply is of another kind than the request. [`Fault::Peer`].
    #[error("a reply of tag {tag} to a request of kind {asked}")]
    WrongReply {
        /// The request's kind.
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
    /// The memory budget of incoming requests is used up. [`Fault::Retry`].
    #[error("incoming requests take all of their budget of {budget} bytes")]
    Busy {
        /// The budget in bytes.
        budget: usize,
    },
    /// A light client does not serve this kind of request. [`Fault::Caller`].
    #[error("a light client does not serve {kind} requests")]
    NotServed {
        /// The request's kind.
        kind: RequestKind,
    },
    /// The payload cannot be encoded: a list is too long for its length field. [`Fault::Local`].
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

/// Why a request brought no reply.
///
/// The network retries nothing: the caller decides when to ask which peer again. An offence of the
/// peer has been counted in its score already.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The protocol does not allow the request. [`Fault::Caller`].
    #[error("the {kind} request is not valid")]
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
    /// There is no connection to the peer, and dialling it failed. [`Fault::Retry`].
    #[error("{peer} cannot be reached")]
    Unreachable {
        /// The peer.
        peer: PeerId,
    },
    /// The connection or the stream broke before the reply was complete. [`Fault::Retry`].
    #[error("the connection broke before the reply was complete")]
    Disconnected {
        /// The stream's error, if there is one.
        source: Option<io::Error>,
    },
    /// The peer does not support this chain's request protocol: a node of another chain.
    /// [`Fault::Retry`], with another peer.
    #[error("{peer} does not answer requests on this chain")]
    Unsupported {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is banned. [`Fault::Peer`].
    #[error("{peer} is banned")]
    Banned {
        /// The peer.
        peer: PeerId,
    },
    /// The peer refused the whole request, and the reply's type has no refusal. The fault is the
    /// [refusal's](Refusal::fault).
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The reply's frame is not valid: too large, or of another kind. [`Fault::Peer`].
    #[error("the reply to a {kind} request is not a valid frame")]
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
    /// The reply decodes and does not match the request. [`Fault::Peer`].
    #[error("the reply does not match the {kind} request")]
    Unfit {
        /// The request's kind.
        kind: RequestKind,
        /// What does not match.
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

/// Why a reply could not be sent; the request was refused instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The reply is of another kind than the request. [`Fault::Local`].
    #[error("the reply is of kind {given}, the request of kind {asked}")]
    WrongKind {
        /// The request's kind.
        asked: RequestKind,
        /// The reply's kind.
        given: RequestKind,
    },
    /// The reply has no frame: it is larger than its kind allows. [`Fault::Local`].
    #[error("the reply cannot be sent")]
    Frame(#[from] FrameError),
}

impl RespondError {
    /// Whose fault it is: this node's.
    pub fn fault(&self) -> Fault {
        Fault::Local
    }
}

/// Why a message was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No connected peer subscribes to the topic. [`Fault::Retry`].
    #[error("no connected peer subscribes to the {topic} topic")]
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
        /// The number of peers.
        peers: usize,
    },
    /// Gossipsub refused the message. [`Fault::Local`].
    #[error("gossipsub refused the message")]
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

/// Why an address cannot be used for a peer. [`Fault::Caller`].
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
        /// The expected peer.
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

/// Why the network could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A bootstrap address does not end in a peer id. [`Fault::Caller`].
    #[error("a bootstrap address cannot be used")]
    Bootstrap(#[from] AddressError),
    /// A limit is zero, or contradicts another. [`Fault::Caller`].
    #[error("{name} is {value}, but {bound}")]
    Limit {
        /// The limit's name.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What it must be, with the value of the limit that it contradicts.
        bound: String,
    },
    /// The node cannot listen on an address: it is taken, or its transport is unknown.
    /// [`Fault::Local`].
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: Multiaddr,
        /// Why.
        source: libp2p::TransportError<io::Error>,
    },
    /// The noise handshake could not be set up from the key pair. [`Fault::Caller`].
    #[error("cannot set up the noise handshake")]
    Noise(#[from] libp2p::noise::Error),
    /// The system's DNS configuration cannot be read. [`Fault::Local`].
    #[error("cannot read the system's DNS configuration")]
    Dns {
        /// Why.
        source: io::Error,
    },
    /// The gossip protocol could not be set up. [`Fault::Local`].
    #[error("cannot set up gossipsub: {reason}")]
    Gossip {
        /// Gossipsub's reason.
        reason: &'static str,
    },
    /// The topics could not be subscribed to. [`Fault::Local`].
    #[error("cannot subscribe to a gossip topic")]
    Subscribe(#[from] libp2p::gossipsub::SubscriptionError),
    /// The metrics could not be registered: their names are taken. [`Fault::Caller`].
    #[error("cannot register the metrics")]
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

/// Why a dial brought no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The address does not end in the peer's id. [`Fault::Caller`].
    #[error("the address cannot be used")]
    Address(#[from] AddressError),
    /// Dialling all addresses of the peer failed. [`Fault::Retry`].
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
    /// The peer is banned. [`Fault::Peer`].
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
