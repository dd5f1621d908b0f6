//! Sums of scalar multiples of points that are not known beforehand, by Pippenger's buckets.
//!
//! ```text
//!   scalars ── halves ── signed digits of w bits ──> for each window 2^(w-1) buckets of points
//!                                             │ sums in pairs, all buckets of all windows at once
//!                                             v
//!              one point <── doublings ── for each bit of each window one point
//! ```
//!
//! Every point comes twice, the second time multiplied by `lambda`, with half of its scalar each (see
//! [`endomorphism`](super::endomorphism)). All additions but the last few hundred are affine, in batches
//! that share an inversion.

use super::affine::{NEGATED, export_all, import};
use super::endomorphism::{halves, times_lambda};
use super::fixed_base::signed_digits;
use super::lanes::Lanes;
use super::sums::Sums;
use super::{G1, G1Affine, Scalar};

/// Bits that the digits of half a scalar cover: 128, and one for the carry.
const HALF_BITS: usize = 129;

/// The widest window: its buckets fit a core's cache of the second level.
const WIDEST: usize = 12;

/// `sum scalars[i] * points[i]`; any points of the subgroup, as many scalars.
///
/// Cost: `258 / w` affine additions a point and 2^w for each of `129 / w` windows.
pub(super) fn sum<L: Lanes>(points: &[G1Affine], scalars: &[Scalar]) -> G1 {
    let points: Vec<G1Affine> = points
        .iter()
        .flat_map(|point| [*point, times_lambda(point)])
        .collect();
    let bits = window_bits(points.len());
    let windows = HALF_BITS.div_ceil(bits);
    let (entries, lengths) = buckets(scalars, bits, windows);
    let mut sums = Sums::<L>::new();
    let mut buckets = Vec::with_capacity(lengths.len());
    sums.of_lists(&import(&points), &entries, &lengths, &mut buckets);
    let mut parts = Vec::new();
    sums.of_bits(&buckets, bits - 1, &mut parts);
    let parts = export_all(&parts);
    // Part 0 of a window counts once, and part k as often as bit k - 1 says.
    let part = |window: usize, k: usize| &parts[k * windows + window];
    (0..windows).rev().fold(G1::infinity(), |sum, window| {
        let weighted = (1..bits).rev().fold(sum.double(), |sum, k| {
            sum.double().add_affine(part(window, k))
        });
        weighted.add_affine(part(window, 0))
    })
}

/// The window with the fewest additions: each point is added once a window, each bucket twice.
fn window_bits(points: usize) -> usize {
    (3..=WIDEST)
        .min_by_key(|bits| HALF_BITS.div_ceil(*bits) * (points + (1 << bits) + bits))
        .expect("there are windows")
}

/// Places of points, bucket after bucket and window after window, and how many each bucket has.
fn buckets(scalars: &[Scalar], bits: usize, windows: usize) -> (Vec<u32>, Vec<usize>) {
    let half = 1 << (bits - 1);
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); windows * half];
    let halves = scalars.iter().flat_map(|scalar| {
        let (low, high) = halves(*scalar);
        [low, high]
    });
    for (point, half_scalar) in (0u32..).zip(halves) {
        let mut window = 0;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the low word, then the high one"
        )]
        let words = [half_scalar as u64, (half_scalar >> 64) as u64];
        signed_digits(&words, HALF_BITS, bits, |digit| {
            if digit != 0 {
                let bucket = window * half + digit.unsigned_abs() as usize - 1;
                lists[bucket].push(if digit < 0 { point | NEGATED } else { point });
            }
            window += 1;
        });
    }
    let lengths = lists.iter().map(Vec::len).collect();
    (lists.concat(), lengths)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::msm::tests::{naive, pairs};

    fn agree<L: Lanes>() {
        let seed = 13;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for count in (1..12).chain([31, 64, 200, 700]) {
            let (points, scalars) = pairs(&mut rng, count);
            assert_eq!(
                sum::<L>(&points, &scalars),
                naive(&points, &scalars),
                "{count} points"
            );
            let equal = vec![points[0]; count];
            let scalars = vec![scalars[0]; count];
            assert_eq!(
                sum::<L>(&equal, &scalars),
                naive(&equal, &scalars),
                "{count} equal points"
            );
        }
        let infinite = vec![G1Affine::infinity(); 5];
        assert!(sum::<L>(&infinite, &[Scalar::ONE; 5]).is_infinity());
    }

    #[test]
    fn agrees_with_one_multiplication_after_another() {
        crate::algebra::lanes::with_all_lanes!(L => agree::<L>());
    }
}
