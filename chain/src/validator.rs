//! One validator, and its index in the set.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use weft_encoding::Fault;

use crate::codec::refused;
use crate::{ProofOfPossession, PublicKey};

/// The most validators that a set has.
pub const MAX_VALIDATORS: usize = 1024;

/// A validator's index in its set, from 0.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize,
)]
#[serde(try_from = "usize", into = "usize")]
pub struct ValidatorIndex(u16);

/// A number or a text is not the index of a validator (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidatorIndexError {
    /// No set is so large.
    #[error(
        "validator index {index} is out of range, a set has at most {MAX_VALIDATORS} validators"
    )]
    OutOfRange {
        /// The index.
        index: usize,
    },
    /// The text is not a decimal number.
    #[error("a validator index is a decimal number: {0}")]
    NotANumber(#[source] ParseIntError),
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
            _ => Err(ValidatorIndexError::OutOfRange { index }),
        }
    }

    /// The index, from 0.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<usize> for ValidatorIndex {
    type Error = ValidatorIndexError;

    fn try_from(index: usize) -> Result<Self, ValidatorIndexError> {
        Self::new(index)
    }
}

impl From<ValidatorIndex> for usize {
    fn from(index: ValidatorIndex) -> Self {
        index.get()
    }
}

impl FromStr for ValidatorIndex {
    type Err = ValidatorIndexError;

    fn from_str(text: &str) -> Result<Self, ValidatorIndexError> {
        Self::new(text.parse().map_err(ValidatorIndexError::NotANumber)?)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_texts_and_json_are_within_the_limit() {
        let last = ValidatorIndex::new(1023).unwrap();
        assert_eq!("1023".parse(), Ok(last));
        assert_eq!(serde_json::to_string(&last).unwrap(), "1023");
        assert_eq!(
            serde_json::from_str::<ValidatorIndex>("1023").unwrap(),
            last
        );
        let above = ValidatorIndexError::OutOfRange { index: 1024 };
        assert_eq!(ValidatorIndex::new(1024), Err(above.clone()));
        assert_eq!("1024".parse::<ValidatorIndex>(), Err(above));
        assert!(serde_json::from_str::<ValidatorIndex>("1024").is_err());
        assert!(matches!(
            "-1".parse::<ValidatorIndex>(),
            Err(ValidatorIndexError::NotANumber(_))
        ));
    }
}
