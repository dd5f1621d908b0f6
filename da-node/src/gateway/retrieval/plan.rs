//! Which custodian is asked for which columns next. Pure.

use std::collections::{BTreeMap, BTreeSet};

use weft_chain::ValidatorIndex;
use weft_encoding::{COLUMNS, ColumnIndex, DATA_COLUMNS};
use weft_sampling::{ColumnSet, CustodyAssignment};

/// One request for columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    number: usize,
    pub(super) of: ValidatorIndex,
    pub(super) columns: Vec<ColumnIndex>,
}

/// What is had, what is being waited for, and who has been asked.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    assignment: &'a CustodyAssignment,
    had: ColumnSet,
    /// The request that each column is expected from.
    expected: [Option<usize>; COLUMNS],
    tried: BTreeSet<(ColumnIndex, ValidatorIndex)>,
    /// Custodians that failed or are slow: asked only for what nobody else can give.
    avoided: BTreeSet<ValidatorIndex>,
    asks: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(assignment: &'a CustodyAssignment) -> Self {
        Self {
            assignment,
            had: ColumnSet::EMPTY,
            expected: [None; COLUMNS],
            tried: BTreeSet::new(),
            avoided: BTreeSet::new(),
            asks: 0,
        }
    }

    /// A column is had, verified.
    pub(super) fn has(&mut self, column: ColumnIndex) {
        self.had.insert(column);
    }

    /// Whether 64 columns are had.
    pub(super) fn is_enough(&self) -> bool {
        self.had.len() >= DATA_COLUMNS
    }

    /// Nothing more is expected from this request; what it has not given may be had elsewhere.
    pub(super) fn ended(&mut self, ask: &Ask) {
        for column in &ask.columns {
            let expected = &mut self.expected[column.get()];
            if *expected == Some(ask.number) {
                *expected = None;
            }
        }
    }

    /// As [`Plan::ended`], and the custodian is asked for more only as a last resort.
    pub(super) fn failed(&mut self, ask: &Ask) {
        self.avoided.insert(ask.of);
        self.ended(ask);
    }

    /// The request is out for long: as [`Plan::failed`], unless it has ended in time.
    pub(super) fn slow(&mut self, ask: &Ask) {
        let mut expected = ask.columns.iter().map(|column| self.expected[column.get()]);
        if expected.any(|number| number == Some(ask.number)) {
            self.failed(ask);
        }
    }

    /// Requests for as many columns as are neither had nor expected, lowest first: those are the
    /// data, and need no decoding. Empty when there are enough, or nobody is left to ask.
    pub(super) fn next(&mut self) -> Vec<Ask> {
        let expected = ColumnIndex::all()
            .filter(|column| !self.had.contains(*column) && self.expected[column.get()].is_some());
        let mut missing = DATA_COLUMNS.saturating_sub(self.had.len() + expected.count());
        let mut by_custodian: BTreeMap<ValidatorIndex, Vec<ColumnIndex>> = BTreeMap::new();
        let mut chosen = ColumnSet::EMPTY;
        for last_resort in [false, true] {
            for column in ColumnIndex::all() {
                let settled = self.had.contains(column)
                    || self.expected[column.get()].is_some()
                    || chosen.contains(column);
                if missing == 0 || settled {
                    continue;
                }
                if let Some(of) = self.next_holder(column, last_resort) {
                    chosen.insert(column);
                    self.tried.insert((column, of));
                    by_custodian.entry(of).or_default().push(column);
                    missing -= 1;
                }
            }
        }
        let asks: Vec<Ask> = (self.asks..)
            .zip(by_custodian)
            .map(|(number, (of, columns))| Ask {
                number,
                of,
                columns,
            })
            .collect();
        self.asks += asks.len();
        for ask in &asks {
            for column in &ask.columns {
                self.expected[column.get()] = Some(ask.number);
            }
        }
        asks
    }

    fn next_holder(&self, column: ColumnIndex, last_resort: bool) -> Option<ValidatorIndex> {
        let mut holders = self.assignment.custodians_of(column).iter().copied();
        holders.find(|of| {
            !self.tried.contains(&(column, *of)) && (last_resort || !self.avoided.contains(of))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fixtures::TestChain;

    fn column(index: usize) -> ColumnIndex {
        ColumnIndex::new(index).unwrap()
    }

    /// Who is asked for which columns.
    fn columns_of(asks: &[Ask]) -> ColumnSet {
        asks.iter().flat_map(|ask| ask.columns.clone()).collect()
    }

    fn give(plan: &mut Plan<'_>, ask: &Ask) {
        ask.columns.iter().for_each(|column| plan.has(*column));
        plan.ended(ask);
    }

    fn lowest(count: usize, from: ColumnSet) -> ColumnSet {
        from.iter().take(count).collect()
    }

    #[test]
    fn the_data_columns_are_asked_for_once_each_of_their_holders() {
        let assignment = CustodyAssignment::new(&TestChain::new(4).set).unwrap();
        let mut plan = Plan::new(&assignment);
        let asks = plan.next();
        assert_eq!(columns_of(&asks), (0..64).map(column).collect());
        for ask in &asks {
            let owned = assignment.columns_of(ask.of);
            assert!(ask.columns.iter().all(|column| owned.contains(*column)));
        }
        assert!(plan.next().is_empty(), "all that is missing is expected");
        for ask in &asks {
            assert!(!plan.is_enough());
            give(&mut plan, ask);
        }
        assert!(plan.is_enough() && plan.next().is_empty());
    }

    #[test]
    fn what_is_at_hand_is_not_asked_for() {
        let assignment = CustodyAssignment::new(&TestChain::new(4).set).unwrap();
        let mut plan = Plan::new(&assignment);
        (60..100).for_each(|index| plan.has(column(index)));
        assert_eq!(columns_of(&plan.next()), (0..24).map(column).collect());
    }

    #[test]
    fn others_are_asked_in_the_place_of_a_slow_one_which_still_counts() {
        let assignment = CustodyAssignment::new(&TestChain::new(4).set).unwrap();
        let mut plan = Plan::new(&assignment);
        let asks = plan.next();
        let (slow, others) = asks.split_first().unwrap();
        plan.slow(slow);
        let instead = plan.next();
        assert!(instead.iter().all(|ask| ask.of != slow.of));
        let elsewhere = ColumnIndex::all()
            .skip(64)
            .collect::<ColumnSet>()
            .difference(assignment.columns_of(slow.of));
        assert_eq!(
            columns_of(&instead),
            lowest(slow.columns.len(), elsewhere),
            "as many of the next columns"
        );
        // The slow one answers before those that were asked instead.
        give(&mut plan, slow);
        others.iter().for_each(|ask| give(&mut plan, ask));
        assert!(plan.is_enough());
        // A clock that runs out after the answer changes nothing.
        plan.slow(&others[0]);
        assert!(!plan.avoided.contains(&others[0].of));
    }

    #[test]
    fn those_that_failed_are_asked_last_and_nobody_twice_for_a_column() {
        let assignment = CustodyAssignment::new(&TestChain::new(4).set).unwrap();
        let mut plan = Plan::new(&assignment);
        let mut asked = Vec::new();
        loop {
            let asks = plan.next();
            if asks.is_empty() {
                break;
            }
            for ask in asks {
                plan.failed(&ask);
                asked.extend(ask.columns.iter().map(|column| (*column, ask.of)));
            }
        }
        let count = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), count, "nobody twice");
        let all = ColumnIndex::all().flat_map(|column| {
            assignment
                .custodians_of(column)
                .iter()
                .map(move |of| (column, *of))
        });
        assert_eq!(count, all.count(), "everybody once");
    }
}
