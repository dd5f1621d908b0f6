//! The vertical map on G1: commitments and cell proofs of the parity rows.

use crate::algebra::{extend_points, msm};
use crate::points::decode_all;
use crate::{CellProof, Commitment, Input, VerifyError};

use super::Weights;

/// Commitments of the n parity rows, from those of the n originals.
///
/// Equal to committing to the parity rows, because KZG is linear. Cost: n point checks of about
/// 0.1 ms and 1.5 n (n - 1) complete additions in G1, 1 to 2 ms of them for n = 64.
///
/// # Errors
/// [`VerifyError`] naming the first commitment that is off the curve or outside the subgroup. Fault:
/// the peer.
pub fn parity_commitments(commitments: &[Commitment]) -> Result<Vec<Commitment>, VerifyError> {
    let points = decode_all(Input::Commitment, commitments)?;
    Ok(extend_points(&points)
        .iter()
        .map(Commitment::from_affine)
        .collect())
}

/// Cell proofs of a column's n parity cells, from those of its n originals.
///
/// Equal to FK20 on the parity rows. Cost: as [`parity_commitments`].
///
/// # Errors
/// [`VerifyError`] naming the first proof that is off the curve or outside the subgroup. Fault: the
/// peer.
pub fn parity_cell_proofs(proofs: &[CellProof]) -> Result<Vec<CellProof>, VerifyError> {
    let points = decode_all(Input::Proof, proofs)?;
    Ok(extend_points(&points)
        .iter()
        .map(CellProof::from_affine)
        .collect())
}

/// Proof of one parity cell: row `row` of the extended column, n <= row < 2n.
///
/// Cost: n point checks and one n-point multi-scalar multiplication with Lagrange weights.
///
/// # Errors
/// [`VerifyError`] for a point as [`parity_cell_proofs`] (the peer's fault), or
/// [`VerifyError::RowOutside`] for a row that is not a parity row.
pub fn parity_cell_proof(proofs: &[CellProof], row: usize) -> Result<CellProof, VerifyError> {
    let n = proofs.len();
    if !(n..2 * n).contains(&row) {
        return Err(VerifyError::RowOutside { row, rows: 2 * n });
    }
    let points = decode_all(Input::Proof, proofs)?;
    Ok(CellProof::from_point(&msm(
        &points,
        &Weights::on_first(n).at(row),
    )))
}
