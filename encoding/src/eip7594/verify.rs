//! Verification of cells against commitments, many at once.

use std::collections::HashMap;

use super::{challenge, coset};
use crate::algebra::{G1Affine, Scalar, msm, pairing_product_is_one, powers};
use crate::points::decode_all;
use crate::verify_error::require_length;
use crate::{
    COLUMNS, Cell, CellProof, ColumnIndex, Commitment, ELEMENTS_PER_CELL, Input, VerifyError,
    setup, threads,
};

/// Accepts if every cell is the one at its column of the row committed to.
///
/// `commitments`, `cell_indices`, `cells` and `proofs` have one entry for each cell; rows and
/// columns may repeat, in any order, and empty lists are accepted. Cost: two pairings, sums
/// over as many points as there are proofs and distinct commitments, and a subgroup check of each.
///
/// # Errors
/// [`VerifyError`], which tells a malformed input from an invalid proof. Fault: the peer.
///
/// Source: EIP-7594, `verify_cell_kzg_proof_batch`.
pub fn verify_cell_kzg_proof_batch(
    commitments: &[Commitment],
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
    proofs: &[CellProof],
) -> Result<(), VerifyError> {
    // Validation
    require_length(Input::Commitment, commitments.len(), cells.len())?;
    require_length(Input::Column, cell_indices.len(), cells.len())?;
    require_length(Input::Proof, proofs.len(), cells.len())?;
    if cells.is_empty() {
        return Ok(());
    }

    // Deserialisation
    let (distinct, rows) = deduplicate(commitments);
    let commitment_points = decode_all(Input::Commitment, &distinct)?;
    let proof_points = decode_all(Input::Proof, proofs)?;

    // Computation
    let random = challenge::batch_challenge(&distinct, &rows, cell_indices, cells, proofs);
    let weights = powers(random, cells.len());
    let mut row_weights = vec![Scalar::ZERO; distinct.len()];
    for (row, weight) in rows.iter().zip(&weights) {
        row_weights[*row] += *weight;
    }
    let claims: Vec<CellClaim> = cell_indices
        .iter()
        .zip(cells)
        .zip(proof_points)
        .map(|((column, cell), proof)| CellClaim {
            column: *column,
            elements: cell.elements(),
            proof,
        })
        .collect();
    if claims_hold(&commitment_points, &row_weights, &claims, &weights) {
        Ok(())
    } else {
        Err(VerifyError::InvalidProof {
            proofs: cells.len(),
        })
    }
}

/// The distinct commitments in the order of their first appearance, and the index of each
/// commitment among them.
fn deduplicate(commitments: &[Commitment]) -> (Vec<Commitment>, Vec<usize>) {
    let mut distinct = Vec::new();
    let mut places = HashMap::new();
    let indices = commitments
        .iter()
        .map(|commitment| {
            *places.entry(*commitment).or_insert_with(|| {
                distinct.push(*commitment);
                distinct.len() - 1
            })
        })
        .collect();
    (distinct, indices)
}

/// The claim that a cell opens some commitment: a row's, a parity row's, or that of a blob's rows
/// folded for a column proof.
#[derive(Debug)]
pub(crate) struct CellClaim {
    pub(crate) column: ColumnIndex,
    /// The cell, 64 elements.
    pub(crate) elements: Vec<Scalar>,
    /// A point that was checked to be in the subgroup.
    pub(crate) proof: G1Affine,
}

/// Whether a random linear combination of claims holds, with two pairings.
///
/// With weight `r_k` for claim `k`, its column `c_k`, its proof `pi_k` and the commitment `C_k` that
/// it is against, the equation is
///
/// ```text
/// e(sum_k r_k pi_k, [tau^64]_2)
///   = e(sum_k r_k C_k - [sum_k r_k I_k(tau)]_1 + sum_k r_k h_(c_k)^64 pi_k, [1]_2)
/// ```
///
/// The caller says what the commitments' sum is: `sum_k r_k C_k = sum_i s_i B_i` with the base commitments
/// `B_i` and the shares `s_i`, as the `C_k` are combinations of a few of those. It becomes part of one
/// sum. Cells of one column are added before they are interpolated. If the equation holds, and the weights could not be known when the
/// cells were made, every claim holds but with a probability of about the number of claims in 2^255.
///
/// Cost: 64 multiplications of scalars and two terms of sums in G1 for each claim, one term for each
/// base commitment, 64 terms, two pairings.
///
/// # Panics
/// If there is not one weight for each claim and one share for each base commitment, or a claim has
/// not 64 elements: a defect of the caller.
///
/// Source: "A universal verification equation for data availability sampling" (Ethereum Research,
/// 2022), which EIP-7594's `verify_cell_kzg_proof_batch` uses.
pub(crate) fn claims_hold(
    commitments: &[G1Affine],
    shares: &[Scalar],
    claims: &[CellClaim],
    weights: &[Scalar],
) -> bool {
    assert_eq!(claims.len(), weights.len(), "each claim has its weight");
    let setup = setup::verifier();
    let proofs: Vec<G1Affine> = claims.iter().map(|claim| claim.proof).collect();
    let shifted = claims
        .iter()
        .zip(weights)
        .map(|(claim, weight)| *weight * coset::vanishing_constant(claim.column));
    let (proof_sum, other) = threads::join(
        || msm(&proofs, weights),
        || {
            let mut scalars = negated_interpolation(claims, weights);
            scalars.extend(shifted);
            scalars.extend_from_slice(shares);
            msm(&[&setup.g1[..], &proofs, commitments].concat(), &scalars)
        },
    );
    pairing_product_is_one(&[
        ((-proof_sum).to_affine(), &setup.g2_tau_cell),
        (other.to_affine(), &setup.g2_one),
    ])
}

