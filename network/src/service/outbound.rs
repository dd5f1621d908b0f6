//! Outgoing requests: those on the wire, and those in the queues.

use std::collections::{HashMap, VecDeque};

use futures::StreamExt;
use libp2p::PeerId;
use libp2p::request_response::OutboundRequestId;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_util::time::{DelayQueue, delay_queue};

use super::mailbox::OutboundRequest;
use crate::error::RequestError;
use crate::frame::Frame;
use crate::messages::RequestKind;

/// A request's number in this table.
pub(crate) type Token = u64;

/// A queued request whose turn has come.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) token: Token,
    pub(crate) peer: PeerId,
    pub(crate) kind: RequestKind,
    pub(crate) frame: Frame,
}

/// A request that has not ended.
#[derive(Debug)]
struct Entry {
    peer: PeerId,
    kind: RequestKind,
    /// The frame, until its turn comes.
    frame: Option<Frame>,
    /// The id on the wire, once its turn has come.
    id: Option<OutboundRequestId>,
    expiry: delay_queue::Key,
    reply: oneshot::Sender<Result<Frame, RequestError>>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug, Default)]
struct Lane {
    out: usize,
    waiting: VecDeque<Token>,
}

/// The requests of this node that have not ended.
///
/// At most `per_peer` requests to one peer are on the wire; the rest queue in order. The permits that
/// requests carry bound their total. Each ends once, with a reply, a failure or its deadline, whichever
/// comes first; later events of libp2p for it are ignored.
#[derive(Debug)]
pub(crate) struct Outbound {
    per_peer: usize,
    next: Token,
    entries: HashMap<Token, Entry>,
    on_wire: HashMap<OutboundRequestId, Token>,
    lanes: HashMap<PeerId, Lane>,
    expiries: DelayQueue<Token>,
}

impl Outbound {
    pub(crate) fn new(per_peer: usize) -> Self {
        Self {
            per_peer,
            next: 0,
            entries: HashMap::new(),
            on_wire: HashMap::new(),
            lanes: HashMap::new(),
            expiries: DelayQueue::new(),
        }
    }

    /// Queues a request. If its turn comes at once, [`next_turn`](Self::next_turn) returns it.
    pub(crate) fn push(&mut self, request: OutboundRequest) {
        let OutboundRequest {
            peer,
            kind,
            frame,
            deadline,
            reply,
            permit,
        } = request;
        let token = self.next;
        self.next += 1;
        let expiry = self.expiries.insert_at(token, deadline);
        let entry = Entry {
            peer,
            kind,
            frame: Some(frame),
            id: None,
            expiry,
            reply,
            _permit: permit,
        };
        self.entries.insert(token, entry);
        self.lanes.entry(peer).or_default().waiting.push_back(token);
    }

    /// The next request to this peer whose turn has come. [`sent`](Self::sent) must follow.
    pub(crate) fn next_turn(&mut self, peer: &PeerId) -> Option<Turn> {
        loop {
            let lane = self.lanes.get_mut(peer)?;
            if lane.out >= self.per_peer {
                return None;
            }
            let Some(token) = lane.waiting.pop_front() else {
                if lane.out == 0 {
                    self.lanes.remove(peer);
                }
                return None;
            };
            let Some(entry) = self.entries.get_mut(&token) else {
                continue;
            };
            if entry.reply.is_closed() {
                self.forget(token);
                continue;
            }
            let Some(frame) = entry.frame.take() else {
                continue;
            };
            lane.out += 1;
            return Some(Turn {
                token,
                peer: *peer,
                kind: entry.kind,
                frame,
            });
        }
    }

    /// The request is on the wire under this id.
    pub(crate) fn sent(&mut self, token: Token, id: OutboundRequestId) {
        if let Some(entry) = self.entries.get_mut(&token) {
            entry.id = Some(id);
            self.on_wire.insert(id, token);
        }
    }

    /// The kind of a request that is on the wire.
    pub(crate) fn kind(&self, id: OutboundRequestId) -> Option<RequestKind> {
        let token = self.on_wire.get(&id)?;
        self.entries.get(token).map(|entry| entry.kind)
    }

    /// The request has ended.
    pub(crate) fn end(&mut self, id: OutboundRequestId, outcome: Result<Frame, RequestError>) {
        let Some(token) = self.on_wire.get(&id).copied() else {
            return;
        };
        if let Some(entry) = self.forget(token) {
            // A caller that has gone needs no reply.
            let _ = entry.reply.send(outcome);
        }
    }

    /// Waits for the next deadline.
    pub(crate) async fn next_expired(&mut self) -> Option<Token> {
        self.expiries
            .next()
            .await
            .map(delay_queue::Expired::into_inner)
    }

    /// Ends a request whose deadline has passed; returns its peer.
    pub(crate) fn expire(
        &mut self,
        token: Token,
        error: impl FnOnce(RequestKind) -> RequestError,
    ) -> Option<PeerId> {
        let entry = self.remove(token)?;
        let _ = entry.reply.send(Err(error(entry.kind)));
        Some(entry.peer)
    }

    /// Ends all requests, because the service stops.
    pub(crate) fn close(&mut self) {
        for (_, entry) in self.entries.drain() {
            let _ = entry.reply.send(Err(RequestError::Closed));
        }
    }

    /// Removes a request whose deadline has not passed.
    fn forget(&mut self, token: Token) -> Option<Entry> {
        let entry = self.remove(token)?;
        self.expiries.try_remove(&entry.expiry);
        Some(entry)
    }

    fn remove(&mut self, token: Token) -> Option<Entry> {
        let entry = self.entries.remove(&token)?;
        if let Some(id) = entry.id {
            self.on_wire.remove(&id);
        }
        if entry.frame.is_none()
            && let Some(lane) = self.lanes.get_mut(&entry.peer)
        {
            lane.out = lane.out.saturating_sub(1);
            if lane.out == 0 && lane.waiting.is_empty() {
                self.lanes.remove(&entry.peer);
            }
        }
        Some(entry)
    }
}
