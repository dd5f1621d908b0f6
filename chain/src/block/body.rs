//! The body of a block: certified blobs in order.

use std::collections::BTreeMap;

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{Commitment, Digest, MAX_BLOCK_ROWS, merkle};

use super::blob_headers::entries;
use super::{BlockError, CertifiedBlobError};
use crate::codec::{Canonical, refused, write_vec};
use crate::hashing::tag;
use crate::{
    AvailabilityCertificate, BlobEntry, BlobHeader, BlobId, ChainId, Height, Retention,
    SignedValidatorUpdate, ValidatorSet,
};

/// The most blobs that a block has: each has at least one row.
pub const MAX_BODY_BLOBS: usize = MAX_BLOCK_ROWS;

/// A blob's header with the certificate that custodians hold it: a body's entry, and what gossip
/// carries to the proposers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CertifiedBlob {
    /// The header.
    pub header: BlobHeader,
    /// The certificate.
    pub certificate: AvailabilityCertificate,
}

impl CertifiedBlob {
    /// Checks that the header is well formed and that the certificate names it; no signature.
    ///
    /// # Errors
    /// [`CertifiedBlobError`] (fault: peer).
    pub fn validate(&self) -> Result<(), CertifiedBlobError> {
        self.header.validate()?;
        let (expected, actual) = (self.header.id(), self.certificate.blob_id);
        if expected != actual {
            return Err(CertifiedBlobError::WrongBlob { expected, actual });
        }
        Ok(())
    }

    /// Validates, and verifies the certificate for a chain and the set that signed it.
    ///
    /// # Errors
    /// [`CertifiedBlobError`] (fault: peer).
    pub fn verify(
        &self,
        chain_id: &ChainId,
        validators: &ValidatorSet,
    ) -> Result<(), CertifiedBlobError> {
        self.validate()?;
        Ok(self.certificate.verify(chain_id, validators)?)
    }
}

impl Canonical for CertifiedBlob {
    const NAME: &'static str = "a certified blob";
    const MAX_BYTES: usize = BlobHeader::MAX_BYTES + AvailabilityCertificate::MAX_BYTES;
}

/// The body of a block: its blobs in order, and the update of the validator set, if there is one.
///
/// The block's rows are the blobs' rows, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockBody {
    /// The blobs in order.
    pub blobs: Vec<CertifiedBlob>,
    /// The next change of the validator set.
    pub update: Option<SignedValidatorUpdate>,
}

impl BlockBody {
    /// Checks every blob and its certificate's name, the limits on blobs, rows and the update's
    /// size, and that no blob comes twice; no signatures.
    ///
    /// # Errors
    /// [`BlockError`] (fault: peer).
    pub fn validate(&self) -> Result<(), BlockError> {
        let (blobs, rows) = (self.blobs.len(), self.rows());
        if blobs > MAX_BODY_BLOBS {
            return Err(BlockError::TooManyBlobs { blobs });
        }
        if rows > MAX_BLOCK_ROWS {
            return Err(BlockError::TooManyRows { rows });
        }
        let mut places = BTreeMap::new();
        for (position, blob) in self.blobs.iter().enumerate() {
            blob.validate()
                .map_err(|source| BlockError::Blob { position, source })?;
            let blob_id = blob.certificate.blob_id;
            if let Some(first) = places.insert(blob_id, position) {
                return Err(BlockError::DuplicateBlob {
                    first,
                    second: position,
                    blob_id,
                });
            }
        }
        if let Some(update) = &self.update {
            update.validate()?;
        }
        Ok(())
    }

