//! Sums of scalar multiples of points that are known beforehand.
//!
//! A table holds every point shifted by every window, `2^(w i) P`, so that a scalar's signed digits
//! of `w` bits all stand for multiples of equal weight: the points whose digit is `d` go into bucket
//! `|d|`, whatever their window, and one set of `2^(w-1)` buckets serves the whole sum.
//!
//! ```text
//!   scalars ── digits ──> buckets ── sums in pairs ──> 2^(w-1) sums
//!                            ^                              │ sum_d d B_d, bit by bit
//!              table ────────┘                              └──> one point
//! ```
//!
//! About `255 / w` additions a scalar and `2^w` once, all of them in batches that share an
//! inversion; no doublings but the last `w`. Source: Brickell, Gordon, McCurley and Wilson, "Fast
//! exponentiation with precomputation" (1992), with Pippenger's buckets.

use super::affine::{Affine, export_all, import};
use super::jacobian::shifted;
use super::lanes::{Lanes, Word};
use super::sums::Sums;
use super::{G1, G1Affine, Scalar};
use crate::threads;

#[cfg(target_arch = "x86_64")]
use super::lanes::{Fma, Ifma};

/// Bits of a scalar and of the carry out of its signed digits.
const DIGIT_BITS: usize = 256;

/// Points that are summed together before the next are read: with their sums they fit a core's
/// cache of the second level.
const CHUNK_POINTS: usize = 4096;

/// The tables of several sums, each over as many points.
pub(crate) struct FixedBase(Tables);

enum Tables {
    #[cfg(target_arch = "x86_64")]
    Ifma(Shifted<Ifma>),
    #[cfg(target_arch = "x86_64")]
    Fma(Shifted<Fma>),
    Word(Shifted<Word>),
}

impl FixedBase {
    /// Tables for sums over each run of `points_each` of the points. Infinity is allowed.
    ///
    /// Memory: 96 or 128 bytes for each point and window. Cost: `256` doublings a point.
    ///
    /// # Panics
    /// If the points are not a whole number of sums, or the window is not of 2 to 15 bits.
    pub(crate) fn new(points: &[G1Affine], points_each: usize, window_bits: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if Ifma::is_available() {
            return Self(Tables::Ifma(Shifted::new(points, points_each, window_bits)));
        } else if Fma::is_available() {
            return Self(Tables::Fma(Shifted::new(points, points_each, window_bits)));
        }
        Self(Tables::Word(Shifted::new(points, points_each, window_bits)))
    }

    /// For each sum asked, by its place and its scalars, `sum scalars[i] * points[i]`; points without
    /// a scalar are left out.
    ///
    /// # Panics
    /// If there are more scalars than points of a sum.
    pub(crate) fn sums(&self, asked: &[(usize, &[Scalar])]) -> Vec<G1> {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Tables::Ifma(tables) => tables.sums(asked),
            #[cfg(target_arch = "x86_64")]
            Tables::Fma(tables) => tables.sums(asked),
            Tables::Word(tables) => tables.sums(asked),
        }
    }
}

/// `2^(w i) P` for all points, window after window.
struct Shifted<L: Lanes> {
    table: Vec<Affine<L>>,
    /// All points, of all sums.
    points: usize,
    points_each: usize,
    window_bits: usize,
}

impl<L: Lanes> Shifted<L> {
    fn new(points: &[G1Affine], points_each: usize, window_bits: usize) -> Self {
        assert!(
            (2..=15).contains(&window_bits) && points.len().is_multiple_of(points_each),
            "tables of {} points by {points_each}, {window_bits} bits",
            points.len()
        );
        let windows = DIGIT_BITS.div_ceil(window_bits);
        let mut table = Vec::with_capacity(windows * points.len());
        table.extend(import::<L>(points));
        for window in 1..windows {
            let last = &table[(window - 1) * points.len()..];
            let chunks: Vec<&[Affine<L>]> = last.chunks(512).collect();
            let next = threads::map(&chunks, |chunk| shifted(chunk, window_bits));
            table.extend(next.into_iter().flatten());
        }
        Self {
            table,
            points: points.len(),
            points_each,
            window_bits,
        }
    }

    fn sums(&self, asked: &[(usize, &[Scalar])]) -> Vec<G1> {
        let (entries, lengths) = self.buckets(asked);
        let mut chunks = Vec::new();
        let (mut rest, mut first) = (&entries[..], 0);
        let mut taken = 0;
        for (bucket, length) in lengths.iter().enumerate() {
            taken += length;
            if taken >= CHUNK_POINTS || bucket + 1 == lengths.len() {
                let (chunk, others) = rest.split_at(taken);
                chunks.push((chunk, &lengths[first..=bucket]));
                (rest, first, taken) = (others, bucket + 1, 0);
            }
        }
        let mut buckets = Vec::with_capacity(lengths.len());
        let mut sums = Sums::new();
        for (entries, lengths) in chunks {
            sums.of_lists(&self.table, entries, lengths, &mut buckets);
        }
        let bits = self.window_bits - 1;
        let mut parts = Vec::new();
        sums.of_bits(&buckets, bits, &mut parts);
        let parts = export_all(&parts);
        (0..asked.len())
            .map(|sum| {
                let part = |k: usize| &parts[k * asked.len() + sum];
                let weighted = (1..=bits).rev().fold(G1::infinity(), |sum, bit| {
                    sum.double().add_affine(part(bit))
                });
                weighted.add_affine(part(0))
            })
            .collect()
    }

