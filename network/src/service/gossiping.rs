//! Gossip: incoming messages, the application's verdicts, and publications.

use libp2p::PeerId;
use libp2p::gossipsub::{self, MessageAcceptance, MessageId};
use tracing::debug;

use super::NetworkEvent;
use super::engine::Engine;
use crate::error::PublishError;
use crate::gossip::{GossipMessage, GossipValidation, GossipVerdict, Topic};
use crate::repetition::Slot;
use crate::scores::Offence;

impl Engine {
    /// Handles a message. Gossipsub forwards it only once the application has accepted it.
    pub(super) fn on_gossip(
        &mut self,
        from: PeerId,
        message_id: MessageId,
        message: &gossipsub::Message,
    ) {
        let Some(topic) = self.topics.find(&message.topic) else {
            self.settle(&message_id, from, MessageAcceptance::Ignore);
            return;
        };
        self.metrics.bytes_in(topic.name(), message.data.len());
        if !self.rates.allow_gossip(&from) {
            self.metrics.gossip(topic, "rate_limited");
            self.settle(&message_id, from, MessageAcceptance::Ignore);
            return;
        }
        let stamped = Slot::split(&message.data);
        if stamped.is_some_and(|(slot, _)| !slot.is_current(Slot::now())) {
            self.metrics.gossip(topic, "stale");
            self.settle(&message_id, from, MessageAcceptance::Ignore);
            return;
        }
        let payload = stamped.map_or(&[][..], |(_, payload)| payload);
        let decoded = match GossipMessage::decode(topic, payload) {
            Ok(decoded) => decoded,
            Err(error) => {
                debug!(%from, topic = topic.name(), %error, "a gossip message does not decode");
                self.metrics.gossip(topic, "malformed");
                self.settle(&message_id, from, MessageAcceptance::Reject);
                self.on_offence(from, Offence::Malformed);
                return;
            }
        };
        let Ok(permit) = self.verdicts.0.clone().try_reserve_owned() else {
            self.metrics.gossip(topic, "overflow");
            self.settle(&message_id, from, MessageAcceptance::Ignore);
            return;
        };
        let validation = GossipValidation::new(message_id, from, topic, permit);
        let event = NetworkEvent::Gossip {
            from,
            message: decoded,
            validation,
        };
        if self.events.try_send(event).is_err() {
            // Dropping the event ignores the message.
            self.metrics.dropped("gossip_event");
        }
    }

    /// Handles the application's verdict on a message.
    pub(super) fn on_verdict(&mut self, verdict: GossipVerdict) {
        let outcome = match verdict.acceptance {
            MessageAcceptance::Accept => "accepted",
            MessageAcceptance::Reject => "rejected",
            MessageAcceptance::Ignore => "ignored",
        };
        self.metrics.gossip(verdict.topic, outcome);
        if matches!(verdict.acceptance, MessageAcceptance::Reject) {
            self.on_offence(verdict.from, Offence::InvalidGossip);
        }
        self.settle(&verdict.message_id, verdict.from, verdict.acceptance);
    }

    fn settle(&mut self, id: &MessageId, from: PeerId, acceptance: MessageAcceptance) {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        if !gossip.report_message_validation_result(id, &from, acceptance) {
            debug!(%id, "a verdict came after the message was forgotten");
        }
    }

    pub(super) fn publish(&mut self, topic: Topic, bytes: Vec<u8>) -> Result<(), PublishError> {
        let size = bytes.len();
        let hash = self.topics.ident(topic).hash();
        let stamped = Slot::now().stamp(&bytes);
        match self.swarm.behaviour_mut().gossip.publish(hash, stamped) {
            Ok(_) => {
                self.metrics.gossip(topic, "published");
                self.metrics.bytes_out(topic.name(), size);
                Ok(())
            }
            // It was published or forwarded a few seconds ago, so the connected peers have it.
            Err(gossipsub::PublishError::Duplicate) => Ok(()),
            Err(gossipsub::PublishError::NoPeersSubscribedToTopic) => Err(PublishError::NoPeers {
                topic: topic.name(),
            }),
            Err(gossipsub::PublishError::MessageTooLarge) => Err(PublishError::TooLarge {
                topic: topic.name(),
                size,
                limit: topic.max_bytes(),
            }),
            Err(gossipsub::PublishError::AllQueuesFull(peers)) => {
                Err(PublishError::QueuesFull { peers })
            }
            Err(source) => Err(PublishError::Gossip { source }),
        }
    }
}
