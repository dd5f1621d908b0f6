//! The state of one sample in a session.

use std::{collections::BTreeMap, time::Duration};

use weft_encoding::CellCoord;

use super::{SessionConfig, Tier, peers::Slot};

/// A failure of a sample, in ascending order of significance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Setback {
    Unanswered,
    Invalid,
    Refused,
}

/// Whether a peer may be asked for a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Fresh,
    /// Asked before, `times` without success, and to be asked again not before `at`.
    Later {
        at: Duration,
        times: u32,
    },
    Closed,
}

/// A peer's history with one sample.
#[derive(Clone, Copy, Debug, Default)]
struct History {
    timeouts: u32,
    postponements: u32,
    again_at: Duration,
    closed: bool,
}

/// The peer that a sample is with in one tier: asked, or its cell under verification.
type Lane = Option<Slot>;

/// One chosen cell.
///
/// It has a lane for each tier. Fallbacks occupy only their own lane and use up no attempt, because any
/// number of peers can be fallbacks.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) coord: CellCoord,
    pub(super) verified: bool,
    pub(super) worst: Option<Setback>,
    custodian: Lane,
    fallback: Lane,
    /// Whether a custodian was asked for it and failed to give it.
    let_down: bool,
    /// Of custodians alone.
    attempts: u32,
    histories: BTreeMap<Slot, History>,
}

impl Sample {
    pub(super) fn new(coord: CellCoord) -> Self {
        Self {
            coord,
            verified: false,
            worst: None,
            custodian: None,
            fallback: None,
            let_down: false,
            attempts: 0,
            histories: BTreeMap::new(),
        }
    }

    /// Whether a peer of this tier may be asked for it, as far as the sample is concerned.
    ///
    /// Fallbacks are asked beside a custodian only once some custodian failed the sample: a slow custodian
    /// delays them by one request, and they never delay a custodian.
    pub(super) fn is_open_to(&self, tier: Tier, config: &SessionConfig) -> bool {
        match tier {
            Tier::Custodian => {
                self.custodian.is_none() && self.attempts < config.max_attempts.max(1)
            }
            Tier::Fallback => {
                self.fallback.is_none() && (self.custodian.is_none() || self.let_down)
            }
        }
    }

    /// Whether a custodian was asked for it and failed to give it.
    pub(super) fn is_let_down(&self) -> bool {
        self.let_down
    }

    /// Whether it is with this peer.
    pub(super) fn is_with(&self, peer: Slot) -> bool {
        self.custodian == Some(peer) || self.fallback == Some(peer)
    }

    /// Whether it is with any peer.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.custodian.is_some() || self.fallback.is_some()
    }

    /// The peer is asked for it.
    pub(super) fn asked(&mut self, peer: Slot, tier: Tier) {
        *self.lane(tier) = Some(peer);
    }

    pub(super) fn standing(&self, peer: Slot) -> Standing {
        match self.histories.get(&peer) {
            None => Standing::Fresh,
            Some(history) if history.closed => Standing::Closed,
            Some(history) => Standing::Later {
                at: history.again_at,
                times: history.timeouts.saturating_add(history.postponements),
            },
        }
    }

    /// The peer will not give it.
    pub(super) fn refused(&mut self, peer: Slot, tier: Tier) {
        self.fail(Setback::Refused, tier);
        self.history(peer).closed = true;
    }

    /// The peer refused it before the column was assigned to it, and it is assigned now: as if it had not
    /// been asked. This happens once for each column that is assigned to a peer.
    pub(super) fn refused_early(&mut self, tier: Tier) {
        self.set_back(Setback::Refused, tier);
    }

    /// The column is assigned to the peer from now on: it is asked as if for the first time, even
    /// if no attempt is left.
    pub(super) fn reopen(&mut self, peer: Slot, config: &SessionConfig) {
        self.histories.remove(&peer);
        let last = config.max_attempts.max(1) - 1;
        self.attempts = self.attempts.min(last);
    }

    /// The peer's cell does not verify, or its answer is malformed.
    pub(super) fn invalid(&mut self, peer: Slot, tier: Tier) {
        self.fail(Setback::Invalid, tier);
        self.history(peer).closed = true;
    }

    /// The peer may give it later. Costs no attempt, because proofs are made after a block is final: the
    /// deadline and the peer's own count bound it.
    pub(super) fn postponed(
        &mut self,
        peer: Slot,
        tier: Tier,
        now: Duration,
        config: &SessionConfig,
    ) {
        self.set_back(Setback::Refused, tier);
        let history = self.history(peer);
        history.postponements += 1;
        history.again_at = now.saturating_add(config.backoff_after(history.postponements));
        history.closed = history.postponements >= config.max_postponements.max(1);
    }

    /// The peer did not answer.
    pub(super) fn unanswered(
        &mut self,
        peer: Slot,
        tier: Tier,
        now: Duration,
        config: &SessionConfig,
    ) {
        self.fail(Setback::Unanswered, tier);
        let history = self.history(peer);
        history.timeouts += 1;
        history.again_at = now.saturating_add(config.backoff_after(history.timeouts));
        history.closed = history.timeouts >= config.max_timeouts_per_peer.max(1);
    }

    /// A setback that uses up an attempt, if it was a custodian's.
    fn fail(&mut self, setback: Setback, tier: Tier) {
        self.set_back(setback, tier);
        if tier == Tier::Custodian {
            self.attempts += 1;
        }
    }

    fn set_back(&mut self, setback: Setback, tier: Tier) {
        *self.lane(tier) = None;
        self.let_down |= tier == Tier::Custodian;
        self.worst = self.worst.max(Some(setback));
    }

    fn lane(&mut self, tier: Tier) -> &mut Lane {
        match tier {
            Tier::Custodian => &mut self.custodian,
            Tier::Fallback => &mut self.fallback,
        }
    }

    fn history(&mut self, peer: Slot) -> &mut History {
        self.histories.entry(peer).or_default()
    }
}
