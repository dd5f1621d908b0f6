//! Oracles for the tests of this folder: the definitions, word by word.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::coset;
use crate::algebra::{G1Affine, Scalar, msm};
use crate::{ColumnIndex, ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, Row, setup};

/// A row of uniform elements; prints the seed that replays it.
pub(crate) fn random_row(seed: u64) -> Row {
    println!("seed {seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let elements: Vec<Scalar> = (0..ELEMENTS_PER_ROW)
        .map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()))
        .collect();
    Row::from_elements(&elements)
}

/// The commitment to the quotient of the polynomial by `X^64 - h^64`, from long division.
pub(crate) fn cell_proof(coefficients: &[Scalar], column: ColumnIndex) -> G1Affine {
    let constant = coset::vanishing_constant(column);
    let mut remainder = coefficients.to_vec();
    let mut quotient = vec![Scalar::ZERO; coefficients.len() - ELEMENTS_PER_CELL];
    for i in (ELEMENTS_PER_CELL..remainder.len()).rev() {
        let lead = std::mem::take(&mut remainder[i]);
        quotient[i - ELEMENTS_PER_CELL] = lead;
        remainder[i - ELEMENTS_PER_CELL] += lead * constant;
    }
    msm(&setup::g1_monomial()[..quotient.len()], &quotient).to_affine()
}
