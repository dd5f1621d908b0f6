//! The two gossip topics, and the application's verdict on each message.

use std::io;
use std::time::Duration;

use libp2p::PeerId;
use libp2p::gossipsub::{
    self, IdentTopic, MessageAcceptance, MessageAuthenticity, MessageId, TopicHash, ValidationMode,
};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::OwnedPermit;
use weft_chain::{CertifiedBlob, ChainId, SignedHeader};

use crate::config::Mode;
use crate::error::{NetworkError, PublishError};
use crate::limits::{MAX_GOSSIP_CERTIFIED_BYTES, MAX_GOSSIP_HEADER_BYTES};
use crate::repetition::{MEMORY_SECONDS, STAMP_BYTES};

/// The largest gossipsub frame: several messages, or control messages.
const MAX_TRANSMIT_BYTES: usize = 128 * 1024;

/// A gossip topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Signed headers of decided blocks, `/weft/{chain_id}/headers/1`.
    Headers,
    /// Certified blobs for the pool, `/weft/{chain_id}/certified/1`.
    Certified,
}

impl Topic {
    /// Both topics.
    pub const ALL: [Self; 2] = [Self::Headers, Self::Certified];

    /// The name in metrics and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Certified => "certified",
        }
    }

    /// The limit on a message's length, in bytes.
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Headers => MAX_GOSSIP_HEADER_BYTES,
            Self::Certified => MAX_GOSSIP_CERTIFIED_BYTES,
        }
    }

    /// The topics that a node of this mode subscribes to and forwards.
    pub(crate) const fn of_mode(mode: Mode) -> &'static [Self] {
        match mode {
            Mode::Full => &Self::ALL,
            Mode::Light => &[Self::Headers],
        }
    }

    pub(crate) fn of_chain(self, chain_id: &ChainId) -> IdentTopic {
        IdentTopic::new(format!("/weft/{chain_id}/{}/1", self.name()))
    }
}

/// A message of a gossip topic, unverified.
#[derive(Debug, Clone)]
pub enum GossipMessage {
    /// A decided block's header with its finality certificate.
    Header(SignedHeader),
    /// A blob's header with its availability certificate.
    Certified(CertifiedBlob),
}

impl GossipMessage {
    /// The message's topic.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Header(_) => Topic::Headers,
            Self::Certified(_) => Topic::Certified,
        }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, PublishError> {
        let encoded = match self {
            Self::Header(header) => borsh::to_vec(header),
            Self::Certified(blob) => borsh::to_vec(blob),
        };
        let bytes = encoded.map_err(|source| PublishError::Encode { source })?;
        let (topic, size) = (self.topic(), bytes.len());
        if size > topic.max_bytes() {
            let limit = topic.max_bytes();
            return Err(PublishError::TooLarge {
                topic: topic.name(),
                size,
                limit,
            });
        }
        Ok(bytes)
    }

    pub(crate) fn decode(topic: Topic, bytes: &[u8]) -> io::Result<Self> {
        match topic {
            Topic::Headers => borsh::from_slice(bytes).map(Self::Header),
            Topic::Certified => borsh::from_slice(bytes).map(Self::Certified),
        }
    }
}

/// The topics of one chain.
#[derive(Debug)]
pub(crate) struct Topics([(Topic, IdentTopic, TopicHash); 2]);

impl Topics {
    pub(crate) fn new(chain_id: &ChainId) -> Self {
        Self(Topic::ALL.map(|topic| {
            let ident = topic.of_chain(chain_id);
            let hash = ident.hash();
            (topic, ident, hash)
        }))
    }

    pub(crate) fn ident(&self, topic: Topic) -> IdentTopic {
        self.0[topic as usize].1.clone()
    }

    pub(crate) fn find(&self, hash: &TopicHash) -> Option<Topic> {
        self.0
            .iter()
            .find(|(_, _, known)| known == hash)
            .map(|(topic, ..)| *topic)
    }
}

