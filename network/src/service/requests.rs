//! Requests: outgoing ones, and incoming ones of peers.

use libp2p::PeerId;
use libp2p::request_response::{
    Event, InboundFailure, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
};
use tokio::sync::mpsc::{OwnedPermit, error::TrySendError};
use tokio::task::JoinError;
use tracing::{debug, error};

use super::NetworkEvent;
use super::engine::Engine;
use super::mailbox::lock;
use super::outbound::{Token, Turn};
use super::responder::{Answer, Responder};
use crate::codec::Received;
use crate::error::{FrameError, RequestError};
use crate::frame::{Claim, Frame, FrameTag};
use crate::messages::{Refusal, Request, RequestKind};
use crate::scores::Offence;

/// A payload of this many bytes is decoded on the blocking pool.
const LARGE_PAYLOAD: usize = 256 * 1024;

/// The same for a payload that may have validators: decoding their keys, which are points, takes about
/// 0.2 ms a KiB.
const LARGE_PAYLOAD_OF_KEYS: usize = 4 * 1024;

/// Whether decoding would block the event loop for too long.
fn is_large(kind: RequestKind, bytes: usize) -> bool {
    bytes
        >= match kind {
            RequestKind::OfferUpdate | RequestKind::Propose => LARGE_PAYLOAD_OF_KEYS,
            _ => LARGE_PAYLOAD,
        }
}

/// A decoded request, or the refusal of one that does not decode.
#[derive(Debug)]
pub(super) struct Decoded {
    slot: u64,
    kind: RequestKind,
    request: Result<Request, Refusal>,
    permit: OwnedPermit<Answer>,
    claim: Option<Claim>,
}

/// Decodes and checks a request. The refusal says what is wrong with it.
fn decode(kind: RequestKind, payload: &[u8]) -> Result<Request, Refusal> {
    let request = Request::decode(kind, payload).map_err(Refusal::invalid)?;
    request.check().map_err(Refusal::invalid)?;
    Ok(request)
}

/// The offence of a bad frame, if it is one.
fn offence(error: &FrameError) -> Option<Offence> {
    match error {
        FrameError::TooLarge { .. } => Some(Offence::Oversize),
        FrameError::UnknownTag { .. } => Some(Offence::Malformed),
        FrameError::WrongReply { .. } => Some(Offence::UnfitReply),
        FrameError::Busy { .. } | FrameError::NotServed { .. } | FrameError::Encode { .. } => None,
    }
}

impl Engine {
    pub(super) fn on_rpc_event(&mut self, event: Event<Received, Received>) {
        match event {
            Event::Message { peer, message, .. } => match message {
                Message::Request {
                    request, channel, ..
                } => self.on_request(peer, request, channel),
                Message::Response {
                    request_id,
                    response,
                } => {
                    self.on_reply(peer, request_id, response);
                }
            },
            Event::OutboundFailure {
                peer,
                request_id,
                error,
                ..
            } => {
                self.on_outbound_failure(peer, request_id, error);
            }
            Event::InboundFailure { peer, error, .. } => {
                // The slot is free already or becomes free at its deadline. A peer that stops waiting
                // commits no offence.
                if !matches!(error, InboundFailure::ResponseOmission) {
                    debug!(%peer, %error, "a reply did not reach its peer");
                }
            }
            Event::ResponseSent { .. } => {}
        }
    }

    /// Sends the requests to a peer whose turn has come.
    pub(super) fn send_turns(&mut self, peer: PeerId) {
        while let Some(Turn {
            token,
            peer,
            kind,
            frame,
        }) = self.outbound.next_turn(&peer)
        {
            self.metrics.bytes_out(kind.name(), frame.payload().len());
            let addresses = lock(&self.addresses).of(&peer);
            let rpc = &mut self.swarm.behaviour_mut().rpc;
            let id = rpc.send_request_with_addresses(&peer, Ok(frame), addresses);
            self.outbound.sent(token, id);
        }
    }

    fn on_reply(&mut self, peer: PeerId, id: OutboundRequestId, reply: Received) {
        if let Some(offence) = reply.as_ref().err().and_then(offence) {
            self.on_offence(peer, offence);
        }
        let Some(kind) = self.outbound.kind(id) else {
            return;
        };
        if let Ok(frame) = &reply {
            self.metrics.bytes_in(kind.name(), frame.payload().len());
        }
        let outcome = reply.map_err(|source| RequestError::BadFrame { kind, source });
        self.outbound.end(id, outcome);
        self.send_turns(peer);
    }

    fn on_outbound_failure(
        &mut self,
        peer: PeerId,
        id: OutboundRequestId,
        failure: OutboundFailure,
    ) {
        let Some(kind) = self.outbound.kind(id) else {
            return;
        };
        let error = match failure {
            OutboundFailure::DialFailure if self.scores.is_banned(&peer) => {
                RequestError::Banned { peer }
            }
            OutboundFailure::DialFailure => RequestError::Unreachable { peer },
            OutboundFailure::Timeout => RequestError::Timeout {
                kind,
                deadline: self.config.deadlines.of(kind),
            },
            OutboundFailure::ConnectionClosed => RequestError::Disconnected { source: None },
            OutboundFailure::UnsupportedProtocols => RequestError::Unsupported { peer },
            OutboundFailure::Io(source) => RequestError::Disconnected {
                source: Some(source),
            },
        };
        self.outbound.end(id, Err(error));
        self.send_turns(peer);
    }

    pub(super) fn on_request_expired(&mut self, token: Token) {
        let deadlines = self.config.deadlines;
        let timeout = |kind| RequestError::Timeout {
            kind,
            deadline: deadlines.of(kind),
        };
        if let Some(peer) = self.outbound.expire(token, timeout) {
            self.send_turns(peer);
        }
    }

