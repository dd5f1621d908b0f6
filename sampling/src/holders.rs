//! Who may hold a blob's columns, by the assignments of several validator sets.

use std::collections::HashMap;

use weft_chain::{PublicKey, ValidatorSet};
use weft_encoding::{COLUMNS, ColumnIndex};

use crate::{ColumnSet, CustodyAssignment};

/// A validator among the [`Holders`] of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(usize);

/// Who may hold each column of a blob, in the order in which to ask, and the columns of each.
///
/// Validators are named by their keys, because a validator has another index in each set.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    custodians: Vec<Custodian>,
    by_column: Vec<Vec<Holder>>,
}

#[derive(Clone, Debug)]
struct Custodian {
    key: PublicKey,
    columns: ColumnSet,
    is_current: bool,
}

impl Holders {
    /// The custodians by these assignments, those of the first set, the current one, first; each once
    /// a column. [`holding_sets`](crate::holding_sets) gives the order of the sets.
    ///
    /// Costs a lookup for each column and custodian.
    pub fn new<'a>(
        assignments: impl IntoIterator<Item = (&'a ValidatorSet, &'a CustodyAssignment)>,
    ) -> Self {
        let mut custodians: Vec<Custodian> = Vec::new();
        let mut by_key: HashMap<PublicKey, Holder> = HashMap::new();
        let mut by_column = vec![Vec::new(); COLUMNS];
        let mut current = None;
        for (set, assignment) in assignments {
            let current = *current.get_or_insert(set);
            for column in ColumnIndex::all() {
                let holders: &mut Vec<Holder> = &mut by_column[column.get()];
                for index in assignment.custodians_of(column) {
                    let Some(validator) = set.get(*index) else {
                        continue;
                    };
                    let key = validator.public_key;
                    let holder = *by_key.entry(key).or_insert_with(|| {
                        custodians.push(Custodian {
                            key,
                            columns: ColumnSet::EMPTY,
                            is_current: current.index_of(&key).is_some(),
                        });
                        Holder(custodians.len() - 1)
                    });
                    if custodians[holder.0].columns.insert(column) {
                        holders.push(holder);
                    }
                }
            }
        }
        Self {
            custodians,
            by_column,
        }
    }

    /// The same holders without this validator, which is the one that asks.
    #[must_use]
    pub fn without(mut self, key: &PublicKey) -> Self {
        let custodians = &mut self.custodians;
        for custodian in custodians.iter_mut().filter(|other| other.key == *key) {
            custodian.columns = ColumnSet::EMPTY;
        }
        for holders in &mut self.by_column {
            holders.retain(|holder| !custodians[holder.0].columns.is_empty());
        }
        self
    }

    /// Everyone that may hold a column, each once.
    pub fn iter(&self) -> impl Iterator<Item = Holder> {
        let all = (0..self.custodians.len()).map(Holder);
        all.filter(|holder| !self.columns(*holder).is_empty())
    }

    /// Whom to ask for a column, in order.
    #[must_use]
    pub fn of(&self, column: ColumnIndex) -> &[Holder] {
        self.by_column.get(column.get()).map_or(&[], Vec::as_slice)
    }

    /// The validator's key.
    #[must_use]
    pub fn key(&self, holder: Holder) -> PublicKey {
        self.custodians[holder.0].key
    }

    /// The columns that the validator owns by any of the sets.
    #[must_use]
    pub fn columns(&self, holder: Holder) -> ColumnSet {
        self.custodians[holder.0].columns
    }

    /// Whether the validator is in the current set. One that is not may be gone for good.
    #[must_use]
    pub fn is_current(&self, holder: Holder) -> bool {
        self.custodians[holder.0].is_current
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_chain::{SecretKey, Validator};

    use super::*;

    /// A set of equal stakes.
    pub(crate) fn set(keys: impl IntoIterator<Item = u8>) -> ValidatorSet {
        let validators = keys.into_iter().map(|i| {
            let secret = SecretKey::generate(&[i; 32]);
            Validator {
                public_key: secret.public_key(),
                stake: 1,
                proof_of_possession: secret.prove_possession(),
            }
        });
        ValidatorSet::new(validators.collect()).unwrap()
    }

    #[test]
    fn the_holders_of_the_first_set_are_asked_first_then_those_of_the_next() {
        let (old, new) = (set(0..4), set(0..5));
        let assignments = [&new, &old].map(|set| CustodyAssignment::new(set).unwrap());
        let holders = Holders::new([(&new, &assignments[0]), (&old, &assignments[1])]);
        for column in ColumnIndex::all() {
            let mut expected = Vec::new();
            for (set, assignment) in [&new, &old].into_iter().zip(&assignments) {
                for index in assignment.custodians_of(column) {
                    let key = set.get(*index).unwrap().public_key;
                    if !expected.contains(&key) {
                        expected.push(key);
                    }
                }
            }
            let asked: Vec<_> = holders
                .of(column)
                .iter()
                .map(|of| holders.key(*of))
                .collect();
            assert_eq!(asked, expected);
            let own = expected[0];
            let others = holders.clone().without(&own);
            assert!(others.of(column).iter().all(|of| others.key(*of) != own));
            assert_eq!(others.of(column).len(), expected.len() - 1);
        }
    }

    #[test]
    fn a_custodian_of_two_sets_owns_the_columns_of_both() {
        let (old, new) = (set(0..4), set(1..5));
        let [of_new, of_old] = [&new, &old].map(|set| CustodyAssignment::new(set).unwrap());
        let holders = Holders::new([(&new, &of_new), (&old, &of_old)]);
        let found: HashMap<PublicKey, Holder> =
            holders.iter().map(|of| (holders.key(of), of)).collect();
        assert_eq!(found.len(), 5);
        for (key, of) in &found {
            let of_set = |set: &ValidatorSet, assignment: &CustodyAssignment| {
                let index = set.index_of(key);
                index.map_or(ColumnSet::EMPTY, |index| assignment.columns_of(index))
            };
            let owned = of_set(&new, &of_new).union(of_set(&old, &of_old));
            assert_eq!(holders.columns(*of), owned);
            assert_eq!(holders.is_current(*of), new.index_of(key).is_some());
            let asked = ColumnIndex::all().filter(|column| holders.of(*column).contains(of));
            assert_eq!(asked.collect::<ColumnSet>(), owned);
        }
        let own = old.validators()[0].public_key;
        let others = holders.without(&own);
        assert_eq!(others.iter().count(), 4);
        assert!(others.iter().all(|of| others.key(of) != own));
    }

    #[test]
    fn a_validator_without_columns_is_no_holder() {
        let secrets = [1u8, 2].map(|i| SecretKey::generate(&[i; 32]));
        let validators = secrets
            .iter()
            .zip([1_000_000, 1])
            .map(|(secret, stake)| Validator {
                public_key: secret.public_key(),
                stake,
                proof_of_possession: secret.prove_possession(),
            });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        let assignment = CustodyAssignment::new(&set).unwrap();
        let idle = set.index_of(&secrets[1].public_key()).unwrap();
        assert!(assignment.columns_of(idle).is_empty());
        let holders = Holders::new([(&set, &assignment)]);
        let keys: Vec<_> = holders.iter().map(|of| holders.key(of)).collect();
        assert_eq!(keys, [secrets[0].public_key()]);
    }
}
