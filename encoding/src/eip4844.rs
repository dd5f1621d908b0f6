//! Commitments to rows and proofs of single evaluations, under the names of EIP-4844.
//!
//! A row's 4096 elements are the values of its polynomial `f` on the 4096th roots of unity in
//! bit-reversed order. All of this module works on the coefficients of `f`, which one inverse
//! transform gives. The results equal those of the setup's Lagrange form, which is not needed.
//!
//! Source: EIP-4844 and the consensus specification `deneb/polynomial-commitments`.

use sha2::{Digest as _, Sha256};

use crate::algebra::{
    G1, G1Affine, PointError, Scalar, divide_by_linear, evaluate, msm, pairing_product_is_one,
    powers,
};
use crate::points::decode_all;
use crate::verify_error::require_length;
use crate::{
    Commitment, ELEMENTS_PER_ROW, Fault, Input, KzgProof, Row, VerifyError, setup, threads,
};

const FIAT_SHAMIR_PROTOCOL_DOMAIN: &[u8; 16] = b"FSBLOBVERIFY_V1_";
const RANDOM_CHALLENGE_KZG_BATCH_DOMAIN: &[u8; 16] = b"RCKZGBATCH___V1_";

/// Why a proof cannot be made. Fault: the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// The evaluation point is not below the field's modulus.
    #[error("the evaluation point is not below the field's modulus")]
    NonCanonicalPoint,
    /// The commitment is not a point of the subgroup.
    #[error("the commitment is malformed")]
    MalformedCommitment(#[source] PointError),
}

