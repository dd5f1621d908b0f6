//! The slots of incoming requests that are being decoded or answered.

use std::collections::HashMap;

use futures::StreamExt;
use libp2p::PeerId;
use libp2p::request_response::ResponseChannel;
use tokio::time::Duration;
use tokio_util::time::{DelayQueue, delay_queue};

use crate::codec::Received;
use crate::config::Limits;
use crate::messages::RequestKind;

/// A request being decoded or answered.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) peer: PeerId,
    pub(crate) kind: RequestKind,
    pub(crate) channel: ResponseChannel<Received>,
    expiry: delay_queue::Key,
}

/// The slots of all requests: bounded in total and for each peer, each with a deadline.
#[derive(Debug)]
pub(crate) struct Inbound {
    in_all: usize,
    per_peer: usize,
    next: u64,
    slots: HashMap<u64, Slot>,
    peers: HashMap<PeerId, usize>,
    expiries: DelayQueue<u64>,
}

impl Inbound {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            in_all: limits.inbound_requests.get(),
            per_peer: limits.inbound_per_peer.get(),
            next: 0,
            slots: HashMap::new(),
            peers: HashMap::new(),
            expiries: DelayQueue::new(),
        }
    }

    /// The number of slots in use.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Gives a request a slot.
    ///
    /// # Errors
    /// The channel, if no slot is free for this peer.
    pub(crate) fn admit(
        &mut self,
        peer: PeerId,
        kind: RequestKind,
        channel: ResponseChannel<Received>,
        deadline: Duration,
    ) -> Result<u64, ResponseChannel<Received>> {
        let of_peer = self.peers.get(&peer).copied().unwrap_or(0);
        if self.slots.len() >= self.in_all || of_peer >= self.per_peer {
            return Err(channel);
        }
        let id = self.next;
        self.next += 1;
        let expiry = self.expiries.insert(id, deadline);
        self.slots.insert(
            id,
            Slot {
                peer,
                kind,
                channel,
                expiry,
            },
        );
        self.peers.insert(peer, of_peer + 1);
        Ok(id)
    }

    /// The peer of a request, while it has its slot.
    pub(crate) fn peer(&self, id: u64) -> Option<PeerId> {
        self.slots.get(&id).map(|slot| slot.peer)
    }

    /// Frees the slot of a request, to answer it.
    pub(crate) fn release(&mut self, id: u64) -> Option<Slot> {
        let slot = self.remove(id)?;
        self.expiries.try_remove(&slot.expiry);
        Some(slot)
    }

    /// Waits for the next deadline.
    pub(crate) async fn next_expired(&mut self) -> Option<u64> {
        self.expiries
            .next()
            .await
            .map(delay_queue::Expired::into_inner)
    }

    /// Frees the slot of a request whose deadline has passed.
    pub(crate) fn expire(&mut self, id: u64) -> Option<Slot> {
        self.remove(id)
    }

    fn remove(&mut self, id: u64) -> Option<Slot> {
        let slot = self.slots.remove(&id)?;
        if let Some(count) = self.peers.get_mut(&slot.peer) {
            *count -= 1;
            if *count == 0 {
                self.peers.remove(&slot.peer);
            }
        }
        Some(slot)
    }
}
