//! The pairing of G1 and G2.

use blst::{
    blst_final_exp, blst_fp12, blst_fp12_is_one, blst_fp12_mul, blst_fp12_one, blst_miller_loop,
};

use super::{G1Affine, G2Affine};

/// Whether the product of `e(P, Q)` over all pairs is one.
///
/// Pairs with a point at infinity contribute one. Cost: about 0.3 ms a pair, and 0.4 ms once.
pub(crate) fn pairing_product_is_one(pairs: &[(G1Affine, G2Affine)]) -> bool {
    // SAFETY: every pointer is to a valid value of its type; the library's one is a constant.
    unsafe {
        let mut product = *blst_fp12_one();
        for (p, q) in pairs
            .iter()
            .filter(|(p, q)| !p.is_infinity() && !q.is_infinity())
        {
            let mut factor = blst_fp12::default();
            blst_miller_loop(&raw mut factor, &raw const q.0, &raw const p.0);
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
        let g2 = G2Affine::generator();
        let p = (G1::generator() * Scalar::from_u64(5)).to_affine();
        let minus_p = (-(G1::generator() * Scalar::from_u64(5))).to_affine();
        let sum: Vec<(G1Affine, G2Affine)> = [2u64, 3]
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
