//! One validator, and its place in the set.

use std::fmt;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use weft_encoding::Fault;

use crate::codec::refused;
use crate::{ProofOfPossession, PublicKey};

/// The most validators that a set has.
pub const MAX_VALIDATORS: usize = 1024;

/// A validator's place in its set, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct ValidatorIndex(u16);

/// A validator's place is above the limit (fault: peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("validator index {index} is out of range, a set has at most {MAX_VALIDATORS} validators")]
pub struct ValidatorIndexError {
    /// The index.
    pub index: usize,
}

impl ValidatorIndexError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

impl ValidatorIndex {
    /// The validator at `index`.
    ///
    /// # Errors
    /// [`ValidatorIndexError`] if no set is so large (fault: peer).
    pub fn new(index: usize) -> Result<Self, ValidatorIndexError> {
        match u16::try_from(index) {
            Ok(small) if index < MAX_VALIDATORS => Ok(Self(small)),
            _ => Err(ValidatorIndexError { index }),
        }
    }

    /// The place, from 0.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ValidatorIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ValidatorIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BorshDeserialize for ValidatorIndex {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::new(u16::deserialize_reader(reader)?.into()).map_err(refused)
    }
}

/// A validator as it is registered; a [`ValidatorSet`](crate::ValidatorSet) has checked the proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// The key that certificates are verified with.
    pub public_key: PublicKey,
    /// The stake, not zero.
    pub stake: u64,
    /// Proof that the validator has the secret key.
    pub proof_of_possession: ProofOfPossession,
}
