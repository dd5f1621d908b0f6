//! Verification of a blob's columns against its header.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::algebra::{G1Affine, Scalar, msm, powers};
use crate::eip7594::{CellClaim, claims_hold};
use crate::points::decode_all;
use crate::verify_each::verify_each;
use crate::{
    Commitment, Digest, Input, MAX_BLOB_ROWS, NAMESPACE_BYTES, PointError, UnverifiedColumn,
    VerifiedColumn, VerifyError, threads,
};

use super::fold_cells;
use super::roots::{column_root, root_is_at};
use super::transcript::{batch_challenge, gamma};
use super::unverified::BlobBinding;

/// Verifies columns of one blob against its header, as a custodian does.
///
/// Make one for each blob; threads share it by reference.
#[derive(Debug)]
pub struct ColumnVerifier {
    blob: Arc<BlobBinding>,
    gamma: Scalar,
    /// gamma^0 .. gamma^(n-1).
    gamma_powers: Vec<Scalar>,
    /// C_0 .. C_(n-1).
    points: Vec<G1Affine>,
    /// sum gamma^i C_i, the commitment that every column's proof is against.
    ///
    /// Computed by the second check. The first check, which may be the only one, folds the commitments
    /// into its own sum, which is cheaper.
    folded: OnceLock<G1Affine>,
    used: AtomicBool,
}

/// A column with the right number of cells, under the columns root, whose proof is not verified.
struct Candidate {
    root: Digest,
    proof: G1Affine,
    column: UnverifiedColumn,
}

impl ColumnVerifier {
    /// A verifier for the columns of the blob with these commitments and this columns root.
    ///
    /// Cost: a point check for each row, 18 us with AVX-512 IFMA. The commitments are summed in the first
    /// check, and once more in the second.
    ///
    /// # Errors
    /// [`VerifyError::RowCount`] unless there are 1..=64 commitments;
    /// [`VerifyError::MalformedPoint`] naming a commitment that is off the curve or outside the
    /// subgroup. Fault: the peer that sent the header.
    pub fn new(
        namespace: &[u8; NAMESPACE_BYTES],
        commitments: &[Commitment],
        columns_root: Digest,
    ) -> Result<Self, VerifyError> {
        let found = commitments.len();
        if found == 0 || found > MAX_BLOB_ROWS {
            return Err(VerifyError::RowCount {
                found,
                max: MAX_BLOB_ROWS,
            });
        }
        let points = decode_all(Input::Commitment, commitments)?;
        let blob = BlobBinding {
            namespace: *namespace,
            commitments: commitments.to_vec(),
            columns_root,
        };
        let gamma = gamma(&blob);
        Ok(Self::with_gamma(blob, points, gamma))
    }

    /// gamma comes from the binding in every use but the tests' forgery.
    pub(super) fn with_gamma(blob: BlobBinding, points: Vec<G1Affine>, gamma: Scalar) -> Self {
        Self {
            blob: Arc::new(blob),
            gamma,
            gamma_powers: powers(gamma, points.len()),
            points,
            folded: OnceLock::new(),
            used: AtomicBool::new(false),
        }
    }

    /// Number of rows n of the blob, and so of cells in each column.
    pub fn rows(&self) -> usize {
        self.blob.commitments.len()
    }

    /// R, the root that the columns are verified under.
    pub fn columns_root(&self) -> Digest {
        self.blob.columns_root
    }

    /// Verifies one column: its path of 7 hashes, its proof's point, and the equation of section 3
    /// with two pairings. About 1.6 ms for 64 rows, 2 to 2.5 without AVX-512 IFMA.
    ///
    /// # Errors
    /// [`VerifyError::LengthMismatch`] for another number of cells than rows,
    /// [`VerifyError::NotUnderColumnsRoot`], [`VerifyError::MalformedPoint`] and
    /// [`VerifyError::InvalidProof`]. Fault: the peer.
    pub fn verify(&self, column: UnverifiedColumn) -> Result<VerifiedColumn, VerifyError> {
        let proof = G1Affine::decompress(&column.proof.into());
        let candidate = self.candidate(0, column, proof)?;
        self.check_together(std::slice::from_ref(&candidate))?;
        Ok(self.verified(candidate))
    }