    /// Verifies the certificates of all blobs as one batch.
    ///
    /// `set_of` gives the validator set with a root, or `None` if the verifier knows none: a blob
    /// may have been certified before the set changed.
    ///
    /// # Errors
    /// [`BlockError`] (fault: peer).
    pub fn verify_certificates<'a>(
        &'a self,
        chain_id: &ChainId,
        set_of: impl Fn(&Digest) -> Option<&'a ValidatorSet>,
    ) -> Result<(), BlockError> {
        let certificates: Vec<_> = self
            .blobs
            .iter()
            .enumerate()
            .map(|(position, blob)| {
                let root = blob.certificate.validator_set_root;
                let set =
                    set_of(&root).ok_or(BlockError::UnknownValidatorSet { position, root })?;
                Ok((&blob.certificate, set))
            })
            .collect::<Result<_, BlockError>>()?;
        Ok(AvailabilityCertificate::verify_batch(
            chain_id,
            certificates,
        )?)
    }

    /// Checks that every certificate's expiry is one that a block at `height` takes.
    ///
    /// # Errors
    /// [`BlockError::Expiry`] with the first that is not (fault: peer).
    pub fn check_expiries(&self, retention: Retention, height: Height) -> Result<(), BlockError> {
        for (position, blob) in self.blobs.iter().enumerate() {
            retention
                .check_expiry(blob.certificate.expiry, height)
                .map_err(|source| BlockError::Expiry { position, source })?;
        }
        Ok(())
    }

    /// The latest expiry of the certificates; `None` without a blob.
    ///
    /// Custodians keep columns and cell proofs of every blob up to this height, because a parity
    /// cell of the block follows from the cells of all its blobs.
    #[must_use]
    pub fn latest_expiry(&self) -> Option<Height> {
        let expiries = self.blobs.iter().map(|blob| blob.certificate.expiry);
        expiries.max()
    }

    /// The rows of all blobs together.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.blobs.iter().map(|blob| blob.header.rows()).sum()
    }

    /// The commitments to all rows, in order.
    #[must_use]
    pub fn commitments(&self) -> Vec<Commitment> {
        self.blobs
            .iter()
            .flat_map(|blob| blob.header.commitments.iter().copied())
            .collect()
    }

    /// The block's row at which a blob begins; `None` if the block does not have the blob.
    #[must_use]
    pub fn first_row_of(&self, blob_id: &BlobId) -> Option<usize> {
        let mut first_row = 0;
        for blob in &self.blobs {
            if blob.header.id() == *blob_id {
                return Some(first_row);
            }
            first_row += blob.header.rows();
        }
        None
    }

    /// What the namespaced tree says of each blob, in the body's order.
    ///
    /// # Errors
    /// [`BlockError::TooManyRows`] (fault: peer).
    pub fn entries(&self) -> Result<Vec<BlobEntry>, BlockError> {
        entries(self.blobs.iter().map(|blob| &blob.header))
    }

    /// Merkle root over the canonical encodings of the certified blobs, in order.
    ///
    /// An update adds a last leaf: its encoding behind a tag. No leaf of a blob begins like the tag,
    /// because a blob's first byte is its version.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut leaves: Vec<Digest> = self
            .blobs
            .iter()
            .map(|blob| merkle::leaf_hash(&blob.encode()))
            .collect();
        if let Some(update) = &self.update {
            let mut leaf = tag::BODY_UPDATE.as_bytes().to_vec();
            leaf.extend(update.encode());
            leaves.push(merkle::leaf_hash(&leaf));
        }
        merkle::root(&leaves)
    }
}

impl BorshSerialize for BlockBody {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        write_vec(&self.blobs, writer)?;
        self.update.serialize(writer)
    }
}

impl BorshDeserialize for BlockBody {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let count = u32::deserialize_reader(reader)?;
        let blobs = usize::try_from(count).unwrap_or(usize::MAX);
        if blobs > MAX_BODY_BLOBS {
            return Err(refused(BlockError::TooManyBlobs { blobs }));
        }
        let mut body = Self::default();
        let mut rows = 0;
        for _ in 0..blobs {
            let blob = CertifiedBlob::deserialize_reader(reader)?;
            rows += blob.header.rows();
            if rows > MAX_BLOCK_ROWS {
                return Err(refused(BlockError::TooManyRows { rows }));
            }
            body.blobs.push(blob);
        }
        body.update = Option::deserialize_reader(reader)?;
        Ok(body)
    }
}

impl Canonical for BlockBody {
    const NAME: &'static str = "a block body";
    // The most blobs, each with its fixed part, the commitments of the most rows, and an update.
    const MAX_BYTES: usize = 4
        + MAX_BODY_BLOBS * (BlobHeader::FIXED_BYTES + AvailabilityCertificate::MAX_BYTES)
        + 48 * MAX_BLOCK_ROWS
        + 1
        + SignedValidatorUpdate::MAX_BYTES;
}
