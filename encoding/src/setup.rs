//! Ethereum's trusted setup: powers of a secret `tau` in G1 and G2.
//!
//! Two parts, each made on first use: a verifier reads only 67 points.
//!
//! ```text
//! offset    bytes          what
//! 0         4096 x 96      [tau^0]_1 .. [tau^4095]_1, uncompressed
//! 393,216   65 x 192       [tau^0]_2 .. [tau^64]_2, uncompressed
//! ```
//!
//! Source: the KZG ceremony of EIP-4844, by way of the crate `ekzg-trusted-setup`.

use std::sync::OnceLock;

use crate::algebra::{FixedBase, G1Affine, G2Affine, G2Lines};
use crate::{ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, threads};

const G1_BYTES: usize = 96;
const G2_BYTES: usize = 192;
const G2_POINTS: usize = ELEMENTS_PER_CELL + 1;
const G2_OFFSET: usize = ELEMENTS_PER_ROW * G1_BYTES;
const SETUP_BYTES: usize = G2_OFFSET + G2_POINTS * G2_BYTES;

static SETUP: &[u8; SETUP_BYTES] = include_bytes!(concat!(env!("OUT_DIR"), "/trusted_setup.bin"));

/// What verification needs: 64 points of G1 and the lines of three of G2.
pub(crate) struct VerifierSetup {
    /// `[tau^0]_1 .. [tau^63]_1`, to commit to what interpolates a cell.
    pub(crate) g1: Vec<G1Affine>,
    /// `[1]_2`.
    pub(crate) g2_one: G2Lines,
    /// `[tau]_2`, against which single evaluations are proved.
    pub(crate) g2_tau: G2Lines,
    /// `[tau^64]_2`, against which cells are proved.
    pub(crate) g2_tau_cell: G2Lines,
}

/// The verifier's part. The first call reads 67 points and makes 60 KiB of lines, in about 0.4 ms.
pub(crate) fn verifier() -> &'static VerifierSetup {
    static VERIFIER: OnceLock<VerifierSetup> = OnceLock::new();
    VERIFIER.get_or_init(|| VerifierSetup {
        g1: g1_points(ELEMENTS_PER_CELL),
        g2_one: G2Lines::of(&g2_point(0)),
        g2_tau: G2Lines::of(&g2_point(1)),
        g2_tau_cell: G2Lines::of(&g2_point(ELEMENTS_PER_CELL)),
    })
}

/// `[tau^0]_1 .. [tau^4095]_1`, for committing. The first call reads them, in a few milliseconds.
pub(crate) fn g1_monomial() -> &'static [G1Affine] {
    static PROVER: OnceLock<Vec<G1Affine>> = OnceLock::new();
    PROVER.get_or_init(|| g1_points(ELEMENTS_PER_ROW))
}

/// Bits of the window of the tables for commitments.
const COMMITMENT_WINDOW_BITS: usize = 13;

/// Tables over all of [`g1_monomial`], one sum. The first call makes them, 10 MiB.
pub(crate) fn commitments() -> &'static FixedBase {
    static TABLES: OnceLock<FixedBase> = OnceLock::new();
    TABLES.get_or_init(|| {
        threads::apart(|| FixedBase::new(g1_monomial(), ELEMENTS_PER_ROW, COMMITMENT_WINDOW_BITS))
    })
}

fn g1_points(count: usize) -> Vec<G1Affine> {
    let (points, _) = SETUP[..G2_OFFSET].as_chunks::<G1_BYTES>();
    points[..count]
        .iter()
        .map(|bytes| G1Affine::from_setup_bytes(bytes).expect("the embedded setup is on the curve"))
        .collect()
}

fn g2_point(power: usize) -> G2Affine {
    let (points, _) = SETUP[G2_OFFSET..].as_chunks::<G2_BYTES>();
    G2Affine::from_setup_bytes(&points[power]).expect("the embedded setup is on the curve")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::{G1, Scalar, msm, pairing_product_is_one, powers};

    #[test]
    fn every_point_is_a_finite_point_of_its_subgroup() {
        assert!(
            g1_monomial()
                .iter()
                .all(|p| p.is_in_subgroup() && !p.is_infinity())
        );
        assert!(
            (0..G2_POINTS)
                .map(g2_point)
                .all(|p| p.is_in_subgroup() && !p.is_infinity())
        );
    }

    #[test]
    fn the_points_are_the_powers_of_one_secret() {
        let g1 = g1_monomial();
        let setup = verifier();
        assert_eq!(setup.g1, g1[..ELEMENTS_PER_CELL]);
        assert_eq!(g1[0].to_jacobian(), G1::generator());
        assert_eq!(g2_point(0), G2Affine::generator());

        // sum x^i [tau^(i+1)]_1 pairs with [1]_2 as sum x^i [tau^i]_1 pairs with [tau]_2.
        let weights = powers(Scalar::from_u64(0x5eed_cafe), g1.len() - 1);
        let low = msm(&g1[..g1.len() - 1], &weights).to_affine();
        let high = (-msm(&g1[1..], &weights)).to_affine();
        assert!(pairing_product_is_one(&[
            (low, &setup.g2_tau),
            (high, &setup.g2_one)
        ]));

        let cell = (-g1[ELEMENTS_PER_CELL].to_jacobian()).to_affine();
        assert!(pairing_product_is_one(&[
            (g1[0], &setup.g2_tau_cell),
            (cell, &setup.g2_one)
        ]));
    }
}
