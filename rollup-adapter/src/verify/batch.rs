//! Batches: the bytes follow from the blob header and nothing else.

use bytes::Bytes;
use thiserror::Error;
use weft_chain::BlobHeader;
use weft_encoding::{
    Commitment, Digest, Fault, KzgProof, LayoutError, Row, blob_to_kzg_commitment, columns_root,
};

use super::VerifiedReceipt;
use crate::zk::{self, ZkError};

/// A batch that is the one its blob's header commits to, with the receipt that says so.
#[derive(Debug, Clone)]
pub struct VerifiedBatch {
    receipt: VerifiedReceipt,
    batch: Bytes,
}

impl VerifiedBatch {
    /// The batch's bytes.
    pub const fn batch(&self) -> &Bytes {
        &self.batch
    }

    /// The blob's receipt.
    pub const fn receipt(&self) -> &VerifiedReceipt {
        &self.receipt
    }

    /// The blob's receipt, without the bytes.
    pub fn into_receipt(self) -> VerifiedReceipt {
        self.receipt
    }

    /// The bytes, without a copy.
    pub fn into_batch(self) -> Bytes {
        self.batch
    }
}

/// Verifies that `batch` is what the receipt's blob header commits to: length, rows by the layout,
/// and every commitment.
///
/// Commitments are checked by the receipt's EIP-4844 proofs where it has them, else made anew. They
/// alone say what the batch is: a false columns root changes nothing of it.
///
/// Costs per row about a commitment, or an evaluation.
///
/// # Errors
///
/// [`BatchError`]. Fault: peer.
pub fn verify_batch(receipt: VerifiedReceipt, batch: Bytes) -> Result<VerifiedBatch, BatchError> {
    verify_content(receipt.header(), receipt.claimed_kzg_proofs(), &batch)?;
    Ok(VerifiedBatch { receipt, batch })
}

/// Verifies that the blob header's columns root is that of the batch, for whoever has posted it.
///
/// A false root changes nothing of the batch, and custodians repair the columns that it misnames. Until
/// they have, light clients miss those columns: a gateway that made it harms the poster's data.
///
/// Costs per row an extension and 256 KiB of SHA-256.
///
/// # Errors
///
/// [`BatchError::ColumnsRoot`]. Fault: peer.
pub fn verify_columns_root(batch: &VerifiedBatch) -> Result<(), BatchError> {
    let header = batch.receipt.header();
    let expected = columns_root(&header.layout.rows_from_batch(&batch.batch)?);
    if expected != header.columns_root {
        return Err(BatchError::ColumnsRoot {
            found: header.columns_root,
            expected,
        });
    }
    Ok(())
}

fn verify_content(
    header: &BlobHeader,
    proofs: Option<&[KzgProof]>,
    batch: &[u8],
) -> Result<(), BatchError> {
    if u64::try_from(batch.len()) != Ok(header.byte_len) {
        return Err(BatchError::Length {
            found: batch.len(),
            expected: header.byte_len,
        });
    }
    let rows = header.layout.rows_from_batch(batch)?;
    match proofs {
        Some(proofs) => zk::verify_rows(&rows, &header.commitments, proofs)?,
        None => verify_commitments(&rows, &header.commitments)?,
    }
    Ok(())
}

fn verify_commitments(rows: &[Row], commitments: &[Commitment]) -> Result<(), BatchError> {
    if rows.len() != commitments.len() {
        return Err(BatchError::Rows {
            found: rows.len(),
            expected: commitments.len(),
        });
    }
    let made = map(rows, blob_to_kzg_commitment);
    for (row, (expected, commitment)) in made.into_iter().zip(commitments).enumerate() {
        if expected != *commitment {
            return Err(BatchError::Commitment {
                row,
                found: *commitment,
                expected,
            });
        }
    }
    Ok(())
}

/// `function` of each row, in order, at the same time where there are threads.
fn map<T: Send>(rows: &[Row], function: impl Fn(&Row) -> T + Send + Sync) -> Vec<T> {
    #[cfg(feature = "parallel")]
    let mapped = {
        use rayon::prelude::*;
        rows.par_iter().map(function).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let mapped = rows.iter().map(function).collect();
    mapped
}

/// Why bytes are not a blob's batch.
#[derive(Debug, Error)]
pub enum BatchError {
    /// It has another length. Fault: peer.
    #[error("it has {found} bytes, the header says {expected}")]
    Length {
        /// Bytes that came.
        found: usize,
        /// Bytes that the header says.
        expected: u64,
    },
    /// The bytes do not fit the header's layout. Fault: peer.
    #[error("it does not fit the header's layout: {0}")]
    Layout(#[from] LayoutError),
    /// It has another number of rows. Fault: peer.
    #[error("it has {found} rows, the header {expected}")]
    Rows {
        /// Rows of the batch.
        found: usize,
        /// Rows of the header.
        expected: usize,
    },
    /// A row's commitment is not the header's. Fault: peer.
    #[error("the header commits to {found} as row {row}, the batch's is {expected}")]
    Commitment {
        /// The row.
        row: usize,
        /// The header's commitment.
        found: Commitment,
        /// The commitment made from the batch.
        expected: Commitment,
    },
    /// The rows do not verify by the receipt's EIP-4844 proofs. Fault: peer.
    #[error("its rows do not verify by the receipt's proofs: {0}")]
    Proofs(#[from] ZkError),
    /// The columns root is not the batch's. Fault: peer, the gateway that coded the batch.
    #[error("the header's columns root is {found}, the batch's is {expected}")]
    ColumnsRoot {
        /// The header's root.
        found: Digest,
        /// The root made from the batch.
        expected: Digest,
    },
    /// The namespace or layout is not what was posted. Fault: peer.
    #[error("its {field} is {found}, posted was {expected}")]
    Posted {
        /// What differs.
        field: &'static str,
        /// What the receipt says.
        found: String,
        /// What was posted.
        expected: String,
    },
}

impl BatchError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
