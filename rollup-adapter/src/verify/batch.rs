//! Batches: the blob header commits to their bytes.

use bytes::Bytes;
use thiserror::Error;
use weft_chain::BlobHeader;
use weft_encoding::{
    Commitment, Digest, Fault, KzgProof, LayoutError, Row, VerifyError, blob_to_kzg_commitment,
    columns_root, verify_blob_kzg_proof, verify_blob_kzg_proof_batch,
};

use super::VerifiedReceipt;

/// The batch that a blob's header commits to, with the blob's receipt.
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

/// Verifies that the receipt's blob header commits to `batch`: its length, and the commitment to each
/// of its rows.
///
/// The rows are checked by the receipt's EIP-4844 proofs if it has them, else their commitments are
/// computed. The commitments alone define the batch; the columns root does not.
///
/// Costs for each row a SHA-256 and a transform of 4,096 scalars with proofs, else a commitment.
///
/// # Errors
///
/// [`BatchError`]. Fault: peer.
pub fn verify_batch(receipt: VerifiedReceipt, batch: Bytes) -> Result<VerifiedBatch, BatchError> {
    verify_content(receipt.header(), receipt.claimed_kzg_proofs(), &batch)?;
    Ok(VerifiedBatch { receipt, batch })
}

/// Verifies that the blob header's columns root is that of the batch, for the poster of the batch.
///
/// A false root does not change the batch, and custodians repair the columns that it misnames. Until
/// then light clients miss those columns, so a gateway that made a false root harms the poster's data.
///
/// Costs for each row the extension to 128 cells and a SHA-256 over 256 KiB.
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
    if rows.len() != header.commitments.len() {
        return Err(BatchError::Rows {
            found: rows.len(),
            expected: header.commitments.len(),
        });
    }
    match proofs {
        Some(proofs) => verify_proofs(&rows, &header.commitments, proofs)?,
        None => verify_commitments(&rows, &header.commitments)?,
    }
    Ok(())
}

/// Verifies all rows together, and names the first that fails alone.
fn verify_proofs(
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[KzgProof],
) -> Result<(), BatchError> {
    let Err(together) = verify_blob_kzg_proof_batch(rows, commitments, proofs) else {
        return Ok(());
    };
    for (row, ((content, commitment), proof)) in
        rows.iter().zip(commitments).zip(proofs).enumerate()
    {
        verify_blob_kzg_proof(content, commitment, proof)
            .map_err(|source| BatchError::Proof { row, source })?;
    }
    Err(BatchError::Proofs(together))
}

fn verify_commitments(rows: &[Row], commitments: &[Commitment]) -> Result<(), BatchError> {
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

/// `function` of each row, in order; in parallel with the feature `parallel`.
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

/// Why bytes are not the batch of a blob.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The batch does not have the header's length. Fault: peer.
    #[error("the batch has {found} bytes, the header {expected}")]
    Length {
        /// Bytes of the batch.
        found: usize,
        /// Bytes by the header.
        expected: u64,
    },
    /// The batch does not fit the header's layout. Fault: peer.
    #[error("the batch does not fit the header's layout: {0}")]
    Layout(#[from] LayoutError),
    /// The batch does not have the header's number of rows. Fault: peer.
    #[error("the batch has {found} rows, the header {expected}")]
    Rows {
        /// Rows of the batch.
        found: usize,
        /// Rows of the header.
        expected: usize,
    },
    /// A row's commitment is not the header's. Fault: peer.
    #[error("the header has commitment {found} for row {row}, the batch {expected}")]
    Commitment {
        /// The row.
        row: usize,
        /// The header's commitment.
        found: Commitment,
        /// The commitment computed from the batch.
        expected: Commitment,
    },
    /// A row does not verify by the receipt's EIP-4844 proof. Fault: peer.
    #[error("row {row} does not verify by the receipt's EIP-4844 proof: {source}")]
    Proof {
        /// The row.
        row: usize,
        /// What does not hold.
        source: VerifyError,
    },
    /// The rows do not verify together by the receipt's EIP-4844 proofs. Fault: peer.
    #[error("the rows do not verify together by the receipt's EIP-4844 proofs: {0}")]
    Proofs(#[source] VerifyError),
    /// The columns root is not the batch's. Fault: peer, the gateway that coded the batch.
    #[error("the header has columns root {found}, the batch {expected}")]
    ColumnsRoot {
        /// The header's root.
        found: Digest,
        /// The root computed from the batch.
        expected: Digest,
    },
    /// The receipt's namespace or layout is not that of the post. Fault: peer.
    #[error("the receipt has {field} {found}, the post {expected}")]
    Posted {
        /// The field: `namespace` or `layout`.
        field: &'static str,
        /// The receipt's value.
        found: String,
        /// The post's value.
        expected: String,
    },
}

impl BatchError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
