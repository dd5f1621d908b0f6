//! Blocks: an ordered list of certified blobs, an update of the validator set in some, and the header
//! that follows from both.
//!
//! ```text
//!  Parent (a header, or the genesis) ─┐
//!                                     ├─ Block::build ─> Block { header, body }
//!  BlockBody [CertifiedBlob, ..],     │                     │ hash
//!    SignedValidatorUpdate or none ───┘                     │
//!                                        FinalityCertificate over HeaderHash
//!                                                           │
//!                                    SignedHeader ── verify ─> VerifiedHeader
//! ```

mod blob_headers;
mod body;
mod build;
mod conflict;
mod error;
mod header;
mod signed;

pub use blob_headers::{BlobHeadersError, verify_blob_headers};
pub use body::{BlockBody, CertifiedBlob, MAX_BODY_BLOBS};
pub use build::Block;
pub use conflict::ConflictingHeaders;
pub use error::{BlockError, CertifiedBlobError, HeaderError};
pub use header::{BLOCK_HEADER_VERSION, BlockHeader, HeaderHash, Parent};
pub use signed::{SignedHeader, VerifiedHeader};
