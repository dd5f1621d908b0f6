//! Which custodian is asked for which cells next: one lane per custodian, so that a slow one does
//! not delay the others. Pure: time is passed in.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use weft_encoding::CellCoord;
use weft_network::limits::MAX_SAMPLES;
use weft_sampling::{Holder, Holders};

/// Failures in a row after which a custodian is not asked again.
const MAX_FAILURES: u32 = 2;

/// A wanted cell, and its position in the list of its column's custodians.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) coord: CellCoord,
    holder: usize,
    /// A custodian answered that it does not have the cell yet.
    promised: bool,
}

#[derive(Debug, Default)]
struct Lane {
    wanted: VecDeque<Wanted>,
    is_out: bool,
    failures: u32,
}

/// The cells still wanted, by the custodian to ask for them.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    holders: &'a Holders,
    lanes: BTreeMap<Holder, Lane>,
    /// Promised cells for which every custodian has been asked.
    later: Vec<Wanted>,
    pause: Duration,
    max_pause: Duration,
    wake: Option<Instant>,
    give_up: Instant,
}

impl<'a> Lanes<'a> {
    /// `cells` are asked for in this order. Promised ones are retried with backoff until `give_up`.
    pub(super) fn new(
        holders: &'a Holders,
        cells: impl IntoIterator<Item = CellCoord>,
        (pause, max_pause): (Duration, Duration),
        give_up: Instant,
    ) -> Self {
        let mut lanes = Self {
            holders,
            lanes: BTreeMap::new(),
            later: Vec::new(),
            pause,
            max_pause,
            wake: None,
            give_up,
        };
        for coord in cells {
            lanes.put(Wanted {
                coord,
                holder: 0,
                promised: false,
            });
        }
        lanes
    }

    /// The next request, to a custodian without a request in flight.
    pub(super) fn next(&mut self) -> Option<(Holder, Vec<Wanted>)> {
        let (of, lane) = self
            .lanes
            .iter_mut()
            .find(|(_, lane)| !lane.is_out && !lane.wanted.is_empty())?;
        lane.is_out = true;
        let count = lane.wanted.len().min(MAX_SAMPLES);
        Some((*of, lane.wanted.drain(..count).collect()))
    }

    /// The custodian has answered and may be asked for more.
    pub(super) fn answered(&mut self, of: Holder) {
        if let Some(lane) = self.lanes.get_mut(&of) {
            lane.is_out = false;
            lane.failures = 0;
        }
    }

    /// The request failed. It is retried once; after that, all cells of this lane move to their
    /// next custodians.
    pub(super) fn failed(&mut self, of: Holder, asked: Vec<Wanted>) {
        let lane = self.lanes.entry(of).or_default();
        lane.is_out = false;
        lane.failures += 1;
        for wanted in asked.into_iter().rev() {
            lane.wanted.push_front(wanted);
        }
        if lane.failures >= MAX_FAILURES {
            for wanted in std::mem::take(&mut lane.wanted) {
                self.elsewhere(wanted);
            }
        }
    }

    /// The custodian did not serve the cell: the column's next custodian is asked.
    pub(super) fn elsewhere(&mut self, wanted: Wanted) {
        self.put(Wanted {
            holder: wanted.holder + 1,
            ..wanted
        });
    }

    /// The custodian does not have the cell yet: the column's next custodian is asked, and this one
    /// again later.
    pub(super) fn not_yet(&mut self, wanted: Wanted) {
        self.put(Wanted {
            holder: wanted.holder + 1,
            promised: true,
            ..wanted
        });
    }

