//! One sample's way through a session.

use std::time::Duration;

use weft_encoding::CellCoord;

use super::{SessionConfig, peers::Slot};

/// Where a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Asked,
    Verifying,
    Verified,
}

/// What has gone wrong with a sample, in ascending order of how much it tells.
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
#[derive(Clone, Copy, Debug)]
struct History {
    peer: Slot,
    timeouts: u32,
    postponements: u32,
    again_at: Duration,
    closed: bool,
}

/// One chosen cell.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) coord: CellCoord,
    pub(super) stage: Stage,
    pub(super) worst: Option<Setback>,
    attempts: u32,
    histories: Vec<History>,
}

impl Sample {
    pub(super) fn new(coord: CellCoord) -> Self {
        Self {
            coord,
            stage: Stage::Waiting,
            worst: None,
            attempts: 0,
            histories: Vec::new(),
        }
    }

    /// Whether it has been tried as often as it may be.
    pub(super) fn is_given_up(&self, config: &SessionConfig) -> bool {
        self.attempts >= config.max_attempts.max(1)
    }

    pub(super) fn standing(&self, peer: Slot) -> Standing {
        match self.histories.iter().find(|history| history.peer == peer) {
            None => Standing::Fresh,
            Some(history) if history.closed => Standing::Closed,
            Some(history) => Standing::Later {
                at: history.again_at,
                times: history.timeouts.saturating_add(history.postponements),
            },
        }
    }

    /// The peer will not give it.
    pub(super) fn refused(&mut self, peer: Slot) {
        self.set_back(Setback::Refused);
        self.attempts += 1;
        self.history(peer).closed = true;
    }

    /// The peer refused it before it was known to be a custodian of the column, and is by now: as
    /// if it had not been asked. That happens once for each column that becomes a peer's.
    pub(super) fn refused_early(&mut self) {
        self.set_back(Setback::Refused);
    }

    /// The column is assigned to the peer from now on: it is asked as if for the first time, even
    /// if the attempts are used up.
    pub(super) fn reopen(&mut self, peer: Slot, config: &SessionConfig) {
        self.histories.retain(|history| history.peer != peer);
        let last = config.max_attempts.max(1) - 1;
        self.attempts = self.attempts.min(last);
    }

    /// The peer gave something that is not it.
    pub(super) fn invalid(&mut self, peer: Slot) {
        self.set_back(Setback::Invalid);
        self.attempts += 1;
        self.history(peer).closed = true;
    }

    /// The peer may give it later. Costs no attempt: only the deadline and the peer's own count
    /// bound it, because proofs are made after a block is final.
    pub(super) fn postponed(&mut self, peer: Slot, now: Duration, config: &SessionConfig) {
        self.set_back(Setback::Refused);
        let history = self.history(peer);
        history.postponements += 1;
        history.again_at = now.saturating_add(config.backoff_after(history.postponements));
        history.closed = history.postponements >= config.max_postponements.max(1);
    }

    /// The peer did not answer.
    pub(super) fn unanswered(&mut self, peer: Slot, now: Duration, config: &SessionConfig) {
        self.set_back(Setback::Unanswered);
        self.attempts += 1;
        let history = self.history(peer);
        history.timeouts += 1;
        history.again_at = now.saturating_add(config.backoff_after(history.timeouts));
        history.closed = history.timeouts >= config.max_timeouts_per_peer.max(1);
    }

    fn set_back(&mut self, setback: Setback) {
        self.stage = Stage::Waiting;
        self.worst = self.worst.max(Some(setback));
    }

    fn history(&mut self, peer: Slot) -> &mut History {
        let place = match self
            .histories
            .iter()
            .position(|history| history.peer == peer)
        {
            Some(place) => place,
            None => {
                self.histories.push(History {
                    peer,
                    timeouts: 0,
                    postponements: 0,
                    again_at: Duration::ZERO,
                    closed: false,
                });
                self.histories.len() - 1
            }
        };
        &mut self.histories[place]
    }
}
