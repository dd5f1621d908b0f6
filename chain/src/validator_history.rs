//! The validator set in force at each height.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use weft_encoding::Digest;

use crate::{Height, ValidatorSet};

/// A validator set, or the root that names it where its validators are not known.
pub trait SetRoot: Clone {
    /// The root that headers and certificates name the set by.
    fn set_root(&self) -> Digest;
}

impl SetRoot for ValidatorSet {
    fn set_root(&self) -> Digest {
        self.root()
    }
}

impl SetRoot for Digest {
    fn set_root(&self) -> Digest {
        *self
    }
}

/// The validator sets of a chain, each with the first height at which it is in force.
///
/// A set is in force from its first height until the next one takes over. A set that returns has an
/// entry for each time. An update of contacts alone keeps the root: it has an entry, and is the same
/// set wherever sets are compared.
///
/// `S` is [`ValidatorSet`], or its root ([`Digest`]) for a client that learns from a header which set
/// comes next and only later who its validators are.
///
/// Lookups by height cost the logarithm of the number of changes, lookups by root the number of
/// changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorHistory<S = ValidatorSet> {
    by_first_height: BTreeMap<Height, S>,
}

impl<S: SetRoot> ValidatorHistory<S> {
    /// The history that begins at `first` with `set`: that of the genesis, or of a checkpoint.
    #[must_use]
    pub fn new(first: Height, set: S) -> Self {
        Self {
            by_first_height: BTreeMap::from([(first, set)]),
        }
    }

    /// Puts `set` in force from `first` on. It replaces an earlier entry for that height.
    pub fn schedule(&mut self, first: Height, set: S) {
        self.by_first_height.insert(first, set);
    }

