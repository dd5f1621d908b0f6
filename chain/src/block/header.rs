//! The block header: fixed layout, so that a contract can hash it.

use std::str::FromStr;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{Digest, HexError, MAX_BLOCK_ROWS, bytes_from_hex};

use super::{BlockBody, HeaderError};
use crate::codec::{Canonical, refused};
use crate::commitments::commitments_root;
use crate::hashing::{tag, tagged_hash};
use crate::hex_text::{hex_display, serde_as_text};
use crate::namespace_tree::namespaces_root;
use crate::{ChainId, Height, ValidatorIndex};

/// The one version of [`BlockHeader`] there is.
pub const BLOCK_HEADER_VERSION: u8 = 1;

/// The hash of a block header, or of the genesis as the parent of the first block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct HeaderHash(Digest);

impl HeaderHash {
    /// The hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }
}

impl FromStr for HeaderHash {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_from_hex("a header hash", text).map(Self::from_bytes)
    }
}

hex_display!(HeaderHash);
serde_as_text!(HeaderHash);

/// The header of a block: 245 bytes, each field at a fixed offset.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct BlockHeader {
    /// Version of this structure, [`BLOCK_HEADER_VERSION`].
    pub version: u8,
    /// The chain.
    pub chain_id: ChainId,
    /// The height, from 1.
    pub height: Height,
    /// The proposer's clock, in milliseconds since 1970 UTC; not below the parent's.
    pub time: u64,
    /// Hash of the previous header, or of the genesis.
    pub parent: HeaderHash,
    /// The proposer: an index in the validator set of this height.
    pub proposer: ValidatorIndex,
    /// Root of the validator set that finalises this block.
    pub validator_set_root: Digest,
    /// Root of the validator set of the next height.
    pub next_validator_set_root: Digest,
    /// Rows of all blobs together, 0 to 256.
    pub rows: u16,
    /// Merkle root over the row commitments in order.
    pub commitments_root: Digest,
    /// Root of the namespaced Merkle tree over the block's blobs.
    pub namespaces_root: Digest,
    /// Merkle root over the certified blobs in order.
    pub body_root: Digest,
}

/// What a header must follow: the previous header, or the genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The chain.
    pub chain_id: ChainId,
    /// The parent's height; 0 for the genesis.
    pub height: Height,
    /// The parent's hash.
    pub hash: HeaderHash,
    /// The parent's time, in milliseconds since 1970 UTC.
    pub time: u64,
    /// Root of the validator set of the height after the parent.
    pub validator_set_root: Digest,
}

impl BlockHeader {
    /// The tagged hash of the canonical encoding.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        HeaderHash(tagged_hash(tag::HEADER, &[&self.encode()]))
    }

    /// This header as the parent of the next.
    #[must_use]
    pub fn as_parent(&self) -> Parent {
        Parent {
            chain_id: self.chain_id,
            height: self.height,
            hash: self.hash(),
            time: self.time,
            validator_set_root: self.next_validator_set_root,
        }
    }

    /// The validator set that takes over after this header: its first height and its root. `None`
    /// if the set stays.
    #[must_use]
    pub fn set_change(&self) -> Option<(Height, Digest)> {
        let next = self.next_validator_set_root;
        let first = self.height.next()?;
        (next != self.validator_set_root).then_some((first, next))
    }

    /// Checks version and number of rows, and that rows, commitments root and namespaces root are either
    /// all those of an empty block, or none of them is. A block with rows does not have the body root of
    /// an empty block. A block without rows may have any body root, as its body may hold an update.
    ///
    /// # Errors
    /// [`HeaderError`] (fault: peer).
    pub fn validate(&self) -> Result<(), HeaderError> {
        if self.version != BLOCK_HEADER_VERSION {
            return Err(HeaderError::UnknownVersion {
                version: self.version,
            });
        }
        let rows = usize::from(self.rows);
        if rows > MAX_BLOCK_ROWS {
            return Err(HeaderError::TooManyRows { rows });
        }
        let roots = [
            ("commitments", self.commitments_root, commitments_root(&[])),
            ("namespaces", self.namespaces_root, namespaces_root(&[])),
        ];
        for (field, root, empty) in roots {
            if (root == empty) != (rows == 0) {
                return Err(HeaderError::HalfEmpty { rows, field, root });
            }
        }
        if rows > 0 && self.body_root == BlockBody::default().root() {
            let (field, root) = ("body", self.body_root);
            return Err(HeaderError::HalfEmpty { rows, field, root });
        }
        Ok(())
    }

    /// Checks that this header is the next after `parent`: chain, height, hash, time, validators.
    ///
    /// # Errors
    /// [`HeaderError`] (fault: peer).
    pub fn verify_follows(&self, parent: &Parent) -> Result<(), HeaderError> {
        self.validate()?;
        if self.chain_id != parent.chain_id {
            let (expected, actual) = (parent.chain_id, self.chain_id);
            return Err(HeaderError::WrongChain { expected, actual });
        }
        let (expected, actual) = (parent.height.saturating_add(1), self.height);
        if actual != expected || actual == parent.height {
            return Err(HeaderError::WrongHeight { expected, actual });
        }
        if self.parent != parent.hash {
            let (expected, actual) = (parent.hash, self.parent);
            return Err(HeaderError::WrongParent { expected, actual });
        }
        if self.time < parent.time {
            return Err(HeaderError::TimeBeforeParent {
                parent: parent.time,
                actual: self.time,
            });
        }
        if self.validator_set_root != parent.validator_set_root {
            let (expected, actual) = (parent.validator_set_root, self.validator_set_root);
            return Err(HeaderError::WrongValidatorSet { expected, actual });
        }
        Ok(())
    }
}

impl BorshDeserialize for BlockHeader {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let header = Self {
            version: u8::deserialize_reader(reader)?,
            chain_id: ChainId::deserialize_reader(reader)?,
            height: Height::deserialize_reader(reader)?,
            time: u64::deserialize_reader(reader)?,
            parent: HeaderHash::deserialize_reader(reader)?,
            proposer: ValidatorIndex::deserialize_reader(reader)?,
            validator_set_root: Digest::deserialize_reader(reader)?,
            next_validator_set_root: Digest::deserialize_reader(reader)?,
            rows: u16::deserialize_reader(reader)?,
            commitments_root: Digest::deserialize_reader(reader)?,
            namespaces_root: Digest::deserialize_reader(reader)?,
            body_root: Digest::deserialize_reader(reader)?,
        };
        header.validate().map_err(refused)?;
        Ok(header)
    }
}

impl Canonical for BlockHeader {
    const NAME: &'static str = "a block header";
    const MAX_BYTES: usize = 245;
}