/// The application's verdict on a message.
#[derive(Debug)]
pub(crate) struct GossipVerdict {
    pub(crate) message_id: MessageId,
    pub(crate) from: PeerId,
    pub(crate) topic: Topic,
    pub(crate) acceptance: MessageAcceptance,
}

/// A gossip message that waits for the application's verdict.
///
/// Only an accepted message is forwarded. If this is dropped without a verdict, the message is
/// ignored. The verdict has to come within six seconds, after which gossipsub forgets the message.
#[derive(Debug)]
#[must_use = "a message without a verdict is not forwarded"]
pub struct GossipValidation {
    message_id: MessageId,
    from: PeerId,
    topic: Topic,
    permit: Option<OwnedPermit<GossipVerdict>>,
}

impl GossipValidation {
    pub(crate) fn new(
        message_id: MessageId,
        from: PeerId,
        topic: Topic,
        permit: OwnedPermit<GossipVerdict>,
    ) -> Self {
        Self {
            message_id,
            from,
            topic,
            permit: Some(permit),
        }
    }

    /// The message is valid: forward it.
    pub fn accept(mut self) {
        self.decide(MessageAcceptance::Accept);
    }

    /// The message is provably invalid: do not forward it, and count an offence of the peer that sent
    /// it ([`Offence::InvalidGossip`](crate::Offence::InvalidGossip)).
    pub fn reject(mut self) {
        self.decide(MessageAcceptance::Reject);
    }

    /// The message is useless or cannot be judged: do not forward it, and count no offence.
    pub fn ignore(mut self) {
        self.decide(MessageAcceptance::Ignore);
    }

    fn decide(&mut self, acceptance: MessageAcceptance) {
        if let Some(permit) = self.permit.take() {
            permit.send(GossipVerdict {
                message_id: self.message_id.clone(),
                from: self.from,
                topic: self.topic,
                acceptance,
            });
        }
    }
}

impl Drop for GossipValidation {
    fn drop(&mut self) {
        self.decide(MessageAcceptance::Ignore);
    }
}

/// A message's id: the first 20 bytes of SHA-256 over its topic and its bytes.
///
/// By content, so that the same message published by several nodes has one id.
fn message_id(message: &gossipsub::Message) -> MessageId {
    let mut hash = Sha256::new();
    hash.update(message.topic.as_str().as_bytes());
    hash.update([0]);
    hash.update(&message.data);
    MessageId::new(&hash.finalize()[..20])
}

/// Gossipsub for one chain, subscribed to the topics of the mode.
///
/// Messages have no author and no signature of the protocol, because they are certificates. The mesh
/// is small and its heartbeat fast, so that it also forms within a second among two to eight nodes.
pub(crate) fn behaviour(
    chain_id: &ChainId,
    mode: Mode,
    topics: &Topics,
) -> Result<gossipsub::Behaviour, NetworkError> {
    let mut builder = gossipsub::ConfigBuilder::default();
    builder
        .protocol_id_prefix(format!("/weft/{chain_id}/meshsub"))
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(MAX_TRANSMIT_BYTES)
        .heartbeat_initial_delay(Duration::from_millis(100))
        .heartbeat_interval(Duration::from_millis(500))
        .history_length(12)
        .history_gossip(6)
        .mesh_outbound_min(1)
        .mesh_n_low(3)
        .mesh_n(6)
        .mesh_n_high(12)
        .gossip_lazy(6)
        .flood_publish(true)
        .prune_backoff(Duration::from_secs(15))
        .duplicate_cache_time(Duration::from_secs(MEMORY_SECONDS))
        .max_messages_per_rpc(Some(256))
        .connection_handler_queue_len(1024);
    for topic in Topic::ALL {
        builder.max_transmit_size_for_topic(
            topic.max_bytes() + STAMP_BYTES,
            topics.ident(topic).hash(),
        );
    }
    let config = builder
        .build()
        .map_err(|_| NetworkError::Gossip { reason: "config" })?;
    let mut gossip = gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config)
        .map_err(|reason| NetworkError::Gossip { reason })?;
    for topic in Topic::of_mode(mode) {
        gossip.subscribe(&topics.ident(*topic))?;
    }
    Ok(gossip)
}
