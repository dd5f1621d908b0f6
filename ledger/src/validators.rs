//! The validator set in force at each height, shared.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use weft_chain::{Genesis, GenesisError, Height, ValidatorHistory, ValidatorSet};
use weft_encoding::Digest;

/// The validator sets of a chain, by height. Clones share one [`ValidatorHistory`], which decided
/// updates extend.
///
/// Code that checks a signature asks here for the set of *that* height and never stores a set of its
/// own.
#[derive(Clone, Debug)]
pub struct ValidatorSets {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    genesis: ValidatorSet,
    /// Begins with the genesis.
    history: RwLock<Arc<ValidatorHistory>>,
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
        let history = ValidatorHistory::new(Height::GENESIS, set.clone());
        Self {
            shared: Arc::new(Shared {
                genesis: set,
                history: RwLock::new(Arc::new(history)),
                changes: watch::Sender::new(0),
            }),
        }
    }

    /// Puts `set` in force from `first` on, as a decided block says.
    pub fn schedule(&self, first: Height, set: ValidatorSet) {
        let history = &self.shared.history;
        Arc::make_mut(&mut history.write().unwrap_or_else(PoisonError::into_inner))
            .schedule(first, set);
        self.shared.changes.send_modify(|changes| *changes += 1);
    }

    /// Wakes when a set is scheduled; the value counts the scheduled sets.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// The history as it is now. It begins with the genesis set at [`Height::GENESIS`].
    #[must_use]
    pub fn history(&self) -> Arc<ValidatorHistory> {
        // A panic of another holder leaves the history whole.
        let history = self.shared.history.read();
        Arc::clone(&history.unwrap_or_else(PoisonError::into_inner))
    }

    /// The set whose signatures finalise the block at `height`.
    #[must_use]
    pub fn at(&self, height: Height) -> ValidatorSet {
        let history = self.history();
        history.at(height).unwrap_or(&self.shared.genesis).clone()
    }

    /// The first set that takes over above `after`, with its first height; `None` when no change
    /// is known.
    ///
    /// No block includes an update while another is scheduled, so there is at most one above the
    /// head.
    #[must_use]
    pub fn coming(&self, after: Height) -> Option<(Height, ValidatorSet)> {
        let history = self.history();
        let (first, set) = history.coming(after)?;
        Some((first, set.clone()))
    }

    /// The set of `height` and the first that takes over above it.
    #[must_use]
    pub fn current_and_coming(&self, height: Height) -> Vec<ValidatorSet> {
        self.history().current_and_coming(height).cloned().collect()
    }

    /// The set with this root, at any height.
    #[must_use]
    pub fn by_root(&self, root: &Digest) -> Option<ValidatorSet> {
        self.history().by_root(root).cloned()
    }

    /// The set with this root, if its availability certificates count in a block at `height`.
    #[must_use]
    pub fn certifying(&self, root: &Digest, height: Height) -> Option<ValidatorSet> {
        self.history().certifying(root, height).cloned()
    }

    /// The sets whose availability certificates count in a block at `height`: one or two.
    #[must_use]
    pub fn all_certifying(&self, height: Height) -> Vec<ValidatorSet> {
        self.history().all_certifying(height).cloned().collect()
    }
}
