//! Verification of cells anywhere in an extended matrix, against its n original commitments.

use std::sync::Arc;

use crate::algebra::{G1Affine, Scalar, extend_points, powers};
use crate::eip7594::{CellClaim, claims_hold};
use crate::hash_to_scalar::hash_to_scalar;
use crate::points::decode_all;
use crate::verify_each::verify_each;
use crate::vertical::Weights;
use crate::{Commitment, Input, MAX_BLOCK_ROWS, UnverifiedCell, VerifiedCell, VerifyError};

/// Domain tag of the challenge that combines a batch of cells.
const BATCH_TAG: &[u8] = b"WEFT-V1-CELL-BATCH";

/// The checked commitments of a matrix of n rows, of a blob or of a block.
#[derive(Debug)]
pub struct MatrixCommitments {
    commitments: Arc<[Commitment]>,
    points: Vec<G1Affine>,
    /// Lagrange weights on the n original rows.
    vertical: Weights,
}

impl MatrixCommitments {
    /// Checks that every commitment is a point of the subgroup, about 0.1 ms for each.
    ///
    /// # Errors
    /// [`VerifyError::RowCount`] unless there are 1..=256 commitments;
    /// [`VerifyError::MalformedPoint`] naming the first that is not a point of the subgroup. Fault: the
    /// peer that sent them.
    pub fn new(commitments: &[Commitment]) -> Result<Self, VerifyError> {
        let found = commitments.len();
        if found == 0 || found > MAX_BLOCK_ROWS {
            return Err(VerifyError::RowCount {
                found,
                max: MAX_BLOCK_ROWS,
            });
        }
        let points = decode_all(Input::Commitment, commitments)?;
        Ok(Self {
            commitments: commitments.into(),
            points,
            vertical: Weights::on_first(found),
        })
    }

    /// Number n of original rows; the extended matrix has 2n.
    pub fn rows(&self) -> usize {
        self.points.len()
    }

    /// Commitments of the original rows, in order.
    pub fn original(&self) -> &[Commitment] {
        &self.commitments
    }

    /// Commitments of the n parity rows, by 1.5 n (n - 1) additions in G1.
    pub fn parity(&self) -> Vec<Commitment> {
        extend_points(&self.points)
            .iter()
            .map(Commitment::from_affine)
            .collect()
    }

    /// Verifies any mix of original and parity cells at once: all or none.
    ///
    /// No parity commitment is derived: the random powers are folded into weights on the n originals.
    /// Cost: a point check for each cell, n multiplications in the scalar field for each distinct
    /// parity row, one n-point multi-scalar multiplication, two pairings. The challenge binds the
    /// matrix and every cell, coordinate and proof.
    ///
    /// # Errors
    /// [`VerifyError::RowOutside`], [`VerifyError::MalformedPoint`] (`index` is the cell's position
    /// in the list) and [`VerifyError::InvalidProof`]. Fault: the peer.
    /// [`MatrixCommitments::verify_each`] says which proofs are bad. Source: the design, section 2,
    /// and EIP-7594's universal verification equation.
    pub fn verify_cells(
        &self,
        cells: Vec<UnverifiedCell>,
    ) -> Result<Vec<VerifiedCell>, VerifyError> {
        let candidates = self
            .candidates(cells)
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        self.check_together(&candidates)?;
        Ok(candidates
            .into_iter()
            .map(|candidate| self.verified(candidate))
            .collect())
    }

    /// Verifies many cells with a verdict for each, in their order: as a batch, and one by one if the
    /// batch fails.
    ///
    /// Cost if the batch fails: two pairings for each well-formed cell.
    pub fn verify_each(
        &self,
        cells: Vec<UnverifiedCell>,
    ) -> Vec<Result<VerifiedCell, VerifyError>> {
        verify_each(self.candidates(cells), |candidates| {
            self.check_together(candidates)
        })
        .into_iter()
        .map(|verdict| verdict.map(|candidate| self.verified(candidate)))
        .collect()
    }

