//! The validator set in force at each height, as far as changes are proven.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use weft_chain::{BlockHeader, Height, ValidatorHistory};
use weft_encoding::Digest;

/// The proven changes of a chain's validator set, and the history that follows from them.
///
/// A change is proven by the header before it: that header is final, and names the next height's
/// set. Changes become known in any order, and the history follows from all of them together: from
/// the genesis on, and anew from a checkpoint on, each change counts that replaces the set in
/// force. A change that replaces another set was decided by a set that had been replaced, or by one
/// whose return is not known yet; it counts as soon as the return is.
#[derive(Debug)]
pub(super) struct ProvenHistory {
    genesis: Digest,
    /// A height from which on nothing rests on earlier sets, and the set in force there.
    checkpoint: Option<(Height, Digest)>,
    /// By first height and replaced set: the set that took over.
    changes: BTreeMap<(Height, Digest), Digest>,
    /// What follows from all of these.
    history: ValidatorHistory<Digest>,
}

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

impl ProvenHistory {
    pub(super) fn new(genesis: Digest) -> Self {
        Self {
            genesis,
            checkpoint: None,
            changes: BTreeMap::new(),
            history: ValidatorHistory::new(Height::GENESIS, genesis),
        }
    }

    /// Makes the sets from a header on rest on that header alone.
    pub(super) fn begin_at(&mut self, header: &BlockHeader) {
        self.begin(header.height, header.validator_set_root);
        self.note(header);
    }

    fn begin(&mut self, height: Height, set: Digest) {
        self.checkpoint = Some((height, set));
        self.resolve();
    }

    /// Takes in what a final header says of the set after it. Costs the number of changes if it says
    /// something new.
    pub(super) fn note(&mut self, header: &BlockHeader) {
        if let Some((first, next)) = header.set_change() {
            self.add(first, header.validator_set_root, next);
        }
    }

    fn add(&mut self, first: Height, replaced: Digest, next: Digest) {
        if let Entry::Vacant(change) = self.changes.entry((first, replaced)) {
            change.insert(next);
            self.resolve();
        }
    }

    /// Works out the history anew.
    fn resolve(&mut self) {
        let (mut since, mut current) = (Height::GENESIS, self.genesis);
        self.history = ValidatorHistory::new(since, current);
        let mut checkpoint = self.checkpoint;
        for (&(first, replaced), &next) in &self.changes {
            if let Some(begun) = checkpoint.take_if(|(height, _)| *height <= first) {
                (since, current) = begun;
                self.history.schedule(since, current);
            }
            if first > since && replaced == current {
                (since, current) = (first, next);
                self.history.schedule(since, current);
            }
        }
        if let Some((height, set)) = checkpoint {
            self.history.schedule(height, set);
        }
    }

    /// Whether the set with root `set` is in force at `height`.
    pub(super) fn is_in_force(&self, set: &Digest, height: Height) -> bool {
        self.history.at(height) == Some(set)
    }

    /// Whether the set with root `set` is in force at some height.
    pub(super) fn has(&self, set: &Digest) -> bool {
        self.history.by_root(set).is_some()
    }

    /// Whether the set in force at `height` replaced the set with root `before`.
    pub(super) fn came_after(&self, before: &Digest, height: Height) -> bool {
        self.history.all_certifying(height).nth(1) == Some(before)
    }

    /// Why the set with root `set` is not in force at `height`.
    pub(super) fn absence(&self, set: &Digest, height: Height) -> Absence {
        let until = self
            .history
            .iter()
            .take_while(|(first, _)| *first <= height);
        let mut replaced_at = None;
        let mut is_in_force = false;
        for (first, root) in until {
            if is_in_force && root != set {
                replaced_at = Some(first);
            }
            is_in_force = root == set;
        }
        if let Some(replaced_at) = replaced_at {
            // From a checkpoint on, a set of before it counts as replaced there.
            let checkpoint = self.checkpoint.map(|(at, _)| at).filter(|at| *at <= height);
            return Absence::Replaced(checkpoint.map_or(replaced_at, |at| at.max(replaced_at)));
        }
        let mut later = self.history.iter().filter(|(first, _)| *first > height);
        match later.find(|(_, root)| *root == set) {
            Some((first, _)) => Absence::Early(first),
            None => Absence::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
