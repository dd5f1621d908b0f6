//! The limit on bytes of replies that are being written.
//!
//! Without it, a peer that requests much and reads slowly would make this node keep all its replies in
//! memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// The room of one reply, given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _of_all: OwnedSemaphorePermit,
    _of_peer: OwnedSemaphorePermit,
}

/// The room that is left, in total and for each peer, in bytes.
#[derive(Debug)]
pub(crate) struct Replies<P> {
    in_all: Arc<Semaphore>,
    per_peer: usize,
    peers: HashMap<P, Arc<Semaphore>>,
}

impl<P: Copy + Eq + Hash> Replies<P> {
    pub(crate) fn new(limits: &Limits) -> Self {
        let bytes = |limit: usize| limit.min(Semaphore::MAX_PERMITS);
        Self {
            in_all: Arc::new(Semaphore::new(bytes(limits.reply_bytes.get()))),
            per_peer: bytes(limits.reply_bytes_per_peer.get()),
            peers: HashMap::new(),
        }
    }

    /// Takes room for a reply of this many bytes, if there is enough.
    pub(crate) fn take(&mut self, peer: P, bytes: usize) -> Option<Room> {
        let bytes = u32::try_from(bytes).ok()?;
        let per_peer = self.per_peer;
        let of_peer = self
            .peers
            .entry(peer)
            .or_insert_with(|| Arc::new(Semaphore::new(per_peer)));
        let take = |room: &Arc<Semaphore>| Arc::clone(room).try_acquire_many_owned(bytes).ok();
        Some(Room {
            _of_peer: take(of_peer)?,
            _of_all: take(&self.in_all)?,
        })
    }

    /// Forgets the peers without a reply being written.
    pub(crate) fn forget_idle(&mut self) {
        let per_peer = self.per_peer;
        self.peers
            .retain(|_, room| room.available_permits() < per_peer);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn no_peer_takes_more_than_its_part_and_all_together_no_more_than_there_is() {
        let bytes = |bytes| NonZeroUsize::new(bytes).expect("non-zero");
        let mut replies = Replies::new(&Limits {
            reply_bytes: bytes(15),
            reply_bytes_per_peer: bytes(10),
            ..Limits::default()
        });
        let first = replies.take(1, 10);
        assert!(first.is_some());
        assert!(replies.take(1, 1).is_none(), "its part is taken");
        assert!(replies.take(2, 6).is_none(), "not so much is left");
        let second = replies.take(2, 5);
        assert!(second.is_some());
        assert!(replies.take(3, 1).is_none(), "nothing is left");
        drop(first);
        assert!(replies.take(1, 10).is_some(), "given back");
        replies.forget_idle();
        assert_eq!(replies.peers.keys().collect::<Vec<_>>(), [&2]);
        drop(second);
        replies.forget_idle();
        assert!(replies.peers.is_empty());
    }
}
