//! A block's blob headers, which bind the matrix that light clients sample to the blobs of the block.

use weft_encoding::{Commitment, Digest, Fault};

use super::{BlockError, BlockHeader};
use crate::commitments::commitments_root;
use crate::namespace_tree::namespaces_root;
use crate::{BlobEntry, BlobHeader};

/// Why blob headers and a block's header do not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobHeadersError {
    /// They are not the blobs that the block's header lists (fault: peer).
    #[error("the blob headers have namespaces root {found}, the block has {expected}")]
    OtherBlobs {
        /// Root of the blob headers.
        found: Digest,
        /// Root in the block's header.
        expected: Digest,
    },
    /// The block's header lists these blobs, and says that it has another number of rows (fault: peer,
    /// who signed the header).
    #[error("the block has {found} rows, the blobs that it lists have {expected}")]
    FalseRows {
        /// Rows of the block's header.
        found: usize,
        /// Rows of the blob headers.
        expected: usize,
    },
    /// The block's header lists these blobs, and commits to other rows (fault: peer, who signed the
    /// header).
    #[error("the block has commitments root {found}, the blobs that it lists have {expected}")]
    FalseCommitments {
        /// Root in the block's header.
        found: Digest,
        /// Root of the blob headers.
        expected: Digest,
    },
    /// No block has these blobs (fault: peer).
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl BlobHeadersError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }

    /// Whether the blob headers prove that the block's header contradicts itself. The peer that sent
    /// them is then not at fault.
    #[must_use]
    pub fn proves_false_header(&self) -> bool {
        matches!(self, Self::FalseRows { .. } | Self::FalseCommitments { .. })
    }
}

/// The commitments of a block's rows in order, if these are the headers of its blobs in order.
///
/// Namespaces root, number of rows and commitments root must all follow from the blob headers. So the
/// matrix under the commitments root is made of exactly the blobs that namespace proofs show. The namespaces root is compared first: blob ids bind the commitments, so a list that it names
/// is the block's, and the rest of the header is true or false by it.
///
/// Cost: about four hashes a blob and two a row.
///
/// # Errors
/// [`BlobHeadersError`], which says whether the blob headers or the block's header is false.
pub fn verify_blob_headers(
    header: &BlockHeader,
    blobs: &[BlobHeader],
) -> Result<Vec<Commitment>, BlobHeadersError> {
    let (found, expected) = (namespaces_root(&entries(blobs)?), header.namespaces_root);
    if found != expected {
        return Err(BlobHeadersError::OtherBlobs { found, expected });
    }
    let commitments: Vec<Commitment> = blobs
        .iter()
        .flat_map(|blob| blob.commitments.iter().copied())
        .collect();
    let (found, expected) = (usize::from(header.rows), commitments.len());
    if found != expected {
        return Err(BlobHeadersError::FalseRows { found, expected });
    }
    let (found, expected) = (header.commitments_root, commitments_root(&commitments));
    if found != expected {
        return Err(BlobHeadersError::FalseCommitments { found, expected });
    }
    Ok(commitments)
}

/// What the namespaced tree says of blobs whose rows follow one another, in their order.
pub(super) fn entries<'a>(
    blobs: impl IntoIterator<Item = &'a BlobHeader>,
) -> Result<Vec<BlobEntry>, BlockError> {
    let mut first_row = 0u16;
    let mut total = 0;
    blobs
        .into_iter()
        .map(|blob| {
            total += blob.rows();
            let too_many = |_| BlockError::TooManyRows { rows: total };
            let end = u16::try_from(total).map_err(too_many)?;
            let entry = BlobEntry {
                namespace: blob.namespace,
                blob_id: blob.id(),
                first_row,
                rows: end - first_row,
            };
            first_row = end;
            Ok(entry)
        })
        .collect()
}
