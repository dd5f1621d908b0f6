//! What a custodian is missing of a blob. Pure.

use std::time::Duration;

use weft_chain::{Height, PublicKey};
use weft_ledger::ValidatorSets;
use weft_sampling::{AssignmentError, ColumnSet};

use super::super::Assignments;

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is missing of one blob.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lack {
    /// Columns that are not held.
    pub(super) columns: ColumnSet,
    /// Columns whose cell proofs are missing: all columns not held, and held ones without proofs.
    pub(super) proofs: ColumnSet,
}

impl Lack {
    /// Of the columns `owned`, those that are not `held`, and those that are not `proven`.
    pub(super) fn new(owned: ColumnSet, held: ColumnSet, proven: ColumnSet) -> Self {
        Self {
            columns: owned.difference(held),
            proofs: owned.difference(held.intersection(proven)),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.columns.is_empty() && self.proofs.is_empty()
    }
}

/// The columns that `key` owns of every blob, under the set at `next` or under the coming one.
///
/// # Errors
/// [`AssignmentError`]: a set cannot be assigned. Local: it was checked when it was scheduled.
pub(super) fn owned(
    sets: &ValidatorSets,
    assignments: &Assignments,
    next: Height,
    key: &PublicKey,
) -> Result<ColumnSet, AssignmentError> {
    let mut owned = ColumnSet::EMPTY;
    for set in sets.current_and_coming(next) {
        if let Some(index) = set.index_of(key) {
            owned = owned.union(assignments.of(&set)?.columns_of(index));
        }
    }
    Ok(owned)
}

/// Time until a block made at `time` is `patience` old; both times in unix milliseconds.
///
/// At most `patience`, even if a clock is wrong, and at most a year, so that adding it to an
/// `Instant` does not overflow.
pub(super) fn until_old(time: u64, now: u64, patience: Duration) -> Duration {
    let left = patience.saturating_sub(Duration::from_millis(now.saturating_sub(time)));
    left.min(A_YEAR)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_encoding::ColumnIndex;
    use weft_sampling::CustodyAssignment;
    use weft_test_chain::TestChain;
    use weft_test_chain::index;

    use super::*;

    fn columns(columns: impl IntoIterator<Item = usize>) -> ColumnSet {
        columns
            .into_iter()
            .map(|column| ColumnIndex::new(column).unwrap())
            .collect()
    }

    #[test]
    fn a_column_that_is_not_held_lacks_its_proofs_too() {
        let lack = Lack::new(columns(0..6), columns([0, 1, 2, 9]), columns([0, 3, 9]));
        assert_eq!(lack.columns, columns(3..6));
        assert_eq!(lack.proofs, columns(1..6));
        assert!(!lack.is_empty());
        assert!(Lack::new(columns(0..2), columns(0..9), columns(0..9)).is_empty());
        assert!(Lack::new(ColumnSet::EMPTY, columns([]), columns([])).is_empty());
        assert!(!Lack::new(columns(0..2), columns(0..9), columns(0..1)).is_empty());
    }

    #[test]
    fn the_coming_set_counts_from_when_it_is_scheduled_until_it_stands_alone() {
        let (four, five) = (TestChain::new(4), TestChain::new(5));
        let sets = ValidatorSets::constant(four.set.clone());
        let assignments = Assignments::default();
        let by = |chain: &TestChain, place| {
            let assignment = CustodyAssignment::new(&chain.set).unwrap();
            assignment.columns_of(index(place))
        };
        let owned = |next, place: usize| {
            let key = five.keys[place].public_key();
            owned(&sets, &assignments, Height::new(next), &key).unwrap()
        };
        assert_eq!(owned(1, 0), by(&four, 0));
        assert_eq!(owned(1, 4), ColumnSet::EMPTY, "not a validator yet");
        sets.schedule(Height::new(10), five.set.clone());
        assert_eq!(owned(9, 0), by(&four, 0).union(by(&five, 0)));
        assert_eq!(owned(9, 4), by(&five, 4));
        assert_eq!(owned(10, 0), by(&five, 0));
        assert!(!by(&five, 4).is_empty());
    }

    #[test]
    fn the_wait_is_what_is_left_of_the_patience_and_never_more() {
        let patience = Duration::from_secs(10);
        let left = |time, now| until_old(time, now, patience).as_millis();
        assert_eq!(left(1_000, 1_000), 10_000);
        assert_eq!(left(1_000, 4_000), 7_000);
        assert_eq!(left(1_000, 90_000), 0);
        assert_eq!(left(90_000, 1_000), 10_000, "a clock that is behind");
        assert_eq!(until_old(0, 0, Duration::MAX), A_YEAR);
    }
}
