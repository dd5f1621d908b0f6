//! A block's blob headers: what binds the matrix that light clients sample to the blobs of the block.

use weft_encoding::{Commitment, Digest, Fault};

use super::{BlockError, BlockHeader};
use crate::commitments::commitments_root;
use crate::namespace_tree::namespaces_root;
use crate::{BlobEntry, BlobHeader};

/// Why blob headers are not those of a block (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobHeadersError {
    /// They have another number of rows.
    #[error("the blob headers have {found} rows, the block has {expected}")]
    Rows {
        /// Rows of the blob headers.
        found: usize,
        /// Rows of the block's header.
        expected: usize,
    },
    /// A root in the block's header is not that of the blob headers.
    #[error("the blob headers have {field} root {found}, the block has {expected}")]
    Root {
        /// Which root: commitments or namespaces.
        field: &'static str,
        /// Root of the blob headers.
        found: Digest,
        /// Root in the block's header.
        expected: Digest,
    },
    /// They are not the blobs of any block.
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl BlobHeadersError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// The commitments of a block's rows in order, if these are the headers of its blobs in order.
///
/// Number of rows, commitments root and namespaces root must all follow from the blob headers. So the
/// matrix under the commitments root is made of the blobs that namespace proofs show, and of nothing
/// else: a header that a dishonest quorum signed over the rows of other blobs has no such list.
///
/// Cost: about four hashes a blob and two a row.
///
/// # Errors
/// [`BlobHeadersError`] (fault: peer).
pub fn verify_blob_headers(
    header: &BlockHeader,
    blobs: &[BlobHeader],
) -> Result<Vec<Commitment>, BlobHeadersError> {
    let rows = blobs.iter().map(BlobHeader::rows).sum();
    let expected = usize::from(header.rows);
    if rows != expected {
        return Err(BlobHeadersError::Rows {
            found: rows,
            expected,
        });
    }
    let commitments: Vec<Commitment> = blobs
        .iter()
        .flat_map(|blob| blob.commitments.iter().copied())
        .collect();
    let roots = [
        (
            "commitments",
            commitments_root(&commitments),
            header.commitments_root,
        ),
        (
            "namespaces",
            namespaces_root(&entries(blobs)?),
            header.namespaces_root,
        ),
    ];
    for (field, found, expected) in roots {
        if found != expected {
            return Err(BlobHeadersError::Root {
                field,
                found,
                expected,
            });
        }
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
