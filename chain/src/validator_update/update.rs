//! An update of the validator set, not signed.

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use weft_encoding::Digest;

use super::{ValidatorUpdateError, entries};
use crate::codec::{Canonical, refused, write_vec};
use crate::hashing::{tag, tagged_hash};
use crate::{ChainId, Height, MAX_VALIDATORS, ValidatorEntry, ValidatorSet, ValidatorSetError};

/// The most blocks from the one that includes an update to the first of the new set.
pub const MAX_UPDATE_DELAY: u64 = 100_000;

/// The most bytes that an update takes, so that a body with one still travels in one message.
///
/// It leaves each of 1024 validators about a kilobyte, of which key, proof and stake take 152 bytes.
pub const MAX_UPDATE_BYTES: usize = 1 << 20;

/// Chain id, replaced set, first height, and the number of validators.
const FIXED_BYTES: usize = 32 + 32 + 8 + 4;

/// A change of the validator set: the whole next set with its contacts, and when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorUpdate {
    /// The chain.
    pub chain_id: ChainId,
    /// Root of the set that stands until then and approves the change.
    pub replaces: Digest,
    /// The first height of the next set.
    pub first_height: Height,
    /// The next validators, in the order of their indices.
    #[serde(deserialize_with = "entries::deserialize")]
    pub validators: Vec<ValidatorEntry>,
}

impl ValidatorUpdate {
    /// The id that the validators sign: a tagged hash of the canonical encoding, contacts included.
    #[must_use]
    pub fn id(&self) -> Digest {
        tagged_hash(tag::VALIDATOR_UPDATE, &[&self.encode()])
    }

    /// Checks the next validators and all their proofs of possession, and makes their set.
    ///
    /// Costs a signature verification a validator, about a millisecond each.
    ///
    /// # Errors
    /// [`ValidatorSetError`] (fault: caller).
    pub fn validator_set(&self) -> Result<ValidatorSet, ValidatorSetError> {
        ValidatorSet::new(
            self.validators
                .iter()
                .map(ValidatorEntry::validator)
                .collect(),
        )
    }

    /// Checks the limits on the number of validators, on their entries, and on all of them together;
    /// no proofs and no signatures.
    ///
    /// # Errors
    /// [`ValidatorUpdateError`] (fault: peer).
    pub fn validate(&self) -> Result<(), ValidatorUpdateError> {
        check_count(self.validators.len())?;
        for (index, entry) in self.validators.iter().enumerate() {
            check_entry(index, entry)?;
        }
        let entries: usize = self
            .validators
            .iter()
            .map(ValidatorEntry::encoded_bytes)
            .sum();
        check_bytes(FIXED_BYTES + entries)
    }

    /// Checks that the block at `included_at` may include the update: the new set begins after it,
    /// and at most [`MAX_UPDATE_DELAY`] blocks later.
    ///
    /// # Errors
    /// [`ValidatorUpdateError::Height`] (fault: peer).
    pub fn check_height(&self, included_at: Height) -> Result<(), ValidatorUpdateError> {
        let first_height = self.first_height;
        if first_height <= included_at || first_height.since(included_at) > MAX_UPDATE_DELAY {
            return Err(ValidatorUpdateError::Height {
                included_at,
                first_height,
            });
        }
        Ok(())
    }

    /// Checks that the update is of this chain and replaces the set with this root.
    pub(crate) fn check_origin(
        &self,
        chain_id: &ChainId,
        current: &Digest,
    ) -> Result<(), ValidatorUpdateError> {
        if self.chain_id != *chain_id {
            let (expected, actual) = (*chain_id, self.chain_id);
            return Err(ValidatorUpdateError::WrongChain { expected, actual });
        }
        if self.replaces != *current {
            let (expected, actual) = (*current, self.replaces);
            return Err(ValidatorUpdateError::WrongSet { expected, actual });
        }
        Ok(())
    }
}

pub(super) fn check_entry(
    index: usize,
    entry: &ValidatorEntry,
) -> Result<(), ValidatorUpdateError> {
    entry
        .validate()
        .map_err(|source| ValidatorUpdateError::Entry { index, source })
}

pub(super) fn check_count(validators: usize) -> Result<(), ValidatorUpdateError> {
    if !(1..=MAX_VALIDATORS).contains(&validators) {
        return Err(ValidatorSetError::SizeOutOfRange { validators }.into());
    }
    Ok(())
}

fn check_bytes(len: usize) -> Result<(), ValidatorUpdateError> {
    if len > MAX_UPDATE_BYTES {
        return Err(ValidatorUpdateError::TooLarge { len });
    }
    Ok(())
}

impl BorshSerialize for ValidatorUpdate {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        BorshSerialize::serialize(&self.chain_id, writer)?;
        BorshSerialize::serialize(&self.replaces, writer)?;
        BorshSerialize::serialize(&self.first_height, writer)?;
        write_vec(&self.validators, writer)
    }
}

impl BorshDeserialize for ValidatorUpdate {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let chain_id = BorshDeserialize::deserialize_reader(reader)?;
        let replaces = BorshDeserialize::deserialize_reader(reader)?;
        let first_height = BorshDeserialize::deserialize_reader(reader)?;
        let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
        check_count(count).map_err(refused)?;
        let mut validators = Vec::new();
        let mut bytes = FIXED_BYTES;
        for _ in 0..count {
            let entry = ValidatorEntry::deserialize_reader(reader)?;
            bytes += entry.encoded_bytes();
            check_bytes(bytes).map_err(refused)?;
            validators.push(entry);
        }
        Ok(Self {
            chain_id,
            replaces,
            first_height,
            validators,
        })
    }
}

impl Canonical for ValidatorUpdate {
    const NAME: &'static str = "a validator update";
    const MAX_BYTES: usize = MAX_UPDATE_BYTES;
}
