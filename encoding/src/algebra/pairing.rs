//! The pairing of G1 and G2, with points of G2 that are known beforehand.
//!
//! Miller's loop goes through the bits of the curve's parameter, squares and multiplies by the lines
//! of each pair at its point of G1; the pairs of a product share the squarings, and the final
//! exponentiation. What depends on the point of G2 alone is made beforehand.

use blst::{
    blst_final_exp, blst_fp, blst_fp_add, blst_fp_cneg, blst_fp_mul, blst_fp6, blst_fp12,
    blst_fp12_conjugate, blst_fp12_is_one, blst_fp12_mul_by_xy00z0, blst_fp12_one, blst_fp12_sqr,
    blst_precompute_lines,
};

use super::{G1Affine, G2Affine};

/// The absolute value of the curve's parameter, which is negative.
const PARAMETER: u64 = 0xd201_0000_0001_0000;

/// A line for each bit of the parameter but the first, and one more where a bit is set.
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

/// Whether the product of `e(P, Q)` over all pairs is one.
///
/// Pairs with infinity contribute one. Cost: about 0.1 ms a pair, and 0.4 ms once.
pub(crate) fn pairing_product_is_one(pairs: &[(G1Affine, &G2Lines)]) -> bool {
    let pairs: Vec<Evaluated> = pairs
        .iter()
        .filter(|(p, _)| !p.is_infinity())
        .map(|(p, lines)| Evaluated::at(p, lines))
        .collect();
    // SAFETY: every pointer is to a valid value of its type; the library's one is a constant.
    unsafe {
        let mut product = miller_loop(&pairs);
        let unreduced = product;
        blst_final_exp(&raw mut product, &raw const unreduced);
        blst_fp12_is_one(&raw const product)
    }
}

/// The lines of one pair, and what its point of G1 contributes to each: `-2 x` and `2 y`.
struct Evaluated<'a> {
    lines: &'a [blst_fp6; LINES],
    minus_2x: blst_fp,
    twice_y: blst_fp,
}

impl<'a> Evaluated<'a> {
    fn at(point: &G1Affine, lines: &'a G2Lines) -> Self {
        let (mut minus_2x, mut twice_y) = (blst_fp::default(), blst_fp::default());
        // SAFETY: every pointer is to a valid element.
        unsafe {
            let mut twice_x = blst_fp::default();
            blst_fp_add(&raw mut twice_x, &raw const point.0.x, &raw const point.0.x);
            blst_fp_cneg(&raw mut minus_2x, &raw const twice_x, true);
            blst_fp_add(&raw mut twice_y, &raw const point.0.y, &raw const point.0.y);
        }
        Self {
            lines: &lines.0,
            minus_2x,
            twice_y,
        }
    }

    /// Line `step` at the point.
    fn line(&self, step: usize) -> blst_fp6 {
        let mut line = self.lines[step];
        for (part, factor) in [(1, &self.minus_2x), (2, &self.twice_y)] {
            for coordinate in &mut line.fp2[part].fp {
                let value = *coordinate;
                // SAFETY: every pointer is to a valid element.
                unsafe { blst_fp_mul(coordinate, &raw const value, factor) };
            }
        }
        line
    }
}

/// The product of all pairs' loops, before the final exponentiation.
fn miller_loop(pairs: &[Evaluated]) -> blst_fp12 {
    // SAFETY: the library returns a pointer to its own constant.
    let mut product = unsafe { *blst_fp12_one() };
    let multiply_by_lines = |product: &mut blst_fp12, step: usize| {
        for pair in pairs {
            let (line, previous) = (pair.line(step), *product);
            // SAFETY: every pointer is to a valid value of its type.
            unsafe { blst_fp12_mul_by_xy00z0(product, &raw const previous, &raw const line) };
        }
    };
    let mut step = 0;
    for bit in (0..PARAMETER.ilog2()).rev() {
        let previous = product;
        // SAFETY: both pointers are to valid values.
        unsafe { blst_fp12_sqr(&raw mut product, &raw const previous) };
        for _ in 0..1 + (PARAMETER >> bit & 1) {
            multiply_by_lines(&mut product, step);
            step += 1;
        }
    }
    // SAFETY: the pointer is to a valid value.
    unsafe { blst_fp12_conjugate(&raw mut product) };
    product
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

    /// The library's own loop, pair by pair, is what the shared one must agree with.
    #[test]
    fn the_shared_loop_is_the_product_of_the_librarys() {
        let g2 = G2Affine::generator();
        let lines = G2Lines::of(&g2);
        let points: Vec<G1Affine> = (1..4)
            .map(|k| (G1::generator() * Scalar::from_u64(k * k)).to_affine())
            .collect();
        for count in 0..=points.len() {
            let pairs: Vec<Evaluated> = points[..count]
                .iter()
                .map(|point| Evaluated::at(point, &lines))
                .collect();
            let mut expected = blst_fp12::default();
            for point in &points[..count] {
                expected *= blst_fp12::miller_loop(&g2.0, &point.0);
            }
            assert_eq!(miller_loop(&pairs).final_exp(), expected.final_exp());
        }
    }
}
