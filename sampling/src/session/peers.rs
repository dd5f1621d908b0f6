//! The peers of a session and their record in it.

use std::{collections::BTreeMap, time::Duration};

use weft_encoding::{COLUMNS, ColumnIndex};

use super::{SessionConfig, Tier};
use crate::ColumnSet;

/// A peer's index in the table; stable for the length of the session.
pub(super) type Slot = usize;

/// One peer.
#[derive(Debug)]
pub(super) struct Peer<P> {
    pub(super) id: P,
    pub(super) tier: Tier,
    columns: ColumnSet,
    /// Every column that it was ever offered for as a custodian.
    pub(super) assigned: ColumnSet,
    /// Offered and not withdrawn.
    offered: bool,
    /// Sent something invalid: never asked again.
    expelled: bool,
    /// Requests in flight.
    pub(super) in_flight: usize,
    /// Unanswered requests in a row.
    pub(super) unanswered: u32,
    /// When it is asked again after an unanswered request.
    pub(super) rests_until: Duration,
}

impl<P> Peer<P> {
    /// Whether it may ever be asked for a cell of this column.
    pub(super) fn serves(&self, column: ColumnIndex) -> bool {
        self.offered && !self.expelled && self.columns.contains(column)
    }
}

/// The peers by identity, and by the columns they serve.
#[derive(Debug)]
pub(super) struct PeerTable<P> {
    peers: Vec<Peer<P>>,
    slots: BTreeMap<P, Slot>,
    /// For each column every peer that has ever offered it.
    by_column: Vec<Vec<Slot>>,
    max_peers: usize,
}

impl<P: Ord + Clone> PeerTable<P> {
    pub(super) fn new(config: &SessionConfig) -> Self {
        Self {
            peers: Vec::new(),
            slots: BTreeMap::new(),
            by_column: vec![Vec::new(); COLUMNS],
            max_peers: config.max_peers.max(1),
        }
    }

    /// Adds a peer, or replaces what it offered; ignored when the table is full.
    ///
    /// Returns its slot, and the columns that this offer newly assigns to it.
    pub(super) fn offer(
        &mut self,
        id: P,
        columns: ColumnSet,
        tier: Tier,
    ) -> Option<(Slot, ColumnSet)> {
        let slot = match self.slots.get(&id) {
            Some(&slot) => slot,
            None if self.peers.len() >= self.max_peers => return None,
            None => {
                let slot = self.peers.len();
                self.slots.insert(id.clone(), slot);
                self.peers.push(Peer {
                    id,
                    tier,
                    columns: ColumnSet::EMPTY,
                    assigned: ColumnSet::EMPTY,
                    offered: true,
                    expelled: false,
                    in_flight: 0,
                    unanswered: 0,
                    rests_until: Duration::ZERO,
                });
                slot
            }
        };
        let peer = &mut self.peers[slot];
        peer.columns = columns;
        peer.tier = tier;
        peer.offered = true;
        for column in columns {
            let offering = &mut self.by_column[column.get()];
            if !offering.contains(&slot) {
                offering.push(slot);
            }
        }
        let assigned = match tier {
            Tier::Custodian => columns.difference(peer.assigned),
            Tier::Fallback => ColumnSet::EMPTY,
        };
        peer.assigned = peer.assigned.union(assigned);
        Some((slot, assigned))
    }

    pub(super) fn withdraw(&mut self, id: &P) {
        if let Some(&slot) = self.slots.get(id) {
            self.peers[slot].offered = false;
        }
    }

    /// Never asks the peer again.
    pub(super) fn expel(&mut self, slot: Slot) {
        self.peers[slot].expelled = true;
    }

    pub(super) fn get(&self, slot: Slot) -> &Peer<P> {
        &self.peers[slot]
    }

    /// The peers that may be asked for cells of a column.
    pub(super) fn serving(&self, column: ColumnIndex) -> impl Iterator<Item = (Slot, &Peer<P>)> {
        self.by_column[column.get()]
            .iter()
            .map(|&slot| (slot, &self.peers[slot]))
            .filter(move |(_, peer)| peer.serves(column))
    }

    pub(super) fn asked(&mut self, slot: Slot) {
        self.peers[slot].in_flight += 1;
    }

    pub(super) fn answered(&mut self, slot: Slot) {
        let peer = &mut self.peers[slot];
        peer.in_flight = peer.in_flight.saturating_sub(1);
        peer.unanswered = 0;
        peer.rests_until = Duration::ZERO;
    }

    pub(super) fn did_not_answer(&mut self, slot: Slot, now: Duration, config: &SessionConfig) {
        let peer = &mut self.peers[slot];
        peer.in_flight = peer.in_flight.saturating_sub(1);
        peer.unanswered = peer.unanswered.saturating_add(1);
        peer.rests_until = now.saturating_add(config.backoff_after(peer.unanswered));
    }
}
