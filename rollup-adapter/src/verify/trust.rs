//! What a rollup trusts: a chain's name, its genesis and its validator sets.

use std::collections::BTreeMap;

use thiserror::Error;
use weft_chain::{ChainId, Genesis, GenesisError, HeaderHash, Parent, ValidatorSet};
use weft_encoding::{Digest, Fault};

/// The root of all verification. It is got from the chain's genesis, by a way that the rollup
/// trusts, and never from a gateway.
#[derive(Debug, Clone)]
pub struct Trust {
    genesis: Parent,
    /// By root, so that a certificate that an earlier set signed still verifies.
    validator_sets: BTreeMap<Digest, ValidatorSet>,
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
            validator_sets: BTreeMap::new(),
        };
        trust.with_validator_set(validators)
    }

    /// Trusts one more validator set, such as the one after a change of validators.
    #[must_use]
    pub fn with_validator_set(mut self, validators: ValidatorSet) -> Self {
        self.validator_sets.insert(validators.root(), validators);
        self
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
    pub fn validator_set(&self, root: &Digest) -> Option<&ValidatorSet> {
        self.validator_sets.get(root)
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
