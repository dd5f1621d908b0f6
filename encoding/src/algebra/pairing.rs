//! The pairing of G1 and G2, with points of G2 that are known beforehand.

use std::fmt;

use blst::{
    blst_final_exp, blst_fp6, blst_fp12, blst_fp12_is_one, blst_fp12_mul, blst_fp12_one,
    blst_miller_loop_lines, blst_precompute_lines,
};

use super::{G1Affine, G2Affine};

/// Lines of Miller's loop, as many as the library's loop takes.
const LINES: usize = 68;

/// A point of G2 as what a pairing does with it: the lines of Miller's loop, 20 KiB.
pub(crate) struct G2Lines(Box<[blst_fp6; LINES]>);

impl G2Lines {
    /// Cost: about 0.1 ms.
    ///
    /// # Panics
    /// If the point is infinity, which the setup's points are not.
    pub(crate) fn of(point: &G2Affine) -> Self {
        assert!(!point.is_infinity(), "infinity has no lines");
        let mut lines = Box::new([blst_fp6::default(); LINES]);
        // SAFETY: the library writes 68 lines, and both pointers are to valid values.
        unsafe { blst_precompute_lines(lines.as_mut_ptr(), &raw const point.0) };
        Self(lines)
    }
}

impl fmt::Debug for G2Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("G2Lines").finish_non_exhaustive()
    }
}

/// Whether the product of `e(P, Q)` over all pairs is one.
///
/// Pairs with infinity contribute one. Cost: about 0.2 ms a pair, and 0.4 ms once.
pub(crate) fn pairing_product_is_one(pairs: &[(G1Affine, &G2Lines)]) -> bool {
    // SAFETY: every pointer is to a valid value of its type; the library's one is a constant.
    unsafe {
        let mut product = *blst_fp12_one();
        for (p, q) in pairs.iter().filter(|(p, _)| !p.is_infinity()) {
            let mut factor = blst_fp12::default();
            blst_miller_loop_lines(&raw mut factor, q.0.as_ptr(), &raw const p.0);
            let previous = product;
            blst_fp12_mul(&raw mut product, &raw const previous, &raw const factor);
        }
        let mut result = blst_fp12::default();
        blst_final_exp(&raw mut result, &raw const product);
        blst_fp12_is_one(&raw const result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::{G1, Scalar};

    #[test]
    fn opposite_pairs_cancel_and_others_do_not() {
        let g2 = &G2Lines::of(&G2Affine::generator());
        let p = (G1::generator() * Scalar::from_u64(5)).to_affine();
        let minus_p = (-(G1::generator() * Scalar::from_u64(5))).to_affine();
        let sum: Vec<(G1Affine, &G2Lines)> = [2u64, 3]
            .iter()
            .map(|k| ((G1::generator() * Scalar::from_u64(*k)).to_affine(), g2))
            .chain([(minus_p, g2)])
            .collect();
        assert!(pairing_product_is_one(&[]));
        assert!(pairing_product_is_one(&[(p, g2), (minus_p, g2)]));
        assert!(pairing_product_is_one(&sum));
        assert!(pairing_product_is_one(&[(G1Affine::infinity(), g2)]));
        assert!(!pairing_product_is_one(&[(p, g2)]));
        assert!(!pairing_product_is_one(&sum[..2]));
        assert!(!pairing_product_is_one(&[
            (p, g2),
            (G1Affine::infinity(), g2)
        ]));
    }
}