/// The 64 coefficients of `-sum_k r_k I_k(X)`.
fn negated_interpolation(claims: &[CellClaim], weights: &[Scalar]) -> Vec<Scalar> {
    let mut columns = [const { None }; COLUMNS];
    for (claim, weight) in claims.iter().zip(weights) {
        assert_eq!(
            claim.elements.len(),
            ELEMENTS_PER_CELL,
            "a cell has 64 elements"
        );
        let sum = columns[claim.column.get()].get_or_insert([Scalar::ZERO; ELEMENTS_PER_CELL]);
        for (sum, element) in sum.iter_mut().zip(&claim.elements) {
            *sum -= *weight * *element;
        }
    }
    let mut total = vec![Scalar::ZERO; ELEMENTS_PER_CELL];
    for (column, elements) in ColumnIndex::all().zip(&columns) {
        let Some(elements) = elements else {
            continue;
        };
        for (total, coefficient) in total.iter_mut().zip(coset::interpolate(column, elements)) {
            *total += coefficient;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::algebra::evaluate;
    use crate::eip7594::naive;
    use crate::{Fault, PointError, blob_to_kzg_commitment, compute_cells};

    /// Cells of two rows in mixed order, with naively made proofs.
    fn batch() -> (Vec<Commitment>, Vec<ColumnIndex>, Vec<Cell>, Vec<CellProof>) {
        let rows = [naive::random_row(61), naive::random_row(62)];
        let mut batch = (vec![], vec![], vec![], vec![]);
        for (row, column) in [(0, 0), (1, 77), (0, 127), (1, 0), (0, 0)] {
            let column = ColumnIndex::new(column).unwrap();
            let row: &crate::Row = &rows[row];
            batch.0.push(blob_to_kzg_commitment(row));
            batch.1.push(column);
            batch.2.push(compute_cells(row)[column.get()].clone());
            let proof = naive::cell_proof(&row.coefficients(), column);
            batch.3.push(CellProof::from_affine(&proof));
        }
        batch
    }

    #[test]
    fn honest_cells_pass_together_and_alone_and_no_cells_pass() {
        let (commitments, columns, cells, proofs) = batch();
        verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs).unwrap();
        for k in 0..cells.len() {
            let one = k..=k;
            verify_cell_kzg_proof_batch(
                &commitments[one.clone()],
                &columns[one.clone()],
                &cells[one.clone()],
                &proofs[one],
            )
            .unwrap();
        }
        verify_cell_kzg_proof_batch(&[], &[], &[], &[]).unwrap();
    }

    #[test]
    fn any_swap_or_change_is_an_invalid_proof() {
        let (commitments, columns, cells, proofs) = batch();
        let invalid = Err(VerifyError::InvalidProof { proofs: 5 });

        let mut changed = commitments.clone();
        changed.swap(0, 1);
        assert_eq!(
            verify_cell_kzg_proof_batch(&changed, &columns, &cells, &proofs),
            invalid
        );
        let mut changed = columns.clone();
        changed[2] = ColumnIndex::new(126).unwrap();
        assert_eq!(
            verify_cell_kzg_proof_batch(&commitments, &changed, &cells, &proofs),
            invalid
        );
        let mut changed = cells.clone();
        changed.swap(0, 3);
        assert_eq!(
            verify_cell_kzg_proof_batch(&commitments, &columns, &changed, &proofs),
            invalid
        );
        let mut elements = cells[4].elements();
        elements[63] += Scalar::ONE;
        let mut changed = cells.clone();
        changed[4] = Cell::from_elements(&elements);
        assert_eq!(
            verify_cell_kzg_proof_batch(&commitments, &columns, &changed, &proofs),
            invalid
        );
        let mut changed = proofs.clone();
        changed[1] = changed[0];
        assert_eq!(
            verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &changed),
            invalid
        );
    }

    #[test]
    fn malformed_input_is_told_from_an_invalid_proof() {
        let (commitments, columns, cells, proofs) = batch();
        assert_eq!(
            verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs[..4]),
            Err(VerifyError::LengthMismatch {
                input: Input::Proof,
                len: 4,
                expected: 5
            })
        );
        let mut outside = [0; 48];
        (outside[0], outside[47]) = (0x80, 4);
        let mut changed = proofs.clone();
        changed[3] = CellProof::from_bytes(outside);
        let error =
            verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &changed).unwrap_err();
        assert_eq!(
            error,
            VerifyError::MalformedPoint {
                input: Input::Proof,
                index: 3,
                source: PointError::NotInSubgroup
            }
        );
        assert_eq!(error.fault(), Fault::Peer);
    }

    #[test]
    fn the_combined_interpolation_is_the_sum_of_the_single_ones() {
        let (_, columns, cells, _) = batch();
        let claims: Vec<CellClaim> = columns
            .iter()
            .zip(&cells)
            .map(|(column, cell)| CellClaim {
                column: *column,
                elements: cell.elements(),
                proof: G1Affine::infinity(),
            })
            .collect();
        let weights = powers(Scalar::from_u64(12_345), claims.len());
        let x = Scalar::from_u64(678);
        let expected = claims.iter().zip(&weights).map(|(claim, weight)| {
            let elements = claim.elements.as_slice().try_into().unwrap();
            let coefficients = coset::interpolate(claim.column, elements);
            *weight * evaluate(&coefficients, x)
        });
        let combined = evaluate(&negated_interpolation(&claims, &weights), x);
        assert_eq!(combined, -expected.sum::<Scalar>());
    }
}