    /// Verifies many columns at once: all or none, with two pairings in all.
    ///
    /// # Errors
    /// As [`ColumnVerifier::verify`]; `index` in a [`VerifyError::MalformedPoint`] is the column's
    /// position in the list. [`ColumnVerifier::verify_each`] says which proofs are bad.
    pub fn verify_batch(
        &self,
        columns: Vec<UnverifiedColumn>,
    ) -> Result<Vec<VerifiedColumn>, VerifyError> {
        let candidates = self
            .candidates(&columns)
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        self.check_together(&candidates)?;
        Ok(candidates
            .into_iter()
            .map(|candidate| self.verified(candidate))
            .collect())
    }

    /// Verifies many columns with a verdict for each, in their order: as a batch, and one by one if the
    /// batch fails.
    ///
    /// Cost if the batch fails: two pairings for each well-formed column.
    pub fn verify_each(
        &self,
        columns: Vec<UnverifiedColumn>,
    ) -> Vec<Result<VerifiedColumn, VerifyError>> {
        verify_each(self.candidates(&columns), |candidates| {
            self.check_together(candidates)
        })
        .into_iter()
        .map(|verdict| verdict.map(|candidate| self.verified(candidate)))
        .collect()
    }

    /// Validation and deserialisation of many columns, in their order.
    fn candidates(&self, columns: &[UnverifiedColumn]) -> Vec<Result<Candidate, VerifyError>> {
        let proofs: Vec<[u8; 48]> = columns.iter().map(|column| column.proof.into()).collect();
        let proofs = G1Affine::decompress_all(&proofs);
        let tasks: Vec<_> = columns.iter().zip(proofs).enumerate().collect();
        threads::map(&tasks, |(place, (column, proof))| {
            self.candidate(*place, (*column).clone(), *proof)
        })
    }

    /// Validation and deserialisation: shape, path, point.
    fn candidate(
        &self,
        place: usize,
        column: UnverifiedColumn,
        proof: Result<G1Affine, PointError>,
    ) -> Result<Candidate, VerifyError> {
        let (expected, len) = (self.rows(), column.column.cells.len());
        if len != expected {
            return Err(VerifyError::LengthMismatch {
                input: Input::Cell,
                len,
                expected,
            });
        }
        let root = column_root(&column.column.cells);
        let index = column.column.index;
        if !root_is_at(&root, index, &column.path, self.blob.columns_root) {
            return Err(VerifyError::NotUnderColumnsRoot { column: index });
        }
        let proof = proof.map_err(|source| VerifyError::MalformedPoint {
            input: Input::Proof,
            index: place,
            source,
        })?;
        Ok(Candidate {
            root,
            proof,
            column,
        })
    }

    /// Computation: the equation for a random combination of the columns, two pairings.
    fn check_together(&self, candidates: &[Candidate]) -> Result<(), VerifyError> {
        if candidates.is_empty() {
            return Ok(());
        }
        let weights = self.batch_weights(candidates);
        let claims = threads::map(candidates, |candidate| CellClaim {
            column: candidate.column.column.index,
            elements: fold_cells(&candidate.column.column.cells, &self.gamma_powers),
            proof: candidate.proof,
        });
        // Every claim is against the same commitment.
        let weight = weights.iter().copied().sum();
        let holds = if self.used.swap(true, Ordering::Relaxed) {
            let folded = self
                .folded
                .get_or_init(|| msm(&self.points, &self.gamma_powers).to_affine());
            claims_hold(&[*folded], &[weight], &claims, &weights)
        } else {
            let shares: Vec<Scalar> = self.gamma_powers.iter().map(|p| *p * weight).collect();
            claims_hold(&self.points, &shares, &claims, &weights)
        };
        if holds {
            Ok(())
        } else {
            Err(VerifyError::InvalidProof {
                proofs: candidates.len(),
            })
        }
    }

    /// The powers of the batch's challenge, or one for a single column.
    fn batch_weights(&self, candidates: &[Candidate]) -> Vec<Scalar> {
        if candidates.len() == 1 {
            return vec![Scalar::ONE];
        }
        let bound: Vec<_> = candidates
            .iter()
            .map(|c| (c.column.column.index, c.root, c.column.proof))
            .collect();
        powers(batch_challenge(&self.gamma, &bound), candidates.len())
    }

    /// Whether the column was verified for this verifier's blob.
    pub(super) fn verified_here(&self, column: &VerifiedColumn) -> bool {
        column.is_of(&self.blob)
    }

    fn verified(&self, candidate: Candidate) -> VerifiedColumn {
        VerifiedColumn::new(candidate.column, Arc::clone(&self.blob))
    }
}
