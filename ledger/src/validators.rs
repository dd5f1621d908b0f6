//! The validator set in force at each height.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;
use weft_chain::{Genesis, GenesisError, Height, ValidatorSet};
use weft_encoding::Digest;

/// The validator sets of a chain, by height. Clones share one schedule, which decided updates
/// extend.
///
/// A set is in force from its scheduled height until the next set takes over; the genesis set is in
/// force from height 1. Code that checks a signature asks here for the set of *that* height and
/// never stores a set of its own.
#[derive(Clone, Debug)]
pub struct ValidatorSets {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    genesis: ValidatorSet,
    scheduled: RwLock<BTreeMap<Height, ValidatorSet>>,
    changes: watch::Sender<u64>,
}

impl ValidatorSets {
    /// The genesis set at every height.
    ///
    /// # Errors
    /// [`GenesisError`] (caller) when the genesis names no valid set.
    pub fn from_genesis(genesis: &Genesis) -> Result<Self, GenesisError> {
        Ok(Self::constant(genesis.validator_set()?))
    }

    /// `set` at every height.
    #[must_use]
    pub fn constant(set: ValidatorSet) -> Self {
        Self {
            shared: Arc::new(Shared {
                genesis: set,
                scheduled: RwLock::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }

    /// Puts `set` in force from `first` on, as a decided block says.
    pub fn schedule(&self, first: Height, set: ValidatorSet) {
        self.shared
            .scheduled
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(first, set);
        self.shared.changes.send_modify(|changes| *changes += 1);
    }

    /// Wakes when a set is scheduled; the value counts the scheduled sets.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// The set whose signatures finalise the block at `height`.
    #[must_use]
    pub fn at(&self, height: Height) -> ValidatorSet {
        let scheduled = self.lock();
        let standing = scheduled.range(..=height).next_back();
        standing
            .map_or(&self.shared.genesis, |(_, set)| set)
            .clone()
    }

    /// The first set that takes over above `after`, with its first height; `None` when no change
    /// is known.
    ///
    /// No block includes an update while another is scheduled, so there is at most one above the
    /// head.
    #[must_use]
    pub fn coming(&self, after: Height) -> Option<(Height, ValidatorSet)> {
        let scheduled = self.lock();
        let (first, set) = scheduled.range((Excluded(after), Unbounded)).next()?;
        Some((*first, set.clone()))
    }

    /// The set with this root, at any height.
    #[must_use]
    pub fn by_root(&self, root: &Digest) -> Option<ValidatorSet> {
        let scheduled = self.lock();
        std::iter::once(&self.shared.genesis)
            .chain(scheduled.values())
            .find(|set| set.root() == *root)
            .cloned()
    }

    /// The set with this root, if its availability certificates count in a block at `height`: the
    /// set of that height or the one before it.
    ///
    /// A certificate collected just before a change of the set still proves custody, because the
    /// outgoing custodians keep their columns until the new ones have them.
    #[must_use]
    pub fn certifying(&self, root: &Digest, height: Height) -> Option<ValidatorSet> {
        let mut standing = self.all_certifying(height).into_iter();
        standing.find(|set| set.root() == *root)
    }

    /// The sets whose availability certificates count in a block at `height`: one or two.
    #[must_use]
    pub fn all_certifying(&self, height: Height) -> Vec<ValidatorSet> {
        let scheduled = self.lock();
        let standing = scheduled.range(..=height).rev().map(|(_, set)| set);
        let mut sets: Vec<ValidatorSet> = Vec::with_capacity(2);
        for set in standing.chain(std::iter::once(&self.shared.genesis)) {
            // A change of contacts alone keeps the root: it is the same set.
            if sets.last() != Some(set) {
                sets.push(set.clone());
            }
            if sets.len() == 2 {
                break;
            }
        }
        sets
    }

    /// The sets in force at any height from `first` to `last`, the newest first.
    #[must_use]
    pub fn standing(&self, first: Height, last: Height) -> Vec<ValidatorSet> {
        let oldest = self.at(first);
        let scheduled = self.lock();
        let later = scheduled.range(first..=last.max(first)).rev();
        later
            .map(|(_, set)| set.clone())
            .chain(std::iter::once(oldest))
            .collect()
    }

    /// The first height at which a scheduled set with this root begins; `None` for the genesis set.
    pub(super) fn introduced(&self, root: &Digest) -> Option<Height> {
        if self.shared.genesis.root() == *root {
            return None;
        }
        let scheduled = self.lock();
        let (first, _) = scheduled.iter().find(|(_, set)| set.root() == *root)?;
        Some(*first)
    }

    /// The height since which the set with this root has been in force, without interruption up to
    /// `height`. `None` if another set is in force at `height`, or if the genesis set has been in
    /// force since the genesis.
    pub(super) fn standing_since(&self, root: &Digest, height: Height) -> Option<Height> {
        let scheduled = self.lock();
        let mut since = None;
        for (first, set) in scheduled.range(..=height).rev() {
            if set.root() != *root {
                return since;
            }
            since = Some(*first);
        }
        since.filter(|_| self.shared.genesis.root() != *root)
    }

    /// An insertion leaves a complete map even if the holder of the lock panics.
    fn lock(&self) -> RwLockReadGuard<'_, BTreeMap<Height, ValidatorSet>> {
        self.shared
            .scheduled
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