    /// Handles a peer's request. The peer's rate and slots are checked before the payload is decoded.
    fn on_request(&mut self, peer: PeerId, frame: Received, channel: ResponseChannel<Received>) {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return self.on_bad_frame(peer, &error, channel),
        };
        let (tag, payload, claim) = frame.into_parts();
        let FrameTag::Kind(kind) = tag else { return };
        self.metrics.bytes_in(kind.name(), payload.len());
        if !self.rates.allow_request(&peer, kind, payload.len()) {
            return self.refuse_busy(kind, "rate_limited", channel);
        }
        // Reserves a slot for the request and room for its answer to the engine.
        let Ok(permit) = self.answers.0.clone().try_reserve_owned() else {
            return self.refuse_busy(kind, "busy", channel);
        };
        let deadline = self.config.deadlines.of(kind);
        let slot = match self.inbound.admit(peer, kind, channel, deadline) {
            Ok(slot) => slot,
            Err(channel) => return self.refuse_busy(kind, "busy", channel),
        };
        let large = is_large(kind, payload.len());
        let work = move || {
            let request = decode(kind, &payload);
            Decoded {
                slot,
                kind,
                request,
                permit,
                claim,
            }
        };
        if large {
            self.decoding.spawn_blocking(work);
        } else {
            self.decoding.spawn(async move { work() });
        }
    }

    fn on_bad_frame(
        &mut self,
        peer: PeerId,
        error: &FrameError,
        channel: ResponseChannel<Received>,
    ) {
        let refusal = match (offence(error), error) {
            (Some(offence), _) => {
                self.on_offence(peer, offence);
                Refusal::invalid(error)
            }
            (None, FrameError::NotServed { kind }) => {
                self.metrics.request_answered(*kind, "not_served");
                Refusal::NotServed
            }
            (None, _) => {
                self.metrics.dropped("request_bytes");
                Refusal::Busy
            }
        };
        self.send_frame(channel, Frame::refusal(&refusal));
    }

    /// Refuses a request as busy.
    fn refuse_busy(
        &mut self,
        kind: RequestKind,
        why: &'static str,
        channel: ResponseChannel<Received>,
    ) {
        self.metrics.request_answered(kind, why);
        self.send_frame(channel, Frame::refusal(&Refusal::Busy));
    }

    pub(super) fn on_decoded(&mut self, decoded: Result<Decoded, JoinError>) {
        let Decoded {
            slot,
            kind,
            request,
            permit,
            claim,
        } = match decoded {
            Ok(decoded) => decoded,
            Err(failure) => {
                // The request keeps its slot until its deadline, which then refuses it.
                error!(%failure, "decoding a request panicked or was cancelled");
                return;
            }
        };
        let Some(peer) = self.inbound.peer(slot) else {
            return;
        };
        match request {
            Ok(request) => {
                let responder = Responder::new(slot, kind, permit, claim);
                self.deliver(NetworkEvent::Request {
                    peer,
                    request,
                    responder,
                });
            }
            Err(refusal) => {
                self.on_offence(peer, Offence::Malformed);
                if let Some(slot) = self.inbound.release(slot) {
                    self.metrics.request_answered(kind, "malformed");
                    self.send_frame(slot.channel, Frame::refusal(&refusal));
                }
            }
        }
    }

    /// Delivers a request to the application, or refuses it if the queue is full or closed.
    fn deliver(&mut self, event: NetworkEvent) {
        let (event, refusal) = match self.events.try_send(event) {
            Ok(()) => return,
            Err(TrySendError::Full(event)) => (event, Refusal::Busy),
            Err(TrySendError::Closed(event)) => (event, Refusal::NotServed),
        };
        self.metrics.dropped("request_event");
        if let NetworkEvent::Request { responder, .. } = event {
            responder.refuse(refusal);
        }
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Some(slot) = self.inbound.release(answer.slot) else {
            return;
        };
        let (frame, outcome) = match answer.frame.tag() {
            FrameTag::Kind(_) => {
                let bytes = answer.frame.payload().len();
                match self.replies.take(slot.peer, bytes) {
                    Some(room) => (answer.frame.with_room(room), "ok"),
                    None => {
                        self.metrics.dropped("reply_bytes");
                        (Frame::refusal(&Refusal::Busy), "busy")
                    }
                }
            }
            FrameTag::Refused => (answer.frame, "refused"),
        };
        self.metrics.request_answered(slot.kind, outcome);
        self.metrics
            .bytes_out(slot.kind.name(), frame.payload().len());
        self.send_frame(slot.channel, frame);
    }

    /// The application did not answer before the deadline, so the peer stops waiting too.
    pub(super) fn on_slot_expired(&mut self, slot: u64) {
        if let Some(slot) = self.inbound.expire(slot) {
            self.metrics.request_answered(slot.kind, "timeout");
        }
    }

    fn send_frame(&mut self, channel: ResponseChannel<Received>, frame: Frame) {
        if self
            .swarm
            .behaviour_mut()
            .rpc
            .send_response(channel, Ok(frame))
            .is_err()
        {
            self.metrics.dropped("late_answer");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_validators_is_decoded_off_the_loop() {
        assert!(is_large(RequestKind::OfferUpdate, 33_209), "100 validators");
        assert!(!is_large(RequestKind::OfferUpdate, 1_523), "4 validators");
        assert!(is_large(RequestKind::Propose, 33_209));
        assert!(!is_large(RequestKind::Disperse, 33_209));
        assert!(is_large(RequestKind::Disperse, LARGE_PAYLOAD));
    }
}
