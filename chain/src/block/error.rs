//! Why blocks, headers and certified blobs are refused.

use weft_encoding::{Digest, Fault, MAX_BLOCK_ROWS};

use super::{BLOCK_HEADER_VERSION, HeaderHash, MAX_BODY_BLOBS};
use crate::{
    BatchError, BlobHeaderError, BlobId, CertificateError, ChainId, ExpiryError, Height,
    ValidatorUpdateError,
};

/// Why a certified blob is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertifiedBlobError {
    /// The header is not well formed.
    #[error(transparent)]
    Header(#[from] BlobHeaderError),
    /// The certificate is for another blob.
    #[error("the certificate is for blob {actual}, the header is of {expected}")]
    WrongBlob {
        /// The blob that the header names.
        expected: BlobId,
        /// The blob that the certificate names.
        actual: BlobId,
    },
    /// The certificate does not verify.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl CertifiedBlobError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Why a header is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A version that is not known.
    #[error("a block header has version {version}, only {BLOCK_HEADER_VERSION} is known")]
    UnknownVersion {
        /// The version.
        version: u8,
    },
    /// Too many rows.
    #[error("a block has {rows} rows, the limit is {MAX_BLOCK_ROWS}")]
    TooManyRows {
        /// The rows.
        rows: usize,
    },
    /// One field of the header is that of an empty block, and another is not.
    #[error(
        "the header has {rows} rows and {field} root {root}: one is of an empty block, one is not"
    )]
    HalfEmpty {
        /// The rows.
        rows: usize,
        /// Which root: commitments, namespaces or body.
        field: &'static str,
        /// The root.
        root: Digest,
    },
    /// The header is of another chain.
    #[error("the header is of chain {actual}, this one is {expected}")]
    WrongChain {
        /// This chain.
        expected: ChainId,
        /// The header's chain.
        actual: ChainId,
    },
    /// The header is not the next after its parent.
    #[error("the header has height {actual}, after its parent comes {expected}")]
    WrongHeight {
        /// The parent's height and one.
        expected: Height,
        /// The header's height.
        actual: Height,
    },
    /// The header names another parent.
    #[error("the header has parent {actual}, the block before it is {expected}")]
    WrongParent {
        /// The block before.
        expected: HeaderHash,
        /// The parent that the header names.
        actual: HeaderHash,
    },
    /// The header is older than its parent.
    #[error("the header has time {actual} ms, its parent {parent} ms")]
    TimeBeforeParent {
        /// The parent's time.
        parent: u64,
        /// The header's time.
        actual: u64,
    },
    /// The header is of another validator set.
    #[error("the header is of validator set {actual}, this height has {expected}")]
    WrongValidatorSet {
        /// The set of this height.
        expected: Digest,
        /// The set that the header names.
        actual: Digest,
    },
    /// The finality certificate is for another header.
    #[error("the certificate is for header {actual}, this one is {expected}")]
    WrongHash {
        /// The header's hash.
        expected: HeaderHash,
        /// The hash that the certificate names.
        actual: HeaderHash,
    },
    /// The finality certificate does not verify.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl HeaderError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Why a block is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// Too many blobs.
    #[error("a block has {blobs} blobs, the limit is {MAX_BODY_BLOBS}")]
    TooManyBlobs {
        /// The blobs.
        blobs: usize,
    },
    /// Too many rows.
    #[error("a block has {rows} rows, the limit is {MAX_BLOCK_ROWS}")]
    TooManyRows {
        /// The rows.
        rows: usize,
    },
    /// The same blob twice.
    #[error("blobs {first} and {second} of the block are both {blob_id}")]
    DuplicateBlob {
        /// Position of the first.
        first: usize,
        /// Position of the second.
        second: usize,
        /// The blob.
        blob_id: BlobId,
    },
    /// A blob is not well formed, or its certificate is for another.
    #[error("blob {position} of the block is refused: {source}")]
    Blob {
        /// Its position in the block.
        position: usize,
        /// Why.
        source: CertifiedBlobError,
    },
    /// A certificate's custodians keep the blob for less or for longer than the chain's retention.
    #[error("the certificate of blob {position} is refused: {source}")]
    Expiry {
        /// The blob's position in the block.
        position: usize,
        /// Why.
        source: ExpiryError,
    },
    /// A certificate is of a validator set that the verifier does not know.
    #[error("the certificate of blob {position} is of validator set {root}, which is not known")]
    UnknownValidatorSet {
        /// The blob's position in the block.
        position: usize,
        /// The root of the set.
        root: Digest,
    },
    /// A certificate does not verify.
    #[error(transparent)]
    Certificate(#[from] BatchError),
    /// The update of the validator set does not fit the block or breaks a limit.
    #[error(transparent)]
    Update(#[from] ValidatorUpdateError),
    /// The header says another number of rows than the body has.
    #[error("the header says {actual} rows, the body has {expected}")]
    WrongRows {
        /// The rows of the body.
        expected: usize,
        /// The rows in the header.
        actual: usize,
    },
    /// A root in the header does not follow from the body.
    #[error("the header's {field} root is {actual}, from the body follows {expected}")]
    WrongRoot {
        /// Which root: commitments, namespaces or body.
        field: &'static str,
        /// The root that follows from the body.
        expected: Digest,
        /// The root in the header.
        actual: Digest,
    },
    /// The header itself is refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl BlockError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}
