//! Which validator set was in force at which height, as far as it is proven.

use std::collections::BTreeMap;

use weft_chain::{BlockHeader, Height};
use weft_encoding::Digest;

/// The proven changes of a chain's validator set.
///
/// A change is proven by the header before it: that header is final, and names the next height's
/// set. What is in force follows from all changes together, whatever the order in which they became
/// known: from the root on, each change counts that replaces the set in force. A change that
/// replaces another set was decided by a set that had been replaced, or by one whose return is not
/// known yet; it counts as soon as the return is.
#[derive(Debug)]
pub(super) struct History {
    genesis: Digest,
    /// A height from which on nothing rests on earlier sets, and the set that was in force there.
    root: Option<(Height, Digest)>,
    /// By first height and replaced set: the set that took over.
    changes: BTreeMap<(Height, Digest), Digest>,
}

/// The last height that there can be.
const LAST: Height = Height::new(u64::MAX);

/// What is known of a set at a height where it is not in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// It was in force before, until this height or earlier.
    Replaced(Height),
    /// It is in force later, from this height on.
    Early(Height),
    /// No proven change introduced it.
    Unknown,
}

impl History {
    pub(super) const fn new(genesis: Digest) -> Self {
        Self {
            genesis,
            root: None,
            changes: BTreeMap::new(),
        }
    }

    /// Makes the sets from a header on rest on that header alone.
    pub(super) fn root_at(&mut self, header: &BlockHeader) {
        self.root = Some((header.height, header.validator_set_root));
        self.note(header);
    }

    /// Takes in what a final header says of the set after it.
    pub(super) fn note(&mut self, header: &BlockHeader) {
        let (before, after) = (header.validator_set_root, header.next_validator_set_root);
        if let Some(first) = header.height.next().filter(|_| before != after) {
            self.changes.entry((first, before)).or_insert(after);
        }
    }

    /// The sets in force from the root to `height`, each with its first height, in order; never
    /// empty.
    fn until(&self, height: Height) -> Vec<(Height, Digest)> {
        let root = self.root.filter(|(first, _)| *first <= height);
        let (mut since, mut current) = root.unwrap_or((Height::FIRST, self.genesis));
        let mut sets = vec![(since, current)];
        for (&(first, replaced), &next) in &self.changes {
            if first > since && first <= height && replaced == current {
                (since, current) = (first, next);
                sets.push((since, current));
            }
        }
        sets
    }

    /// Whether the set with root `set` is in force at `height`.
    pub(super) fn is_in_force(&self, set: &Digest, height: Height) -> bool {
        self.until(height)
            .last()
            .is_some_and(|(_, last)| last == set)
    }

    /// Every set that is in force at some height up to `height`, in order.
    fn all_until(&self, height: Height) -> Vec<Digest> {
        let root = self.root.filter(|(first, _)| *first <= height);
        let before_root = root.and_then(|(first, _)| first.previous());
        let earlier = before_root.map(|before| self.until(before));
        let mut sets: Vec<_> = earlier.into_iter().flatten().collect();
        sets.extend(self.until(height));
        let mut sets: Vec<_> = sets.into_iter().map(|(_, set)| set).collect();
        sets.dedup();
        sets
    }

    /// Whether the set with root `set` is in force at some height.
    pub(super) fn has(&self, set: &Digest) -> bool {
        self.all_until(LAST).contains(set)
    }

    /// Whether the set in force at `height` replaced the set with root `before`.
    pub(super) fn came_after(&self, before: &Digest, height: Height) -> bool {
        let sets = self.all_until(height);
        sets.iter().rev().nth(1) == Some(before)
    }

    /// Why the set with root `set` is not in force at `height`.
    pub(super) fn absence(&self, set: &Digest, height: Height) -> Absence {
        let sets = self.until(height);
        let last = sets.iter().rposition(|(_, root)| root == set);
        if let Some((replaced_at, _)) = last.and_then(|last| sets.get(last + 1)) {
            return Absence::Replaced(*replaced_at);
        }
        let later = self.until(LAST);
        if let Some((first, _)) = later
            .iter()
            .find(|(first, root)| *first > height && root == set)
        {
            return Absence::Early(*first);
        }
        match self.root {
            Some((root, _)) if root <= height && self.has(set) => Absence::Replaced(root),
            _ => Absence::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
