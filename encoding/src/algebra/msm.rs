//! Sums of scalar multiples in G1 of points known once.

use blst::{
    blst_p1, blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
};

use super::curve::SCALAR_BITS;
use super::lanes::{Lanes, with_best_lanes};
use super::{G1, G1Affine, Scalar};
use super::{short_sums, variable_base};
use crate::threads;

/// Below this many points a second thread costs more than it saves.
const SPLIT_POINTS: usize = 512;

/// Below this many points the curve library is as fast as lanes are.
const FEWEST_FOR_LANES: usize = 16;

/// `sum scalars[i] * points[i]`, by the method that is fastest for so many points.
///
/// The points are of the subgroup; infinity and zero scalars are allowed. Cost: 6 microseconds a point for 64 points and
/// 4 for 4096 with AVX-512 IFMA; large sums are split over the threads of the `parallel` feature.
///
/// # Panics
/// If the two slices differ in length: the caller pairs them.
pub(crate) fn msm(points: &[G1Affine], scalars: &[Scalar]) -> G1 {
    assert_eq!(points.len(), scalars.len(), "each point has its scalar");
    if points.len() >= 2 * SPLIT_POINTS && threads::count() > 1 {
        let middle = points.len() / 2;
        let (low, high) = threads::join(
            || msm(&points[..middle], &scalars[..middle]),
            || msm(&points[middle..], &scalars[middle..]),
        );
        return low + high;
    }
    if points.len() >= FEWEST_FOR_LANES {
        with_best_lanes!(L => if L::WIDTH > 1 {
            return match points.len() {
                ..short_sums::TOO_MANY => short_sums::sum::<L>(points, scalars),
                _ => variable_base::sum::<L>(points, scalars),
            };
        });
    }
    let (finite, bytes): (Vec<blst_p1_affine>, Vec<[u8; 32]>) = points
        .iter()
        .zip(scalars)
        .filter(|(point, scalar)| !point.is_infinity() && !scalar.is_zero())
        .map(|(point, scalar)| (point.0, scalar.to_bytes_le()))
        .unzip();
    match finite.len() {
        0 => G1::infinity(),
        // The library looks one scalar ahead, so a sum of one must not reach it.
        1 => points
            .iter()
            .zip(scalars)
            .map(|(point, scalar)| match *scalar {
                Scalar::ONE => point.to_jacobian(),
                scalar => point.to_jacobian() * scalar,
            })
            .sum(),
        _ => pippenger(&finite, &bytes),
    }
}

/// At least two finite points, with as many scalars.
fn pippenger(points: &[blst_p1_affine], scalars: &[[u8; 32]]) -> G1 {
    let point_list = [points.as_ptr(), std::ptr::null()];
    let scalar_list = [scalars.as_ptr().cast::<u8>(), std::ptr::null()];
    let mut out = blst_p1::default();
    // SAFETY: a list that ends in null after its first entry tells the library that the items lie
    // one after another; both slices hold `points.len()` items. The scratch space has the size
    // that the library asks for, in 64-bit words.
    unsafe {
        let words = blst_p1s_mult_pippenger_scratch_sizeof(points.len()).div_ceil(8);
        let mut scratch = vec![0u64; words];
        blst_p1s_mult_pippenger(
            &raw mut out,
            point_list.as_ptr(),
            points.len(),
            scalar_list.as_ptr(),
            SCALAR_BITS,
            scratch.as_mut_ptr(),
        );
    }
    G1::from_raw(out)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    pub(in super::super) fn naive(points: &[G1Affine], scalars: &[Scalar]) -> G1 {
        points
            .iter()
            .zip(scalars)
            .map(|(p, s)| p.to_jacobian() * *s)
            .sum()
    }

    /// Random pairs among which are infinity, zero, one, minus one, equal and opposite points.
    pub(in super::super) fn pairs(
        rng: &mut ChaCha20Rng,
        count: usize,
    ) -> (Vec<G1Affine>, Vec<Scalar>) {
        let random =
            |rng: &mut ChaCha20Rng| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>());
        let mut points: Vec<G1Affine> = Vec::new();
        let mut scalars: Vec<Scalar> = Vec::new();
        for i in 0..count {
            points.push(match rng.random_range(0..8) {
                0 => G1Affine::infinity(),
                1 if i > 0 => points[i - 1],
                2 if i > 0 => (-points[i - 1].to_jacobian()).to_affine(),
                _ => (G1::generator() * random(rng)).to_affine(),
            });
            scalars.push(match rng.random_range(0..8) {
                0 => Scalar::ZERO,
                1 => Scalar::ONE,
                2 => -Scalar::ONE,
                3 if i > 0 => scalars[i - 1],
                _ => random(rng),
            });
        }
        (points, scalars)
    }

    #[test]
    fn agrees_with_one_multiplication_after_another() {
        let seed = 11;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for count in (0..12).chain([31, 64, 200, 1100]) {
            let (points, scalars) = pairs(&mut rng, count);
            assert_eq!(
                msm(&points, &scalars),
                naive(&points, &scalars),
                "{count} points"
            );
        }
        let infinite = vec![G1Affine::infinity(); 5];
        assert!(msm(&infinite, &[Scalar::ONE; 5]).is_infinity());
    }
}
