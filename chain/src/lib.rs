//! Headers, namespaces, validator sets and certificates of Weft, and their light verification.
//!
//! Everything here is pure: no clock, no operating-system randomness, no network, no files. What
//! must be the same in every implementation is described byte by byte in `docs/formats.md`.
//!
//! ```text
//!  batch ── coded ──> BlobHeader ── BlobId ──┐
//!                                            ├─ AvailabilityCertificate ─> CertifiedBlob
//!  ValidatorSet ── root ─────────────────────┘                                  │
//!       │                                                                   BlockBody
//!       │                      commitments root, namespaces root, body root ────┤
//!       │                                                                   BlockHeader
//!       └─ FinalityCertificate over HeaderHash ─> SignedHeader ── verify ─> VerifiedHeader
//! ```
//!
//! - a [`CertifiedBlob`] is what gossip carries and what a block orders;
//! - a [`VerifiedHeader`] is the only thing a light client needs to trust a block's roots;
//! - a [`VerifiedUpdate`] leads from a validator set to the next, which the former approved;
//! - a [`NamespaceProof`] shows that a namespace's list of blobs in a block is complete, or empty;
//! - a [`CommitmentsProof`] shows that blobs' rows are those that a block's light clients sample.

#![forbid(unsafe_code)]

mod blob;
mod block;
mod certificate;
mod chain_id;
mod checkpoint;
mod codec;
mod commitments;
mod genesis;
mod hashing;
mod height;
mod hex_text;
mod keys;
mod namespace;
mod namespace_tree;
mod retention;
mod signers;
mod validator;
mod validator_entry;
mod validator_set;
mod validator_update;

pub use blob::{BLOB_HEADER_VERSION, BlobHeader, BlobHeaderError, BlobId};
pub use block::{
    BLOCK_HEADER_VERSION, BlobHeadersError, Block, BlockBody, BlockError, BlockHeader,
    CertifiedBlob, CertifiedBlobError, HeaderError, HeaderHash, MAX_BODY_BLOBS, Parent,
    SignedHeader, VerifiedHeader, verify_blob_headers,
};
pub use certificate::{
    AvailabilityCertificate, AvailabilityStatement, BatchError, CertificateBuilder,
    CertificateError, FinalityCertificate, FinalityStatement, Statement, UpdateCertificate,
    UpdateStatement, availability_message, finality_message, update_message,
};
pub use chain_id::{ChainId, ChainIdError, MAX_CHAIN_ID_BYTES};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use codec::{Canonical, DecodeError};
pub use commitments::{CommitmentsProof, CommitmentsProofError, commitments_root};
pub use genesis::{Genesis, GenesisError};
pub use hashing::{SigningMessage, tagged_hash};
pub use height::Height;
pub use hex_text::HexError;
pub use keys::{KeyError, ProofOfPossession, PublicKey, SecretKey, Signature, SignatureError};
pub use namespace::{Namespace, NamespaceError};
pub use namespace_tree::{
    BlobEntry, NamespaceProof, NamespaceProofError, namespace_proof, namespaces_root,
};
pub use retention::{ExpiryError, Retention};
pub use signers::{SignerBitmap, SignersError};
pub use validator::{MAX_VALIDATORS, Validator, ValidatorIndex, ValidatorIndexError};
pub use validator_entry::{
    MAX_ENTRY_ADDRESS_BYTES, MAX_ENTRY_ADDRESSES, MAX_ENTRY_NAME_BYTES, MAX_ENTRY_PEER_ID_BYTES,
    ValidatorEntry, ValidatorEntryError,
};
pub use validator_set::{MAX_TOTAL_STAKE, ValidatorSet, ValidatorSetError};
pub use validator_update::{
    MAX_UPDATE_BYTES, MAX_UPDATE_DELAY, SignedValidatorUpdate, ValidatorUpdate,
    ValidatorUpdateError, VerifiedUpdate,
};

pub use weft_encoding::{Commitment, Digest, Fault, Layout};
