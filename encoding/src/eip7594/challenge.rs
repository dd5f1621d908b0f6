//! The Fiat-Shamir challenge of a batch of cells.

use sha2::{Digest as _, Sha256};

use crate::algebra::Scalar;
use crate::verify_error::require_length;
use crate::{
    Cell, CellProof, ColumnIndex, Commitment, ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, Input,
    VerifyError,
};

const RANDOM_CHALLENGE_KZG_CELL_BATCH_DOMAIN: &[u8; 16] = b"RCKZGCBATCH__V1_";

/// The random scalar, 32 big-endian bytes, whose powers combine a batch of cells.
///
/// `commitments` are distinct; `commitment_indices`, `cell_indices`, `cells` and `proofs` have one
/// entry for each cell. Cost: one SHA-256 over all of it.
///
/// # Errors
/// [`VerifyError::LengthMismatch`] if the four lists differ in length. Fault: the peer.
///
/// Source: EIP-7594, `compute_verify_cell_kzg_proof_batch_challenge`.
pub fn compute_verify_cell_kzg_proof_batch_challenge(
    commitments: &[Commitment],
    commitment_indices: &[usize],
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
    proofs: &[CellProof],
) -> Result<[u8; 32], VerifyError> {
    require_length(
        Input::Commitment,
        commitment_indices.len(),
        cell_indices.len(),
    )?;
    require_length(Input::Cell, cells.len(), cell_indices.len())?;
    require_length(Input::Proof, proofs.len(), cell_indices.len())?;
    Ok(batch_challenge(commitments, commitment_indices, cell_indices, cells, proofs).to_bytes_be())
}

/// As above, for lists of the same length.
pub(super) fn batch_challenge(
    commitments: &[Commitment],
    commitment_indices: &[usize],
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
    proofs: &[CellProof],
) -> Scalar {
    let mut hasher = Sha256::new();
    hasher.update(RANDOM_CHALLENGE_KZG_CELL_BATCH_DOMAIN);
    hasher.update(integer(ELEMENTS_PER_ROW));
    hasher.update(integer(ELEMENTS_PER_CELL));
    hasher.update(integer(commitments.len()));
    hasher.update(integer(cell_indices.len()));
    for commitment in commitments {
        hasher.update(commitment.as_bytes());
    }
    for (((row, column), cell), proof) in commitment_indices
        .iter()
        .zip(cell_indices)
        .zip(cells)
        .zip(proofs)
    {
        hasher.update(integer(*row));
        hasher.update(integer(column.get()));
        hasher.update(cell.as_bytes());
        hasher.update(proof.as_bytes());
    }
    Scalar::from_bytes_be_reduced(&hasher.finalize())
}

/// Eight big-endian bytes.
fn integer(value: usize) -> [u8; 8] {
    (value as u64).to_be_bytes()
}