    /// When to call [`Lanes::wake`].
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.wake.filter(|_| !self.later.is_empty())
    }

    /// Asks for promised cells again if the pause is over.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.wake_at().is_none_or(|wake| wake > now) {
            return;
        }
        self.wake = None;
        for wanted in std::mem::take(&mut self.later) {
            self.put(Wanted {
                holder: 0,
                promised: false,
                ..wanted
            });
        }
    }

    /// Starts the pause for promised cells, or drops them if it would end after `give_up`. Call it
    /// after each processed reply.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.later.is_empty() || self.wake.is_some() {
            return;
        }
        let wake = now + self.pause;
        if wake > self.give_up {
            self.later.clear();
            return;
        }
        self.wake = Some(wake);
        self.pause = (self.pause * 2).min(self.max_pause);
    }

    fn put(&mut self, mut wanted: Wanted) {
        let holders = self.holders.of(wanted.coord.column);
        while let Some(of) = holders.get(wanted.holder) {
            let lane = self.lanes.entry(*of).or_default();
            if lane.failures < MAX_FAILURES {
                lane.wanted.push_back(wanted);
                return;
            }
            wanted.holder += 1;
        }
        if wanted.promised {
            self.later.push(wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use weft_encoding::{ColumnIndex, RowIndex};
    use weft_sampling::CustodyAssignment;
    use weft_test_chain::TestChain;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn cells(rows: usize) -> Vec<CellCoord> {
        let rows = (0..rows).map(|row| RowIndex::new(row).unwrap());
        rows.flat_map(|row| ColumnIndex::all().map(move |column| CellCoord { row, column }))
            .collect()
    }

    fn holders_of(validators: u8) -> Holders {
        let set = TestChain::new(validators).set;
        Holders::new([(&set, &CustodyAssignment::new(&set).unwrap())])
    }

    fn lanes(holders: &Holders, rows: usize, now: Instant) -> Lanes<'_> {
        Lanes::new(holders, cells(rows), (SECOND, 2 * SECOND), now + 4 * SECOND)
    }

    /// Requests until every custodian has one, as (custodian, cells).
    fn all_next(lanes: &mut Lanes<'_>) -> Vec<(Holder, Vec<Wanted>)> {
        std::iter::from_fn(|| lanes.next()).collect()
    }

    #[test]
    fn each_custodian_has_one_legal_request_out_of_its_own_cells() {
        let of_chain = holders_of(4);
        let mut lanes = lanes(&of_chain, 10, Instant::now());
        let mut seen = BTreeSet::new();
        for expected in [256, 64] {
            let asks = all_next(&mut lanes);
            assert_eq!(asks.len(), 4);
            for (of, asked) in asks {
                assert_eq!(asked.len(), expected);
                for wanted in asked {
                    assert!(of_chain.of(wanted.coord.column).contains(&of));
                    assert!(seen.insert(wanted.coord));
                }
                lanes.answered(of);
            }
        }
        assert_eq!(seen.len(), 10 * 128);
        assert!(all_next(&mut lanes).is_empty());
        assert_eq!(lanes.wake_at(), None);
    }

    #[test]
    fn a_failed_request_is_made_once_more_and_the_lane_is_closed_then() {
        let of_chain = holders_of(4);
        assert!(ColumnIndex::all().all(|column| of_chain.of(column).len() == 1));
        let mut lanes = lanes(&of_chain, 10, Instant::now());
        let (of, asked) = lanes.next().unwrap();
        lanes.failed(of, asked.clone());
        let again = lanes.next().unwrap();
        assert_eq!(again, (of, asked.clone()));
        lanes.failed(of, asked);
        // No other custodian has its columns: its cells are dropped, and the others stay.
        let rest = all_next(&mut lanes);
        assert_eq!(rest.len(), 3);
        assert!(rest.iter().all(|(other, _)| *other != of));
        assert!(lanes.later.is_empty());
    }

    #[test]
    fn refused_cells_go_to_the_next_holder_until_there_is_none() {
        let of_chain = holders_of(7);
        assert!(ColumnIndex::all().all(|column| of_chain.of(column).len() > 1));
        let mut lanes = lanes(&of_chain, 1, Instant::now());
        let mut asked_of: BTreeSet<(CellCoord, Holder)> = BTreeSet::new();
        loop {
            let asks = all_next(&mut lanes);
            if asks.is_empty() {
                break;
            }
            for (of, asked) in asks {
                lanes.answered(of);
                for wanted in asked {
                    assert!(asked_of.insert((wanted.coord, of)), "nobody twice");
                    lanes.elsewhere(wanted);
                }
            }
        }
        let holders = ColumnIndex::all().map(|column| of_chain.of(column).len());
        assert_eq!(asked_of.len(), holders.sum::<usize>());
    }

    #[test]
    fn promised_cells_are_asked_for_again_after_growing_pauses_until_the_end() {
        let of_chain = holders_of(4);
        let start = Instant::now();
        let mut lanes = lanes(&of_chain, 1, start);
        let mut now = start;
        // The third pause of 2 s would end after the 4 s of patience.
        for pause in [Some(1), Some(2), None] {
            for (of, asked) in all_next(&mut lanes) {
                lanes.answered(of);
                asked.into_iter().for_each(|wanted| lanes.not_yet(wanted));
            }
            assert!(all_next(&mut lanes).is_empty());
            lanes.settle(now);
            lanes.settle(now);
            let Some(pause) = pause else { break };
            let wake = now + pause * SECOND;
            assert_eq!(lanes.wake_at(), Some(wake));
            lanes.wake(wake - SECOND / 2);
            assert!(lanes.next().is_none());
            lanes.wake(wake);
            now = wake;
        }
        assert_eq!(lanes.wake_at(), None);
        assert!(lanes.next().is_none() && lanes.later.is_empty());
    }
}
