//! Which validator set stands at which height.

use std::collections::BTreeMap;

use weft_chain::{Genesis, GenesisError, Height, ValidatorSet};
use weft_encoding::Digest;

/// The validator sets of a chain, by height.
///
/// A set stands from the height it is scheduled at until the next one takes over; the genesis set
/// stands from height 1. Everything that checks a signature asks here for the set of *that* height
/// and never keeps one of its own.
#[derive(Clone, Debug)]
pub struct ValidatorSets {
    by_first_height: BTreeMap<Height, ValidatorSet>,
    genesis: ValidatorSet,
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
            by_first_height: BTreeMap::new(),
            genesis: set,
        }
    }

    /// The same sets, with `set` taking over at `first`.
    #[must_use]
    pub fn with_change(mut self, first: Height, set: ValidatorSet) -> Self {
        self.by_first_height.insert(first, set);
        self
    }

    /// The set whose signatures finalise the block at `height`.
    #[must_use]
    pub fn at(&self, height: Height) -> ValidatorSet {
        self.by_first_height
            .range(..=height)
            .next_back()
            .map_or_else(|| self.genesis.clone(), |(_, set)| set.clone())
    }

    /// The set with this root, if its availability certificates count in a block at `height`: the
    /// set of that height or the one before it.
    ///
    /// A certificate collected just before a change of the set is still a certificate of custody,
    /// because the outgoing custodians keep their columns until the new ones have them.
    #[must_use]
    pub fn certifying(&self, root: &Digest, height: Height) -> Option<&ValidatorSet> {
        let standing = self
            .by_first_height
            .range(..=height)
            .rev()
            .map(|(_, set)| set);
        standing
            .chain(std::iter::once(&self.genesis))
            .take(2)
            .find(|set| set.root() == *root)
    }
}