impl OpeningError {
    /// Whose fault this is: the caller's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// The KZG commitment to a row.
///
/// Cost: one sum over 4096 points. Source: EIP-4844, `blob_to_kzg_commitment`.
pub fn blob_to_kzg_commitment(row: &Row) -> Commitment {
    Commitment::from_point(&commit(&row.coefficients()))
}

/// A proof of the value of a row's polynomial at `z`, and that value; integers are 32 big-endian
/// bytes.
///
/// Cost: one sum over 4095 points.
///
/// # Errors
/// [`OpeningError::NonCanonicalPoint`]. Fault: the caller.
///
/// Source: EIP-4844, `compute_kzg_proof`.
pub fn compute_kzg_proof(row: &Row, z: &[u8; 32]) -> Result<(KzgProof, [u8; 32]), OpeningError> {
    let z = Scalar::from_bytes_be(z).ok_or(OpeningError::NonCanonicalPoint)?;
    let (proof, value) = open(&row.coefficients(), z);
    Ok((proof, value.to_bytes_be()))
}

/// The proof that a commitment is a row's: of the value at the challenge of both.
///
/// Cost: one sum over 4095 points. Does not check that the commitment is the row's.
///
/// # Errors
/// [`OpeningError::MalformedCommitment`]. Fault: the caller.
///
/// Source: EIP-4844, `compute_blob_kzg_proof`.
pub fn compute_blob_kzg_proof(
    row: &Row,
    commitment: &Commitment,
) -> Result<KzgProof, OpeningError> {
    commitment
        .to_point()
        .map_err(OpeningError::MalformedCommitment)?;
    Ok(open(&row.coefficients(), challenge(row, commitment)).0)
}

/// Accepts if the polynomial committed to has the value `y` at `z`; integers are 32 big-endian
/// bytes.
///
/// Cost: two pairings.
///
/// # Errors
/// [`VerifyError`], which tells a malformed input from an invalid proof. Fault: the peer.
///
/// Source: EIP-4844, `verify_kzg_proof`.
pub fn verify_kzg_proof(
    commitment: &Commitment,
    z: &[u8; 32],
    y: &[u8; 32],
    proof: &KzgProof,
) -> Result<(), VerifyError> {
    // Deserialisation
    let commitments = decode_all(Input::Commitment, &[*commitment])?;
    let z = Scalar::from_bytes_be(z).ok_or(VerifyError::NonCanonical {
        input: Input::EvaluationPoint,
    })?;
    let y = Scalar::from_bytes_be(y).ok_or(VerifyError::NonCanonical {
        input: Input::EvaluationValue,
    })?;
    let proofs = decode_all(Input::Proof, &[*proof])?;

    // Computation
    openings_hold(&commitments, &[(z, y)], &proofs, &[Scalar::ONE])
}

/// Accepts if the commitment is the row's.
///
/// Cost: a transform of 4096 scalars and two pairings.
///
/// # Errors
/// As [`verify_kzg_proof`].
///
/// Source: EIP-4844, `verify_blob_kzg_proof`.
pub fn verify_blob_kzg_proof(
    row: &Row,
    commitment: &Commitment,
    proof: &KzgProof,
) -> Result<(), VerifyError> {
    let commitments = decode_all(Input::Commitment, &[*commitment])?;
    let proofs = decode_all(Input::Proof, &[*proof])?;
    openings_hold(
        &commitments,
        &[evaluation(row, commitment)],
        &proofs,
        &[Scalar::ONE],
    )
}

/// Accepts if each commitment is that of the row with the same index; accepts empty lists.
///
/// Cost: a transform of 4096 scalars for each row, and two pairings in all.
///
/// # Errors
/// As [`verify_kzg_proof`], and [`VerifyError::LengthMismatch`].
///
/// Source: EIP-4844, `verify_blob_kzg_proof_batch`.
pub fn verify_blob_kzg_proof_batch(
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[KzgProof],
) -> Result<(), VerifyError> {
    // Validation
    require_length(Input::Commitment, commitments.len(), rows.len())?;
    require_length(Input::Proof, proofs.len(), rows.len())?;
    if rows.is_empty() {
        return Ok(());
    }

    // Deserialisation
    let commitment_points = decode_all(Input::Commitment, commitments)?;
    let proof_points = decode_all(Input::Proof, proofs)?;

    // Computation
    let pairs: Vec<(&Row, &Commitment)> = rows.iter().zip(commitments).collect();
    let evaluations = threads::map(&pairs, |(row, commitment)| evaluation(row, commitment));
    let random = batch_challenge(commitments, &evaluations, proofs);
    let weights = powers(random, rows.len());
    openings_hold(&commitment_points, &evaluations, &proof_points, &weights)
}

/// The point at which a row's commitment is checked, 32 big-endian bytes.
///
/// Cost: one SHA-256 over the row. Source: EIP-4844, `compute_challenge`.
pub fn compute_challenge(row: &Row, commitment: &Commitment) -> [u8; 32] {
    challenge(row, commitment).to_bytes_be()
}

fn challenge(row: &Row, commitment: &Commitment) -> Scalar {
    let hash = Sha256::new()
        .chain_update(FIAT_SHAMIR_PROTOCOL_DOMAIN)
        .chain_update((ELEMENTS_PER_ROW as u128).to_be_bytes())
        .chain_update(row.as_bytes())
        .chain_update(commitment.as_bytes())
        .finalize();
    Scalar::from_bytes_be_reduced(&hash)
}

/// The challenge that combines openings: `r` of the specification's `verify_kzg_proof_batch`.
fn batch_challenge(
    commitments: &[Commitment],
    evaluations: &[(Scalar, Scalar)],
    proofs: &[KzgProof],
) -> Scalar {
    let mut hasher = Sha256::new();
    hasher.update(RANDOM_CHALLENGE_KZG_BATCH_DOMAIN);
    hasher.update((ELEMENTS_PER_ROW as u64).to_be_bytes());
    hasher.update((commitments.len() as u64).to_be_bytes());
    for ((commitment, (z, y)), proof) in commitments.iter().zip(evaluations).zip(proofs) {
        hasher.update(commitment.as_bytes());
        hasher.update(z.to_bytes_be());
        hasher.update(y.to_bytes_be());
        hasher.update(proof.as_bytes());
    }
    Scalar::from_bytes_be_reduced(&hasher.finalize())
}

/// The challenge of a row and its commitment, and the row's value there.
fn evaluation(row: &Row, commitment: &Commitment) -> (Scalar, Scalar) {
    let z = challenge(row, commitment);
    (z, evaluate(&row.coefficients(), z))
}

/// `[p(tau)]_1` of a polynomial of at most 4096 coefficients.
pub(crate) fn commit(coefficients: &[Scalar]) -> G1 {
    setup::commitments().sums(&[(0, coefficients)])[0]
}

fn open(coefficients: &[Scalar], z: Scalar) -> (KzgProof, Scalar) {
    let (quotient, value) = divide_by_linear(coefficients, z);
    (KzgProof::from_point(&commit(&quotient)), value)
}

/// Whether `sum r_i (C_i - [y_i] + z_i pi_i)` pairs with `[1]_2` as `sum r_i pi_i` does with
/// `[tau]_2`.
fn openings_hold(
    commitments: &[G1Affine],
    evaluations: &[(Scalar, Scalar)],
    proofs: &[G1Affine],
    weights: &[Scalar],
) -> Result<(), VerifyError> {
    let setup = setup::verifier();
    let value_sum: Scalar = evaluations
        .iter()
        .zip(weights)
        .map(|((_, y), r)| *y * *r)
        .sum();
    let shifted = evaluations.iter().zip(weights).map(|((z, _), r)| *z * *r);

    let points = [commitments, proofs, &setup.g1[..1]].concat();
    let scalars: Vec<Scalar> = weights
        .iter()
        .copied()
        .chain(shifted)
        .chain([-value_sum])
        .collect();
    let left = msm(&points, &scalars);
    let right = -msm(proofs, weights);
    let pairs = [
        (left.to_affine(), &setup.g2_one),
        (right.to_affine(), &setup.g2_tau),
    ];
    if pairing_product_is_one(&pairs) {
        Ok(())
    } else {
        Err(VerifyError::InvalidProof {
            proofs: proofs.len(),
        })
    }
}
