//! The endomorphism of the curve that halves the length of scalars.
//!
//! `(x, y) -> (beta x, y)` multiplies points of the subgroup by `lambda = z^2 - 1`, with `z` the curve's
//! parameter and `lambda^2 + lambda + 1 = 0` modulo `r`. So `k P = low P + high (lambda P)` with
//! `k = low + high lambda`, and both halves are below `2^128`.
//!
//! Source: Gallant, Lambert and Vanstone, "Faster point multiplication on elliptic curves with
//! efficient endomorphisms" (2001); `lambda` as in Bowe, Grigg and Hopwood's Halo (2019) and blst.

use blst::{blst_fp, blst_p1_affine};

use super::lanes::{Lanes, Word, Words};
use super::{G1Affine, Scalar};

/// `z^2 - 1`, 128 bits.
const LAMBDA: u128 = 0xac45_a401_0001_a402_0000_0000_ffff_ffff;

/// `floor(2^255 / LAMBDA)`, 128 bits.
const LAMBDA_INVERSE: u128 = 0xbe35_f678_f00f_d56e_b1fb_7291_7b67_f718;

/// The cube root of unity that belongs to `LAMBDA`, as the curve library keeps it.
pub(super) const BETA: Words = Words([
    0xcd03_c9e4_8671_f071,
    0x5dab_2246_1fcd_a5d2,
    0x5870_42af_d385_1b95,
    0x8eb6_0ebe_01ba_cb9e,
    0x03f9_7d6e_83d0_50d2,
    0x18f0_2065_5463_8741,
]);

/// `lambda` times a point of the subgroup. Cost: one multiplication.
pub(super) fn times_lambda(point: &G1Affine) -> G1Affine {
    let blst_p1_affine { x, y } = point.0;
    let mut scaled = blst_fp::default();
    Word::from_words(|_| Words(x.l))
        .mul(Word::from_words(|_| BETA))
        .to_words(|_, words| scaled.l = words.0);
    G1Affine(blst_p1_affine { x: scaled, y })
}

/// The `low` and `high` with `scalar = low + high lambda`, `low` below `lambda` and `high`
/// at most `lambda + 1`.
///
/// By Barrett's division: the estimate of the quotient is a little too small, if at all.
pub(super) fn halves(scalar: Scalar) -> (u128, u128) {
    let bytes = scalar.to_bytes_le();
    let half = |half: usize| {
        let (halves, _) = bytes.as_chunks::<16>();
        u128::from_le_bytes(halves[half])
    };
    let (low, high) = (half(0), half(1));
    let (_, mut quotient) = (high << 1 | low >> 127).carrying_mul(LAMBDA_INVERSE, 0);
    let (product_low, product_high) = quotient.carrying_mul(LAMBDA, 0);
    let (mut remainder, borrow) = low.overflowing_sub(product_low);
    let mut above = high - product_high - u128::from(borrow);
    while above > 0 || remainder >= LAMBDA {
        let (next, borrow) = remainder.overflowing_sub(LAMBDA);
        remainder = next;
        above -= u128::from(borrow);
        quotient += 1;
    }
    (remainder, quotient)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::G1;

    fn scalar(half: u128) -> Scalar {
        Scalar::from_bytes_be_reduced(&half.to_be_bytes())
    }

    #[test]
    fn halves_add_up_and_are_short() {
        let lambda = scalar(LAMBDA);
        assert_eq!(lambda * lambda + lambda + Scalar::ONE, Scalar::ZERO);
        let seed = 17;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let random = (0..1000).map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()));
        let near = |k: u64| {
            let k = Scalar::from_u64(k);
            [
                k,
                -k,
                lambda + k,
                lambda - k,
                lambda * k,
                lambda * lambda + k,
            ]
        };
        let edges = [0, 1, 2, 3, 77, u64::MAX].into_iter().flat_map(near);
        for value in edges.chain(random) {
            let (low, high) = halves(value);
            assert!(low < LAMBDA && high <= LAMBDA + 1);
            assert_eq!(scalar(low) + scalar(high) * lambda, value);
        }
    }

    #[test]
    fn the_endomorphism_multiplies_by_lambda() {
        let mut point = G1::generator();
        for _ in 0..20 {
            let expected = point * scalar(LAMBDA);
            assert_eq!(times_lambda(&point.to_affine()).to_jacobian(), expected);
            point = expected + G1::generator();
        }
        assert!(times_lambda(&G1Affine::infinity()).is_infinity());
    }
}
