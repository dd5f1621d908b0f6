//! A validator with its name and contacts.

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use weft_encoding::Fault;

use crate::codec::{read_text, refused};
use crate::{ProofOfPossession, PublicKey, Validator};

/// The longest name of a validator, in bytes.
pub const MAX_ENTRY_NAME_BYTES: usize = 64;

/// The longest peer id of a validator, in bytes of its text.
pub const MAX_ENTRY_PEER_ID_BYTES: usize = 128;

/// The most addresses of a validator, of each of the two kinds.
pub const MAX_ENTRY_ADDRESSES: usize = 8;

/// The longest address of a validator, in bytes of its text.
pub const MAX_ENTRY_ADDRESS_BYTES: usize = 256;

/// A validator as a genesis or an update lists it: key, proof, stake and contacts.
///
/// Contacts are texts here; the network layer parses them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorEntry {
    /// A name for people, at most 64 bytes.
    pub name: String,
    /// The key of its signatures.
    pub public_key: PublicKey,
    /// Proof that it has the secret key.
    pub proof_of_possession: ProofOfPossession,
    /// Its stake.
    pub stake: u64,
    /// Its libp2p peer id, at most 128 bytes.
    pub peer_id: String,
    /// Where it listens, as multiaddresses: at most 8, of at most 256 bytes each.
    pub addresses: Vec<String>,
    /// Where its consensus engine listens, as multiaddresses: at most 8, of at most 256 bytes each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consensus_addresses: Vec<String>,
}

/// Why a validator's name or contact is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidatorEntryError {
    /// A text is too long.
    #[error("its {field} has {len} bytes, the limit is {max}")]
    TooLong {
        /// Which text.
        field: &'static str,
        /// Its bytes.
        len: usize,
        /// The most bytes of such a text.
        max: usize,
    },
    /// Too many addresses.
    #[error("it has {count} {field}, the limit is {MAX_ENTRY_ADDRESSES}")]
    TooManyAddresses {
        /// Which addresses.
        field: &'static str,
        /// Their number.
        count: usize,
    },
}

impl ValidatorEntryError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

impl ValidatorEntry {
    /// Key, stake and proof: what makes a [`ValidatorSet`](crate::ValidatorSet).
    #[must_use]
    pub fn validator(&self) -> Validator {
        Validator {
            public_key: self.public_key,
            stake: self.stake,
            proof_of_possession: self.proof_of_possession,
        }
    }

    /// Checks the limits on name and contacts.
    ///
    /// # Errors
    /// [`ValidatorEntryError`] (fault: peer).
    pub fn validate(&self) -> Result<(), ValidatorEntryError> {
        check_text("name", &self.name, MAX_ENTRY_NAME_BYTES)?;
        check_text("peer id", &self.peer_id, MAX_ENTRY_PEER_ID_BYTES)?;
        check_addresses("addresses", &self.addresses)?;
        check_addresses("consensus addresses", &self.consensus_addresses)
    }

    /// The bytes of the canonical encoding.
    pub(crate) fn encoded_bytes(&self) -> usize {
        let addresses = |list: &[String]| -> usize {
            4 + list.iter().map(|address| 4 + address.len()).sum::<usize>()
        };
        4 + self.name.len()
            + 48
            + 96
            + 8
            + 4
            + self.peer_id.len()
            + addresses(&self.addresses)
            + addresses(&self.consensus_addresses)
    }
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), ValidatorEntryError> {
    let len = text.len();
    if len > max {
        return Err(ValidatorEntryError::TooLong { field, len, max });
    }
    Ok(())
}

fn check_addresses(field: &'static str, list: &[String]) -> Result<(), ValidatorEntryError> {
    let count = list.len();
    if count > MAX_ENTRY_ADDRESSES {
        return Err(ValidatorEntryError::TooManyAddresses { field, count });
    }
    list.iter()
        .try_for_each(|address| check_text("address", address, MAX_ENTRY_ADDRESS_BYTES))
}

fn read_addresses<R: Read>(field: &'static str, reader: &mut R) -> IoResult<Vec<String>> {
    let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
    if count > MAX_ENTRY_ADDRESSES {
        return Err(refused(ValidatorEntryError::TooManyAddresses {
            field,
            count,
        }));
    }
    (0..count)
        .map(|_| read_text("an address", MAX_ENTRY_ADDRESS_BYTES, reader))
        .collect()
}

impl BorshDeserialize for ValidatorEntry {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Ok(Self {
            name: read_text("a validator's name", MAX_ENTRY_NAME_BYTES, reader)?,
            public_key: BorshDeserialize::deserialize_reader(reader)?,
            proof_of_possession: BorshDeserialize::deserialize_reader(reader)?,
            stake: BorshDeserialize::deserialize_reader(reader)?,
            peer_id: read_text("a peer id", MAX_ENTRY_PEER_ID_BYTES, reader)?,
            addresses: read_addresses("addresses", reader)?,
            consensus_addresses: read_addresses("consensus addresses", reader)?,
        })
    }
}
