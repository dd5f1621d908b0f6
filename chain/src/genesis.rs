//! The genesis, from which every node of a chain starts.

use serde::{Deserialize, Serialize};
use weft_encoding::{Fault, MAX_BLOCK_ROWS};

use crate::hashing::{tag, tagged_hash};
use crate::{
    ChainId, HeaderHash, Height, Parent, Retention, Validator, ValidatorEntry, ValidatorEntryError,
    ValidatorSet, ValidatorSetError,
};

/// The genesis of a chain, as it stands in `genesis.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The chain.
    pub chain_id: ChainId,
    /// The genesis time, in milliseconds since 1970 UTC; no block is older.
    pub time_ms: u64,
    /// Blocks for which custodians keep a blob after it was certified.
    pub retention_blocks: u64,
    /// The most rows of a block, 1 to 256.
    pub max_block_rows: u16,
    /// The first validators, in the order of their indices.
    pub validators: Vec<ValidatorEntry>,
}

/// Why a genesis is refused (fault: caller).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// Custodians would keep nothing.
    #[error("retention_blocks is 0, it takes at least 1")]
    NoRetention,
    /// Too small or too large blocks.
    #[error("max_block_rows is {rows}, it takes 1 to {MAX_BLOCK_ROWS}")]
    BlockRowsOutOfRange {
        /// The rows.
        rows: u16,
    },
    /// A validator's name or contact breaks a limit.
    #[error("validator {index} is refused: {source}")]
    Entry {
        /// Its index.
        index: usize,
        /// Why.
        source: ValidatorEntryError,
    },
    /// The validators do not make a set.
    #[error(transparent)]
    Validators(#[from] ValidatorSetError),
}

impl GenesisError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

impl Genesis {
    /// Checks the parameters and all proofs of possession, and gives the first validator set.
    ///
    /// Costs a signature verification a validator.
    ///
    /// # Errors
    /// [`GenesisError`] (fault: caller).
    pub fn validator_set(&self) -> Result<ValidatorSet, GenesisError> {
        if self.retention_blocks == 0 {
            return Err(GenesisError::NoRetention);
        }
        let rows = self.max_block_rows;
        if !(1..=MAX_BLOCK_ROWS).contains(&usize::from(rows)) {
            return Err(GenesisError::BlockRowsOutOfRange { rows });
        }
        for (index, entry) in self.validators.iter().enumerate() {
            entry
                .validate()
                .map_err(|source| GenesisError::Entry { index, source })?;
        }
        Ok(ValidatorSet::new(
            self.validators
                .iter()
                .map(ValidatorEntry::validator)
                .collect(),
        )?)
    }

    /// Which expiries certificates of this chain may have.
    #[must_use]
    pub const fn retention(&self) -> Retention {
        Retention::new(self.retention_blocks)
    }

    /// The hash that the first block names as its parent.
    ///
    /// It binds chain id, time, parameters, and each validator's key, proof and stake in order. It does
    /// not bind names, peer ids and addresses, which may change on the same chain.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        let validators: Vec<Validator> = self
            .validators
            .iter()
            .map(ValidatorEntry::validator)
            .collect();
        let bound = (
            self.chain_id,
            self.time_ms,
            self.retention_blocks,
            self.max_block_rows,
            validators,
        );
        let bytes = borsh::to_vec(&bound).expect("writing to a vector does not fail");
        HeaderHash::from_digest(tagged_hash(tag::GENESIS, &[&bytes]))
    }

    /// The genesis as the parent of the first block, for the set that
    /// [`Genesis::validator_set`] has given.
    #[must_use]
    pub fn as_parent(&self, validators: &ValidatorSet) -> Parent {
        Parent {
            chain_id: self.chain_id,
            height: Height::GENESIS,
            hash: self.hash(),
            time: self.time_ms,
            validator_set_root: validators.root(),
        }
    }
}