    /// Every entry with its first height, in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Height, &S)> {
        self.by_first_height
            .iter()
            .map(|(first, set)| (*first, set))
    }

    /// The set whose signatures finalise the block at `height`; `None` below the beginning.
    #[must_use]
    pub fn at(&self, height: Height) -> Option<&S> {
        let (_, set) = self.by_first_height.range(..=height).next_back()?;
        Some(set)
    }

    /// The set that takes over at exactly this height; `None` if no set does.
    #[must_use]
    pub fn taking_over_at(&self, first: Height) -> Option<&S> {
        self.by_first_height.get(&first)
    }

    /// The first set that takes over above `after`, with its first height; `None` when no change
    /// is known.
    #[must_use]
    pub fn coming(&self, after: Height) -> Option<(Height, &S)> {
        let mut later = self.by_first_height.range((Excluded(after), Unbounded));
        let (first, set) = later.next()?;
        Some((*first, set))
    }

    /// The set of `height`, then the first that takes over above it.
    pub fn current_and_coming(&self, height: Height) -> impl Iterator<Item = &S> {
        let coming = self.coming(height).map(|(_, set)| set);
        self.at(height).into_iter().chain(coming)
    }

    /// The set with this root, at any height.
    #[must_use]
    pub fn by_root(&self, root: &Digest) -> Option<&S> {
        let mut sets = self.by_first_height.values();
        sets.find(|set| set.set_root() == *root)
    }

    /// The set with this root, if its availability certificates count in a block at `height`: the
    /// set of that height or the one before it.
    ///
    /// A certificate collected just before a change of the set still proves custody, because the
    /// outgoing custodians keep their columns until the new ones have them.
    #[must_use]
    pub fn certifying(&self, root: &Digest, height: Height) -> Option<&S> {
        let mut sets = self.all_certifying(height);
        sets.find(|set| set.set_root() == *root)
    }

    /// The sets whose availability certificates count in a block at `height`: the set of that height,
    /// then the one before it.
    pub fn all_certifying(&self, height: Height) -> impl Iterator<Item = &S> {
        let mut later = None;
        let newest_first = self.by_first_height.range(..=height).rev();
        newest_first
            .map(|(_, set)| set)
            .filter(move |set| later.replace(set.set_root()) != Some(set.set_root()))
            .take(2)
    }

    /// The sets in force at any height from `first` to `last`, the newest first.
    pub fn in_force_during(&self, first: Height, last: Height) -> impl Iterator<Item = &S> {
        let mut up_to_first = self.by_first_height.range(..=first);
        let oldest = up_to_first.next_back().map_or(first, |(since, _)| *since);
        let sets = self.by_first_height.range(oldest..=last.max(oldest));
        sets.rev().map(|(_, set)| set)
    }

    /// The first height at which the set with this root is in force.
    #[must_use]
    pub fn introduced(&self, root: &Digest) -> Option<Height> {
        let (first, _) = self.iter().find(|(_, set)| set.set_root() == *root)?;
        Some(first)
    }

    /// The height since which the set with this root has been in force, without interruption up to
    /// `height`; `None` if another set is in force at `height`.
    #[must_use]
    pub fn in_force_since(&self, root: &Digest, height: Height) -> Option<Height> {
        let newest_first = self.by_first_height.range(..=height).rev();
        let same = newest_first.take_while(|(_, set)| set.set_root() == *root);
        same.last().map(|(first, _)| *first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u8 = 1;
    const B: u8 = 2;
    const C: u8 = 3;
    const UNKNOWN: u8 = 9;

    fn root(name: u8) -> Digest {
        Digest::from_bytes([name; 32])
    }

    fn names<'a>(roots: impl Iterator<Item = &'a Digest>) -> Vec<u8> {
        roots.map(|root| root.as_bytes()[0]).collect()
    }

    fn history(entries: &[(u64, u8)]) -> ValidatorHistory<Digest> {
        let (first, set) = entries[0];
        let mut history = ValidatorHistory::new(Height::new(first), root(set));
        // Changes become known in any order.
        for &(first, set) in entries[1..].iter().rev() {
            history.schedule(Height::new(first), root(set));
        }
        history
    }

    /// B is in force twice, the second time with a change of contacts at 40.
    fn returning() -> ValidatorHistory<Digest> {
        history(&[(1, A), (10, B), (20, C), (30, B), (40, B)])
    }

    #[test]
    fn a_set_is_in_force_until_the_next_takes_over() {
        let history = returning();
        for (height, set, coming) in [
            (0, None, Some(1)),
            (1, Some(A), Some(10)),
            (9, Some(A), Some(10)),
            (10, Some(B), Some(20)),
            (19, Some(B), Some(20)),
            (20, Some(C), Some(30)),
            (30, Some(B), Some(40)),
            (40, Some(B), None),
            (u64::MAX, Some(B), None),
        ] {
            let height = Height::new(height);
            assert_eq!(history.at(height), set.map(root).as_ref(), "{height}");
            let next = history.coming(height).map(|(first, _)| first.get());
            assert_eq!(next, coming, "{height}");
        }
        assert_eq!(history.taking_over_at(Height::new(20)), Some(&root(C)));
        assert_eq!(history.taking_over_at(Height::new(21)), None);
        let sets = |height| names(history.current_and_coming(Height::new(height)));
        assert_eq!(sets(0), [A]);
        assert_eq!(sets(15), [B, C]);
        assert_eq!(sets(35), [B, B], "contacts change");
        assert_eq!(sets(40), [B]);
    }

    #[test]
    fn an_entry_replaces_that_of_its_height() {
        let mut history = history(&[(1, A), (10, B)]);
        history.schedule(Height::FIRST, root(C));
        history.schedule(Height::new(10), root(A));
        let entries: Vec<_> = history.iter().map(|(at, set)| (at.get(), *set)).collect();
        assert_eq!(entries, [(1, root(C)), (10, root(A))]);
    }

    #[test]
    fn certificates_of_a_set_and_of_the_one_before_it_count() {
        let history = returning();
        for (height, sets) in [
            (0, &[][..]),
            (9, &[A]),
            (10, &[B, A]),
            (20, &[C, B]),
            (30, &[B, C]),
            // A change of contacts alone is no other set.
            (40, &[B, C]),
            (u64::MAX, &[B, C]),
        ] {
            let height = Height::new(height);
            assert_eq!(names(history.all_certifying(height)), sets, "{height}");
            for name in [A, B, C] {
                let counts = history.certifying(&root(name), height).is_some();
                assert_eq!(counts, sets.contains(&name), "{name} at {height}");
            }
        }
    }

    #[test]
    fn the_sets_of_a_range_are_the_newest_first() {
        let history = returning();
        for (first, last, sets) in [
            (1, 9, &[A][..]),
            (5, 25, &[C, B, A]),
            (10, 10, &[B]),
            (15, 40, &[B, B, C, B]),
            // An empty range is that of its first height.
            (25, 3, &[C]),
            (0, 9, &[A]),
            (0, 0, &[]),
            (50, u64::MAX, &[B]),
        ] {
            let found = history.in_force_during(Height::new(first), Height::new(last));
            assert_eq!(names(found), sets, "{first} to {last}");
        }
    }

    #[test]
    fn a_root_leads_to_the_heights_of_its_set() {
        let history = returning();
        for (name, introduced) in [(A, Some(1)), (B, Some(10)), (C, Some(20)), (UNKNOWN, None)] {
            let found = history.introduced(&root(name)).map(Height::get);
            assert_eq!(found, introduced, "{name}");
            let by_root = history.by_root(&root(name));
            assert_eq!(by_root.is_some(), introduced.is_some(), "{name}");
        }
        for (name, height, since) in [
            (A, 9, Some(1)),
            (A, 10, None),
            (B, 19, Some(10)),
            (B, 20, None),
            (B, 39, Some(30)),
            (B, 99, Some(30)),
            (C, 30, None),
            (A, 0, None),
        ] {
            let found = history.in_force_since(&root(name), Height::new(height));
            assert_eq!(found.map(Height::get), since, "{name} at {height}");
        }
    }
}
