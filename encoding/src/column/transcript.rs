//! The messages that the challenges of the column proof bind, byte by byte.
//!
//! ```text
//! gamma   = hash to scalar("WEFT-V1-COLUMN-GAMMA", message)
//!   29    namespace
//!   8     n, big-endian
//!   48 n  commitments, first row first
//!   32    R, the columns root
//!
//! combination of a batch = hash to scalar("WEFT-V1-COLUMN-BATCH", message)
//!   32    gamma, big-endian
//!   8     k, the number of columns, big-endian
//!   k x   8 column index, big-endian | 32 column root | 48 column proof
//! ```
//!
//! gamma binds the commitments and, through R, every cell; the batch's challenge binds gamma and
//! each column's root: each challenge follows from everything that it checks.

use crate::algebra::Scalar;
use crate::hash_to_scalar::hash_to_scalar;
use crate::{ColumnIndex, ColumnProof, Digest};

use super::unverified::BlobBinding;

const GAMMA_TAG: &[u8] = b"WEFT-V1-COLUMN-GAMMA";
const BATCH_TAG: &[u8] = b"WEFT-V1-COLUMN-BATCH";

/// gamma of a blob, uniform to within 2^-128.
pub(crate) fn gamma(blob: &BlobBinding) -> Scalar {
    let mut message = Vec::with_capacity(29 + 8 + 48 * blob.commitments.len() + 32);
    message.extend_from_slice(&blob.namespace);
    message.extend_from_slice(&(blob.commitments.len() as u64).to_be_bytes());
    for commitment in &blob.commitments {
        message.extend_from_slice(commitment.as_bytes());
    }
    message.extend_from_slice(blob.columns_root.as_bytes());
    hash_to_scalar(GAMMA_TAG, &message)
}

/// The challenge that combines a batch of one blob's columns.
pub(super) fn batch_challenge(
    gamma: &Scalar,
    columns: &[(ColumnIndex, Digest, ColumnProof)],
) -> Scalar {
    let mut message = Vec::with_capacity(32 + 8 + columns.len() * (8 + 32 + 48));
    message.extend_from_slice(&gamma.to_bytes_be());
    message.extend_from_slice(&(columns.len() as u64).to_be_bytes());
    for (index, root, proof) in columns {
        message.extend_from_slice(&(index.get() as u64).to_be_bytes());
        message.extend_from_slice(root.as_bytes());
        message.extend_from_slice(proof.as_bytes());
    }
    hash_to_scalar(BATCH_TAG, &message)
}
