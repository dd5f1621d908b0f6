//! The rows of a batch against their commitments, by EIP-4844 blob proofs and `kzg-rs`.
//!
//! `kzg-rs` is written apart from `weft-encoding`, and runs inside a zkVM: a ZK rollup that must
//! show that its public input commits to a batch calls [`verify_rows`] in its prover, with the
//! proofs that a receipt carries. Opening a row at one random point is also cheaper than
//! committing to it anew.
//!
//! That a blob holds no batch is shown in a prover in the same way: [`verify_rows`] of the one row
//! and its commitment, and [`weft_encoding::Layout::check_row`], which refuses it. Nobody else has to
//! have made the row's proof: [`weft_encoding::compute_blob_kzg_proof`] makes it.
//!
//! Source: EIP-4844, `verify_blob_kzg_proof_batch`.

use kzg_rs::{Blob, Bytes48, EnvKzgSettings, KzgProof as KzgRs};
use thiserror::Error;
use weft_encoding::{Commitment, Fault, KzgProof, ROW_BYTES, Row};

/// Checks that every row is the one that its commitment commits to.
///
/// Costs two pairings for all, and a hash and 4,096 multiplications a row.
///
/// # Errors
///
/// [`ZkError`], which names the row. Fault: peer.
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
    // Every row verifies alone and the batch does not: a false batch is refused all the same.
    Err(ZkError::Batch)
}

/// A commitment or proof that is not a point of the subgroup. Which, `kzg-rs` does not say.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

fn verify(
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[KzgProof],
) -> Result<bool, Malformed> {
    // Filled in place: moved through iterator adapters, values of 128 KiB overflow small stacks.
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

/// Why rows do not verify by their proofs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ZkError {
    /// There is not one commitment and one proof a row. Fault: peer.
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
    /// A row is not what its commitment commits to. Fault: peer.
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
