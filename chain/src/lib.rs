//! Headers, namespaces, validator sets and certificates of the Weft data-availability layer, and their
//! light verification.
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
//! - A [`CertifiedBlob`] is what gossip carries and what a block orders.
//! - A [`VerifiedHeader`] is the only thing that a light client needs to trust a block's roots.
//! - A [`VerifiedUpdate`] leads from a validator set to the next, which the former approved.
//! - A [`ValidatorHistory`] says which set is in force at each height.
//! - A [`NamespaceProof`] shows that a namespace's list of blobs in a block is complete, or empty.
//! - A [`CommitmentsProof`] shows that the rows of listed blobs are the rows that light clients sample.
//!
//! # Quick start
//!
//! The blobs of a namespace in a block, from bytes of an untrusted peer and the chain's genesis:
//!
//! ```
//! use weft_chain::{BlobEntry, Canonical, Genesis, Namespace, NamespaceProof, SignedHeader};
//!
//! fn blobs_of(
//!     genesis: &Genesis,
//!     namespace: &Namespace,
//!     header: &[u8],
//!     proof: &[u8],
//! ) -> Result<Vec<BlobEntry>, Box<dyn std::error::Error>> {
//!     let validators = genesis.validator_set()?;
//!     let header = SignedHeader::decode(header)?.verify(&genesis.chain_id, &validators)?;
//!     let proof = NamespaceProof::decode(proof)?;
//!     Ok(proof.verify(header.namespaces_root, namespace)?)
//! }
//!
//! let namespace: Namespace = "0a11ce".parse()?;
//! assert_eq!(namespace.as_bytes()[26..], [0x0a, 0x11, 0xce]);
//! # Ok::<(), weft_chain::NamespaceError>(())
//! ```
//!
//! `examples/verify_block.rs` makes such a block with four validators and verifies it.
//!
//! Verification gives types that nothing else makes: [`VerifiedHeader`], [`VerifiedUpdate`] and
//! [`ValidatorSet`] have no decoding. Each error says whose [`Fault`] it is. The crate has no clock, system
//! randomness, network or files.
//!
//! # Formats
//!
//! [`Canonical`] is the encoding that is hashed, signed, stored and sent: borsh, strict and bounded. Ids,
//! keys and names have a text form, which serde uses. `docs/formats.md` specifies both byte by byte, and
//! known-answer tests freeze them. The crate has no features.

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
mod validator_history;
mod validator_set;
mod validator_update;

pub use blob::{BLOB_HEADER_VERSION, BlobHeader, BlobHeaderError, BlobId};
pub use block::{
    BLOCK_HEADER_VERSION, BlobHeadersError, Block, BlockBody, BlockError, BlockHeader,
    CertifiedBlob, CertifiedBlobError, ConflictingHeaders, HeaderError, HeaderHash, MAX_BODY_BLOBS,
    Parent, SignedHeader, VerifiedHeader, verify_blob_headers,
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
pub use validator_history::{SetRoot, ValidatorHistory};
pub use validator_set::{MAX_TOTAL_STAKE, ValidatorSet, ValidatorSetError};
pub use validator_update::{
    MAX_UPDATE_BYTES, MAX_UPDATE_DELAY, SignedValidatorUpdate, ValidatorUpdate,
    ValidatorUpdateError, VerifiedUpdate,
};

pub use weft_encoding::{Commitment, Digest, Fault, HexError, Layout};
