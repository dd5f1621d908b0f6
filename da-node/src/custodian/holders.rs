//! Who may hold a blob's columns: the custodians of several validator sets, the likeliest first.

use std::collections::HashMap;

use weft_chain::{Height, PublicKey, ValidatorSet};
use weft_encoding::{COLUMNS, ColumnIndex, Digest};
use weft_sampling::CustodyAssignment;

use crate::ledger::ValidatorSets;

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

/// The validator sets whose custodians may hold a blob, the likeliest first: the current one (that
/// of `next`, the height to come), the coming one, the one before the current one, the one of the block
/// at `placed`, and the one by which the blob was certified. None twice.
pub(crate) fn holding_sets(
    sets: &ValidatorSets,
    next: Height,
    placed: Option<Height>,
    certified_by: Option<&Digest>,
) -> Vec<ValidatorSet> {
    let candidates = std::iter::once(sets.at(next))
        .chain(sets.coming(next).map(|(_, set)| set))
        .chain(sets.all_certifying(next))
        .chain(placed.map(|height| sets.at(height)))
        .chain(certified_by.and_then(|root| sets.by_root(root)));
    let mut holding: Vec<ValidatorSet> = Vec::new();
    for set in candidates {
        if holding.iter().all(|other| other.root() != set.root()) {
            holding.push(set);
        }
    }
    holding
}