    /// Places in the table, bucket after bucket, and how many each bucket has.
    fn buckets(&self, asked: &[(usize, &[Scalar])]) -> (Vec<u32>, Vec<usize>) {
        let half = 1 << (self.window_bits - 1);
        let mut digits =
            Vec::with_capacity(asked.len() * self.points_each * DIGIT_BITS / self.window_bits);
        let mut lengths = vec![0usize; asked.len() * half];
        for (sum, (_, scalars)) in asked.iter().enumerate() {
            assert!(
                scalars.len() <= self.points_each,
                "each scalar has its point"
            );
            for scalar in *scalars {
                signed_digits(&words_le(*scalar), DIGIT_BITS, self.window_bits, |digit| {
                    digits.push(digit);
                    if digit != 0 {
                        lengths[sum * half + digit.unsigned_abs() as usize - 1] += 1;
                    }
                });
            }
        }
        let mut ends: Vec<usize> = lengths
            .iter()
            .scan(0, |end, length| {
                let begin = *end;
                *end += length;
                Some(begin)
            })
            .collect();
        let mut entries = vec![0u32; lengths.iter().sum()];
        let mut digits = digits.iter();
        let windows = DIGIT_BITS.div_ceil(self.window_bits);
        for (sum, (place, scalars)) in asked.iter().enumerate() {
            for i in 0..scalars.len() {
                for (window, digit) in digits.by_ref().take(windows).enumerate() {
                    if *digit == 0 {
                        continue;
                    }
                    let end = &mut ends[sum * half + digit.unsigned_abs() as usize - 1];
                    let place = window * self.points + place * self.points_each + i;
                    let place = u32::try_from(place).expect("tables are far below 2^30 points");
                    entries[*end] = place | u32::from(*digit < 0) << 31;
                    *end += 1;
                }
            }
        }
        (entries, lengths)
    }
}

/// The digits `d_i`, lowest first, with `scalar = sum d_i 2^(w i)` and `|d_i| <= 2^(w-1)`, as many as
/// `bits` need. The scalar must be below `2^(bits-1)`, so that the last digit takes the carry.
pub(super) fn signed_digits(
    scalar: &[u64],
    bits: usize,
    window_bits: usize,
    mut digit: impl FnMut(i32),
) {
    let word_at = |word: usize| scalar.get(word).copied().unwrap_or(0);
    let mut carry = 0;
    for window in 0..bits.div_ceil(window_bits) {
        let (word, shift) = (window * window_bits / 64, window * window_bits % 64);
        let mut bits = word_at(word) >> shift;
        if shift + window_bits > 64 {
            bits |= word_at(word + 1) << (64 - shift);
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most 15 bits are left")]
        let value = (bits & ((1 << window_bits) - 1)) as i32 + carry;
        carry = i32::from(value > 1 << (window_bits - 1));
        digit(value - (carry << window_bits));
    }
}

/// The integer below the modulus, least significant word first.
fn words_le(scalar: Scalar) -> [u64; 4] {
    let bytes = scalar.to_bytes_le();
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::msm::tests::{naive, pairs};

    fn agree<L: Lanes>() {
        let seed = 12;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for (sums, points_each, window_bits) in [(1, 1, 4), (3, 2, 5), (2, 64, 8), (1, 700, 13)] {
            let (points, scalars) = pairs(&mut rng, sums * points_each);
            let tables = Shifted::<L>::new(&points, points_each, window_bits);
            let mut asked: Vec<(usize, &[Scalar])> =
                scalars.chunks(points_each).enumerate().collect();
            // One sum twice, with fewer scalars than points.
            let short = rng.random_range(0..=points_each);
            asked.push((sums - 1, &asked[0].1[..short]));
            let expected: Vec<G1> = asked
                .iter()
                .map(|(sum, scalars)| naive(&points[sum * points_each..][..scalars.len()], scalars))
                .collect();
            assert_eq!(tables.sums(&asked), expected, "{sums} x {points_each}");
            let zeros = vec![Scalar::ZERO; points_each];
            assert!(tables.sums(&[(0, &zeros)])[0].is_infinity());
        }
    }

    #[test]
    fn agrees_with_one_multiplication_after_another() {
        with_all_lanes!(L => agree::<L>());
    }

    #[test]
    fn digits_add_up_to_the_scalar() {
        for scalar in [
            Scalar::ZERO,
            Scalar::ONE,
            -Scalar::ONE,
            Scalar::from_u64(u64::MAX),
        ] {
            for window_bits in 2..=15 {
                let base = Scalar::from_u64(1 << window_bits);
                let (mut sum, mut weight) = (Scalar::ZERO, Scalar::ONE);
                signed_digits(&words_le(scalar), DIGIT_BITS, window_bits, |digit| {
                    assert!(digit.unsigned_abs() <= 1 << (window_bits - 1));
                    let term = Scalar::from_u64(u64::from(digit.unsigned_abs())) * weight;
                    sum += if digit < 0 { -term } else { term };
                    weight *= base;
                });
                assert_eq!(sum, scalar, "{window_bits} bits");
            }
        }
    }
}