    /// Validation and deserialisation: coordinates and points, in the cells' order.
    fn candidates(&self, cells: Vec<UnverifiedCell>) -> Vec<Result<Candidate, VerifyError>> {
        let rows = 2 * self.rows();
        let proofs: Vec<[u8; 48]> = cells.iter().map(|cell| cell.proof.into()).collect();
        G1Affine::decompress_all(&proofs)
            .into_iter()
            .zip(cells)
            .enumerate()
            .map(|(index, (proof, cell))| {
                let row = cell.coord.row.get();
                if row >= rows {
                    return Err(VerifyError::RowOutside { row, rows });
                }
                let proof = proof.map_err(|source| VerifyError::MalformedPoint {
                    input: Input::Proof,
                    index,
                    source,
                })?;
                Ok(Candidate { proof, cell })
            })
            .collect()
    }

    /// Computation: the equation for a random combination of the cells, two pairings.
    fn check_together(&self, candidates: &[Candidate]) -> Result<(), VerifyError> {
        if candidates.is_empty() {
            return Ok(());
        }
        let weights = self.batch_weights(candidates.iter().map(|candidate| &candidate.cell));
        let shares = self.fold_on_originals(candidates, &weights);
        let claims: Vec<CellClaim> = candidates
            .iter()
            .map(|Candidate { proof, cell }| CellClaim {
                column: cell.coord.column,
                elements: cell.cell.elements(),
                proof: *proof,
            })
            .collect();
        if claims_hold(&self.points, &shares, &claims, &weights) {
            Ok(())
        } else {
            Err(VerifyError::InvalidProof {
                proofs: candidates.len(),
            })
        }
    }

    /// Weights w with `sum_i w_i C_i` the weighted sum of the candidates' commitments: a parity
    /// row's weight spreads over the originals as the vertical map does.
    fn fold_on_originals(&self, candidates: &[Candidate], weights: &[Scalar]) -> Vec<Scalar> {
        let n = self.rows();
        let mut by_row = vec![Scalar::ZERO; 2 * n];
        for (candidate, weight) in candidates.iter().zip(weights) {
            by_row[candidate.cell.coord.row.get()] += *weight;
        }
        let parity = by_row.split_off(n);
        let mut folded = by_row;
        for (row, weight) in (n..).zip(parity).filter(|(_, weight)| !weight.is_zero()) {
            for (folded, vertical) in folded.iter_mut().zip(self.vertical.at(row)) {
                *folded += weight * vertical;
            }
        }
        folded
    }

    /// Powers of a challenge that binds everything that is checked, or one for a single cell.
    ///
    /// ```text
    ///   8     n, big-endian
    ///   48 n  commitments
    ///   8     k, the number of cells, big-endian
    ///   k x   8 row | 8 column, big-endian | 32 cell hash | 48 cell proof
    /// ```
    pub(super) fn batch_weights<'a>(
        &self,
        cells: impl ExactSizeIterator<Item = &'a UnverifiedCell>,
    ) -> Vec<Scalar> {
        let count = cells.len();
        if count == 1 {
            return vec![Scalar::ONE];
        }
        let mut message = Vec::with_capacity(16 + 48 * self.rows() + 96 * count);
        message.extend_from_slice(&(self.rows() as u64).to_be_bytes());
        for commitment in self.commitments.iter() {
            message.extend_from_slice(commitment.as_bytes());
        }
        message.extend_from_slice(&(count as u64).to_be_bytes());
        for UnverifiedCell { coord, cell, proof } in cells {
            message.extend_from_slice(&(coord.row.get() as u64).to_be_bytes());
            message.extend_from_slice(&(coord.column.get() as u64).to_be_bytes());
            message.extend_from_slice(cell.hash().as_bytes());
            message.extend_from_slice(proof.as_bytes());
        }
        powers(hash_to_scalar(BATCH_TAG, &message), count)
    }

    fn verified(&self, candidate: Candidate) -> VerifiedCell {
        VerifiedCell::new(candidate.cell, Arc::clone(&self.commitments))
    }
}

/// A cell with a coordinate in the matrix, whose proof is not verified.
struct Candidate {
    proof: G1Affine,
    cell: UnverifiedCell,
}
