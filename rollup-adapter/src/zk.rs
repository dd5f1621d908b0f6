//! The prover's part (feature `zk`): the rows of a batch against their commitments, by EIP-4844 blob
//! proofs and `kzg-rs`.
//!
//! A ZK rollup proves that its public input commits to a batch by calling [`verify_rows`] in its
//! prover, with the proofs of a receipt. `kzg-rs` runs inside a zkVM, where evaluating a row at one
//! random point is much cheaper than committing to it.
//!
//! A prover shows in the same way that a blob holds no batch: [`verify_rows`] of one row and its
//! commitment, and [`weft_encoding::Layout::check_row`], which refuses the row.
//! [`weft_encoding::compute_blob_kzg_proof`] makes that row's proof.
//!
//! Source: EIP-4844, `verify_blob_kzg_proof_batch`.

use kzg_rs::{Blob, Bytes48, EnvKzgSettings, KzgProof as KzgRs};
use thiserror::Error;
use weft_encoding::{Commitment, Fault, KzgProof, ROW_BYTES, Row};

/// Verifies that each commitment is the commitment to its row.
///
/// Costs two pairings in all, and a SHA-256 over 128 KiB and an evaluation of 4,096 scalars a row.
///
/// # Errors
///
/// [`ZkError`], which names the row. Fault: peer.
///
/// ```
/// use weft_encoding::{Layout, blob_to_kzg_commitment, compute_blob_kzg_proof};
/// use weft_rollup_adapter::zk::verify_rows;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rows = Layout::Packed.rows_from_batch(b"a batch")?;
/// let commitments: Vec<_> = rows.iter().map(blob_to_kzg_commitment).collect();
/// let proofs = rows
///     .iter()
///     .zip(&commitments)
///     .map(|(row, commitment)| compute_blob_kzg_proof(row, commitment))
///     .collect::<Result<Vec<_>, _>>()?;
/// verify_rows(&rows, &commitments, &proofs)?;
/// # Ok(())
/// # }
/// ```
pub fn verify_rows(
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[KzgProof],
) -> Result<(), ZkError> {
    if rows.len() != commitments.len() || rows.len() != proofs.len() {
        return Err(ZkError::Lengths {
            rows: rows.len(),
            commitments: commitments.len(),
            proofs: proofs.len(),
        });
    }
    if verify(rows, commitments, proofs) == Ok(true) {
        return Ok(());
    }
    for (row, ((bytes, commitment), proof)) in rows.iter().zip(commitments).zip(proofs).enumerate()
    {
        match verify(
            std::slice::from_ref(bytes),
            std::slice::from_ref(commitment),
            std::slice::from_ref(proof),
        ) {
            Ok(true) => {}
            Ok(false) => return Err(ZkError::InvalidProof { row }),
            Err(Malformed) => return Err(ZkError::Malformed { row }),
        }
    }
    // Every row verifies alone and the batch does not: refused as well.
    Err(ZkError::Batch)
}

/// A commitment or proof that is not a point of the subgroup. `kzg-rs` does not say which.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

fn verify(
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[KzgProof],
) -> Result<bool, Malformed> {
    // A loop, because values of 128 KiB that move through iterator adapters overflow small stacks.
    let mut blobs = Vec::with_capacity(rows.len());
    for row in rows {
        let mut blob = Blob([0; ROW_BYTES]);
        blob.0.copy_from_slice(row.as_bytes());
        blobs.push(blob);
    }
    KzgRs::verify_blob_kzg_proof_batch(
        blobs,
        commitments
            .iter()
            .map(|point| Bytes48(*point.as_bytes()))
            .collect(),
        proofs
            .iter()
            .map(|point| Bytes48(*point.as_bytes()))
            .collect(),
        EnvKzgSettings::default().get(),
    )
    .map_err(|_| Malformed)
}

/// Why rows do not verify against their commitments.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ZkError {
    /// The lists differ in length. Fault: peer.
    #[error("{rows} rows, {commitments} commitments and {proofs} proofs")]
    Lengths {
        /// Number of rows.
        rows: usize,
        /// Number of commitments.
        commitments: usize,
        /// Number of proofs.
        proofs: usize,
    },
    /// A row's commitment or proof is off the curve or outside the subgroup. Fault: peer.
    #[error("the commitment or the proof of row {row} is not a point of the subgroup")]
    Malformed {
        /// The row.
        row: usize,
    },
    /// A commitment is not its row's. Fault: peer.
    #[error("row {row} does not verify against its commitment")]
    InvalidProof {
        /// The row.
        row: usize,
    },
    /// The rows do not verify together. Fault: peer.
    #[error("the rows do not verify together")]
    Batch,
}

impl ZkError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
