//! Limits how many proposed blocks are checked at once.
//!
//! Any peer can send to the consensus port, and refusing a forged block costs two pairings. So each
//! peer has a few slots of its own, and all peers that are not validators share a few more than one
//! of them has: they can crowd out each other, but never a validator. A block without a slot is
//! dropped; proposers send again in the next round.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use libp2p::PeerId;

/// Slots of one peer, for its own blocks and those that it forwards.
const PLACES_OF_A_PEER: usize = 4;

/// Slots that all peers that are not validators share.
const PLACES_OF_STRANGERS: usize = 8;

/// The slots in use.
#[derive(Debug, Default)]
pub(super) struct Intake(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    by_peer: HashMap<PeerId, usize>,
    by_strangers: usize,
}

/// A slot; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    intake: Arc<Intake>,
    peer: PeerId,
    is_stranger: bool,
}

impl Intake {
    /// A slot for a block that `peer` sent, if one is free.
    pub(super) fn take(self: &Arc<Self>, peer: PeerId, is_stranger: bool) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = taken.by_peer.get(&peer).copied().unwrap_or(0);
        let strangers_full = is_stranger && taken.by_strangers >= PLACES_OF_STRANGERS;
        if of_peer >= PLACES_OF_A_PEER || strangers_full {
            return None;
        }
        taken.by_peer.insert(peer, of_peer + 1);
        taken.by_strangers += usize::from(is_stranger);
        Some(Place {
            intake: Arc::clone(self),
            peer,
            is_stranger,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.intake.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.by_strangers -= usize::from(self.is_stranger);
        match taken.by_peer.get_mut(&self.peer) {
            Some(places) if *places > 1 => *places -= 1,
            _ => {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_peer_has_its_places_and_gets_them_back() {
        let intake = Arc::new(Intake::default());
        let peer = PeerId::random();
        let places: Vec<Place> = (0..PLACES_OF_A_PEER)
            .filter_map(|_| intake.take(peer, false))
            .collect();
        assert_eq!(places.len(), PLACES_OF_A_PEER);
        assert!(intake.take(peer, false).is_none());
        assert!(intake.take(PeerId::random(), false).is_some());
        drop(places);
        assert!(intake.take(peer, false).is_some());
        assert!(intake.0.lock().unwrap().by_peer.is_empty());
    }

    #[test]
    fn strangers_keep_out_each_other_and_no_validator() {
        let intake = Arc::new(Intake::default());
        let places: Vec<Place> = (0..10 * PLACES_OF_STRANGERS)
            .filter_map(|_| intake.take(PeerId::random(), true))
            .collect();
        assert_eq!(places.len(), PLACES_OF_STRANGERS);
        let validator = intake.take(PeerId::random(), false);
        assert!(validator.is_some());
        drop((places, validator));
        assert!(intake.take(PeerId::random(), true).is_some());
    }
}
