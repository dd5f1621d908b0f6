//! Who may hold a blob's columns: the custodians of several validator sets, the likeliest first.

use std::collections::HashMap;

use weft_chain::{Height, PublicKey, ValidatorSet};
use weft_encoding::{COLUMNS, ColumnIndex, Digest};
use weft_sampling::CustodyAssignment;

use weft_ledger::ValidatorSets;

/// A validator's place among the [`Holders`] of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(usize);

/// Who may hold each column of a blob, in the order in which they are to be asked.
///
/// Validators are named by their keys, since their indices are other ones in each set.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    keys: Vec<PublicKey>,
    by_column: Vec<Vec<Holder>>,
}

impl Holders {
    /// The custodians by these assignments, those of the first come first; each once a column.
    pub fn new<'a>(
        assignments: impl IntoIterator<Item = (&'a ValidatorSet, &'a CustodyAssignment)>,
    ) -> Self {
        let mut keys = Vec::new();
        let mut places: HashMap<PublicKey, Holder> = HashMap::new();
        let mut by_column = vec![Vec::new(); COLUMNS];
        for (set, assignment) in assignments {
            for column in ColumnIndex::all() {
                let holders: &mut Vec<Holder> = &mut by_column[column.get()];
                for index in assignment.custodians_of(column) {
                    let Some(validator) = set.get(*index) else {
                        continue;
                    };
                    let holder = *places.entry(validator.public_key).or_insert_with(|| {
                        keys.push(validator.public_key);
                        Holder(keys.len() - 1)
                    });
                    if !holders.contains(&holder) {
                        holders.push(holder);
                    }
                }
            }
        }
        Self { keys, by_column }
    }

    /// The same holders without this validator, which is the one that asks.
    #[must_use]
    pub fn without(mut self, key: &PublicKey) -> Self {
        let keys = &self.keys;
        for holders in &mut self.by_column {
            holders.retain(|holder| keys[holder.0] != *key);
        }
        self
    }

    /// Who is to be asked for a column, in order.
    #[must_use]
    pub fn of(&self, column: ColumnIndex) -> &[Holder] {
        self.by_column.get(column.get()).map_or(&[], Vec::as_slice)
    }

    /// The validator's key.
    #[must_use]
    pub fn key(&self, holder: Holder) -> PublicKey {
        self.keys[holder.0]
    }
}

/// Sets that are asked for a blob's columns. Where the validators changed more often since, the oldest
/// between are left out.
const MAX_HOLDING_SETS: usize = 8;

/// The validator sets whose custodians may hold a blob, the likeliest first: the current one (that
/// of `next`, the height to come), the coming one, the one before the current one, the one by which the
/// blob was certified, that of the block at `placed`, and those between, of which any may hold what
/// later ones have not taken over yet. None twice.
pub fn holding_sets(
    sets: &ValidatorSets,
    next: Height,
    placed: Option<Height>,
    certified_by: Option<&Digest>,
) -> Vec<ValidatorSet> {
    let candidates = std::iter::once(sets.at(next))
        .chain(sets.coming(next).map(|(_, set)| set))
        .chain(sets.all_certifying(next))
        .chain(certified_by.and_then(|root| sets.by_root(root)))
        .chain(placed.map(|height| sets.at(height)))
        .chain(
            placed
                .into_iter()
                .flat_map(|height| sets.standing(height, next)),
        );
    let mut holding: Vec<ValidatorSet> = Vec::new();
    for set in candidates {
        if holding.iter().all(|other| other.root() != set.root()) {
            holding.push(set);
        }
        if holding.len() == MAX_HOLDING_SETS {
            break;
        }
    }
    holding
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_test_chain::TestChain;

    use super::*;

    fn sets(count: u8) -> Vec<ValidatorSet> {
        (4..4 + count)
            .map(|validators| TestChain::new(validators).genesis.validator_set().unwrap())
            .collect()
    }

    /// The first set stands at height 1, and another from each tenth height on.
    fn schedule(sets: &[ValidatorSet]) -> ValidatorSets {
        let scheduled = ValidatorSets::constant(sets[0].clone());
        for (first, set) in (10..).step_by(10).zip(&sets[1..]) {
            scheduled.schedule(Height::new(first), set.clone());
        }
        scheduled
    }

    fn roots(sets: &[ValidatorSet]) -> Vec<Digest> {
        sets.iter().map(ValidatorSet::root).collect()
    }

    #[test]
    fn every_set_since_the_blob_may_hold_it() {
        let sets = sets(5);
        let scheduled = schedule(&sets);
        let asked = |next, placed: Option<u64>| {
            roots(&holding_sets(
                &scheduled,
                Height::new(next),
                placed.map(Height::new),
                None,
            ))
        };
        let expected = |places: &[usize]| places.iter().map(|at| sets[*at].root()).collect();
        let all: Vec<Digest> = expected(&[4, 3, 0, 2, 1]);
        assert_eq!(asked(45, Some(5)), all);
        let coming: Vec<Digest> = expected(&[3, 4, 2]);
        assert_eq!(asked(35, Some(35)), coming);
        assert_eq!(asked(35, None), coming);
        // A blob of a block above the head, as a hostile asker might name it.
        assert_eq!(asked(35, Some(100)), coming);
    }

    #[test]
    fn after_many_changes_the_likeliest_are_asked() {
        let sets = sets(12);
        let scheduled = schedule(&sets);
        let asked = roots(&holding_sets(
            &scheduled,
            Height::new(115),
            Some(Height::FIRST),
            Some(&sets[0].root()),
        ));
        assert_eq!(asked.len(), MAX_HOLDING_SETS);
        assert_eq!(asked[0], sets[11].root());
        assert!(asked.contains(&sets[0].root()));
    }
}
