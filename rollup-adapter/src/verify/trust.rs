//! What a rollup trusts: a chain's name, its genesis and its validator sets.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use thiserror::Error;
use weft_chain::{
    ChainId, Genesis, GenesisError, HeaderHash, Height, Parent, SignedValidatorUpdate,
    ValidatorSet, ValidatorUpdateError,
};
use weft_encoding::{Digest, Fault};

/// The root of all verification. It is got from the chain's genesis, by a way that the rollup
/// trusts, and never from a gateway.
///
/// It grows: [`Trust::learn`] takes in a later validator set that more than two thirds of the stake
/// of a trusted set have approved. Clones share what they learn.
///
/// Trust in a set is for the heights from its first on. That a set was in force at a height is shown
/// by the headers before it alone: who verifies single headers relies on a set's validators to sign
/// for no height after they were replaced, and on those of a set that was approved to sign for none
/// if no block ever included the update. Headers that are followed one after another rely on
/// neither.
#[derive(Debug, Clone)]
pub struct Trust {
    genesis: Parent,
    sets: Arc<RwLock<Sets>>,
}

#[derive(Debug, Default)]
struct Sets {
    /// By root, so that a certificate that an earlier set signed still verifies.
    by_root: BTreeMap<Digest, TrustedSet>,
    /// Sets that replaced another, by both roots, and the lowest height at which they did.
    changes: BTreeMap<(Digest, Digest), Height>,
}

#[derive(Debug)]
struct TrustedSet {
    set: ValidatorSet,
    /// The lowest height that it may finalise.
    first_height: Height,
}

impl Trust {
    /// Trusts a genesis: its chain id, its hash and its validators.
    ///
    /// Costs one signature verification a validator, for the proofs of possession.
    ///
    /// # Errors
    ///
    /// [`TrustError::Genesis`], if the genesis has no valid validator set. Fault: caller.
    pub fn from_genesis(genesis: &Genesis) -> Result<Self, TrustError> {
        let set = genesis.validator_set()?;
        Ok(Self::new(genesis.as_parent(&set), set))
    }

    /// Trusts what the first block follows, and a validator set.
    pub fn new(genesis: Parent, validators: ValidatorSet) -> Self {
        let trust = Self {
            genesis,
            sets: Arc::default(),
        };
        trust.with_validator_set(validators)
    }

    /// Trusts one more validator set at any height, such as one that was written down by hand.
    #[must_use]
    pub fn with_validator_set(self, validators: ValidatorSet) -> Self {
        self.insert(validators, Height::FIRST);
        self
    }

    /// Trusts the set that an update introduces, if a trusted set has approved it, and gives it.
    ///
    /// Costs two pairings, and if they hold a signature verification for each of the new
    /// validators.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]. Fault: peer.
    pub fn learn(&self, update: &SignedValidatorUpdate) -> Result<ValidatorSet, UpdateError> {
        let replaces = update.update.replaces;
        let before = self
            .validator_set(&replaces)
            .ok_or(UpdateError::UnknownValidatorSet { root: replaces })?;
        let verified = update.verify(self.chain_id(), &before)?;
        let set = verified.set().clone();
        let first_height = verified.first_height();
        self.insert(set.clone(), first_height);
        let change = (replaces, set.root());
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        let first = sets.changes.entry(change).or_insert(first_height);
        *first = first_height.min(*first);
        Ok(set)
    }

    fn insert(&self, set: ValidatorSet, first_height: Height) {
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        let known = sets
            .by_root
            .entry(set.root())
            .or_insert(TrustedSet { set, first_height });
        known.first_height = known.first_height.min(first_height);
    }

    fn sets(&self) -> RwLockReadGuard<'_, Sets> {
        self.sets.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain's id.
    pub const fn chain_id(&self) -> &ChainId {
        &self.genesis.chain_id
    }

    /// The genesis hash: the parent of the block at height 1.
    pub const fn genesis_hash(&self) -> &HeaderHash {
        &self.genesis.hash
    }

    /// What the block at height 1 follows.
    pub const fn genesis(&self) -> &Parent {
        &self.genesis
    }

    /// The trusted validator set with this root.
    pub fn validator_set(&self, root: &Digest) -> Option<ValidatorSet> {
        let sets = self.sets();
        sets.by_root.get(root).map(|trusted| trusted.set.clone())
    }

    /// The lowest height that the set with this root may finalise, if it is trusted.
    pub fn first_height(&self, root: &Digest) -> Option<Height> {
        let sets = self.sets();
        sets.by_root.get(root).map(|trusted| trusted.first_height)
    }

    /// Whether the set with root `before` was replaced by the one with root `after`.
    pub fn is_before(&self, before: &Digest, after: &Digest) -> bool {
        self.sets().changes.contains_key(&(*before, *after))
    }

    /// Whether the set with root `after`, which was in force at `height`, had been replaced by the
    /// one with root `before` until then, and so has come back after it.
    ///
    /// Gateways show how each set *first* came about, and never how one came back.
    pub fn is_back_after(&self, before: &Digest, after: &Digest, height: Height) -> bool {
        let sets = self.sets();
        let replaced = sets.changes.get(&(*after, *before));
        replaced.is_some_and(|first| *first <= height)
    }
}

/// Why a genesis cannot be trusted.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The genesis has no valid validator set. Fault: caller.
    #[error("the genesis is not valid: {0}")]
    Genesis(#[from] GenesisError),
}

impl TrustError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Why a validator set is not trusted that an update introduces.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpdateError {
    /// The update replaces a set that is not trusted. Fault: peer.
    #[error("it replaces validator set {root}, which is not trusted")]
    UnknownValidatorSet {
        /// Root of the replaced set.
        root: Digest,
    },
    /// The update does not verify. Fault: peer.
    #[error("it does not hold: {0}")]
    Refused(#[from] ValidatorUpdateError),
}

impl UpdateError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
