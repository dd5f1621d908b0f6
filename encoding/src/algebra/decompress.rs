//! Decompression of many points that may come from anyone.
//!
//! ```text
//! 48 bytes ── flags, x below p ──> y = (x^3 + 4)^((p + 1) / 4) ── y^2 = x^3 + 4, sign ──> subgroup
//! ```
//!
//! Eight points at a time where the processor can (see [`lanes`](super::lanes)), at 17 instead of 58
//! microseconds a point. What does not come through as a good point is decompressed again by the
//! curve library, which names the defect.

use blst::{blst_fp, blst_p1_affine};

use super::lanes::{Lanes, Words, Work, with_best_lanes};
use super::subgroup::{members, zeros};
use super::{G1Affine, PointError};
use crate::threads;

/// Points that one task decompresses.
const POINTS_PER_TASK: usize = 32;

/// The modulus p, most significant byte first.
const MODULUS: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// `(p + 1) / 4`, least significant word first.
const ROOT_EXPONENT: [u64; 6] = [
    0xee7f_bfff_ffff_eaab,
    0x07aa_ffff_ac54_ffff,
    0xd9cc_34a8_3dac_3d89,
    0xd91d_d2e1_3ce1_44af,
    0x92c6_e9ed_90d2_eb35,
    0x0680_447a_8e5f_f9a6,
];

/// `(p - 1) / 2`: the larger of y and -y is above it.
const HALF: [u64; 6] = [
    0xdcff_7fff_ffff_d555,
    0x0f55_ffff_58a9_ffff,
    0xb398_6950_7b58_7b12,
    0xb23b_a5c2_79c2_895f,
    0x258d_d3db_21a5_d66b,
    0x0d00_88f5_1cbf_f34d,
];

/// `2^384`, which takes an integer's words to the element's.
const TO_ELEMENT: Words = Words([
    0xf4df_1f34_1c34_1746,
    0x0a76_e6a6_09d1_04f1,
    0x8de5_476c_4c95_b6d5,
    0x67eb_88a9_939d_83c0,
    0x9a79_3e85_b519_952d,
    0x1198_8fe5_92ca_e3aa,
]);

/// `2^-384`, which takes an element's words to the integer's.
const TO_INTEGER: Words = Words([1, 0, 0, 0, 0, 0]);

const COMPRESSED: u8 = 0x80;
const INFINITY: u8 = 0x40;
const LARGER: u8 = 0x20;
const FLAGS: u8 = COMPRESSED | INFINITY | LARGER;

/// Bits of the exponent that one multiplication takes.
const WINDOW: usize = 4;

impl G1Affine {
    /// As [`G1Affine::decompress`], for each of many.
    ///
    /// Cost: 470 multiplications for the square root and 1,030 for the subgroup check of a point.
    pub(crate) fn decompress_all(points: &[[u8; 48]]) -> Vec<Result<Self, PointError>> {
        let tasks: Vec<&[[u8; 48]]> = points.chunks(POINTS_PER_TASK).collect();
        threads::map(&tasks, |points| decompress_some(points)).concat()
    }
}

fn decompress_some(points: &[[u8; 48]]) -> Vec<Result<G1Affine, PointError>> {
    // One lane is what the library does better, and so are lanes of which most are empty.
    with_best_lanes!(L => if L::WIDTH > 1 && 2 * points.len() >= L::WIDTH {
        in_lanes::<L>(points)
    } else {
        points.iter().map(G1Affine::decompress).collect()
    })
}

fn in_lanes<L: Lanes>(points: &[[u8; 48]]) -> Vec<Result<G1Affine, PointError>> {
    points
        .chunks(L::WIDTH)
        .flat_map(|points| {
            let good = L::enter(Decompress { points });
            points
                .iter()
                .zip(good)
                .map(|(bytes, point)| point.map_or_else(|| G1Affine::decompress(bytes), Ok))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// At most as many points as there are lanes; the result has those that are good and finite.
struct Decompress<'a> {
    points: &'a [[u8; 48]],
}

impl<L: Lanes> Work<L> for Decompress<'_> {
    type Output = [Option<G1Affine>; 8];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut usable = 0;
        let mut larger = 0;
        let mut integers = [Words::ZERO; 8];
        for (lane, bytes) in self.points.iter().enumerate() {
            if let Some(integer) = coordinate(bytes) {
                usable |= 1 << lane;
                larger |= u8::from(bytes[0] & LARGER != 0) << lane;
                integers[lane] = integer;
            }
        }

        let x = L::from_words(|lane| integers[lane]).mul(L::from_words(|_| TO_ELEMENT));
        let two = L::one().add(L::one());
        let y_squared = x.square().mul(x).add(two).add(two);
        let root = power(y_squared, &ROOT_EXPONENT);
        let on_curve = zeros(root.square().sub(y_squared));

        let mut root_larger = 0;
        root.mul(L::from_words(|_| TO_INTEGER))
            .to_words(|lane, words| {
                root_larger |= u8::from(words.0.iter().rev().gt(HALF.iter().rev())) << lane
            });
        let y = L::select(root_larger ^ larger, L::zero().sub(root), root);
        let good = usable & on_curve & members(x, y);

        let mut points = [blst_p1_affine::default(); 8];
        x.to_words(|lane, words| points[lane].x = blst_fp { l: words.0 });
        y.to_words(|lane, words| points[lane].y = blst_fp { l: words.0 });
        std::array::from_fn(|lane| (good >> lane & 1 == 1).then(|| G1Affine(points[lane])))
    }
}

/// The x coordinate, if the flags are those of a finite point and x is below p.
fn coordinate(bytes: &[u8; 48]) -> Option<Words> {
    if bytes[0] & (COMPRESSED | INFINITY) != COMPRESSED {
        return None;
    }
    let mut bytes = *bytes;
    bytes[0] &= !FLAGS;
    let (words, _) = bytes.as_chunks::<8>();
    let mut integer = [0; 6];
    for (word, bytes) in integer.iter_mut().rev().zip(words) {
        *word = u64::from_be_bytes(*bytes);
    }
    (bytes < MODULUS).then_some(Words(integer))
}

/// The power with a fixed exponent, by windows.
#[inline(always)]
fn power<L: Lanes>(base: L, exponent: &[u64; 6]) -> L {
    let mut powers = [base; (1 << WINDOW) - 1];
    for i in 1..powers.len() {
        powers[i] = powers[i - 1].mul(base);
    }
    let mut result = L::one();
    for byte in exponent.iter().rev().flat_map(|word| word.to_be_bytes()) {
        for digit in [byte >> 4, byte & 15] {
            for _ in 0..WINDOW {
                result = result.square();
            }
            if digit > 0 {
                result = result.mul(powers[usize::from(digit) - 1]);
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::lanes::Word;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::{G1, Scalar};

    /// Points of the subgroup, infinity, points of small order and other points of the curve, and
    /// bytes that are no point.
    fn encodings(seed: u64) -> Vec<[u8; 48]> {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut list = vec![G1::infinity().compress(), G1::generator().compress()];
        for _ in 0..40 {
            let scalar = Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>());
            list.push((G1::generator() * scalar).compress());
        }
        // On the curve and hardly ever in the subgroup, or not on the curve; x = 0 has order three.
        for x in 0..40 {
            let mut bytes = [0; 48];
            bytes[0] = COMPRESSED | if x % 2 == 0 { LARGER } else { 0 };
            bytes[47] = x;
            list.push(bytes);
        }
        for _ in 0..40 {
            let mut bytes = rng
                .random::<[[u8; 16]; 3]>()
                .as_flattened()
                .try_into()
                .unwrap();
            list.push(bytes);
            bytes[0] = bytes[0] & 0x1f | COMPRESSED;
            list.push(bytes);
        }
        let mut largest = MODULUS;
        for below in [0, 1, 2] {
            largest[47] = MODULUS[47] - below;
            largest[0] = MODULUS[0] | COMPRESSED;
            list.push(largest);
        }
        let mut infinity_with_x = G1::infinity().compress();
        infinity_with_x[30] = 1;
        list.push(infinity_with_x);
        list
    }

    #[test]
    fn many_at_once_agree_with_one_by_one() {
        let list = encodings(91);
        let expected: Vec<_> = list.iter().map(G1Affine::decompress).collect();
        assert_eq!(G1Affine::decompress_all(&list), expected);
        for count in 0..20 {
            assert_eq!(G1Affine::decompress_all(&list[..count]), expected[..count]);
        }
        assert_eq!(in_lanes::<Word>(&list), expected);
    }

    /// No good point takes the detour by the curve library, and no bad one is found good.
    #[test]
    fn lanes_tell_good_points_from_others() {
        let list = encodings(92);
        with_all_lanes!(L => for points in list.chunks(L::WIDTH) {
            let found = L::enter(Decompress { points });
            for (bytes, found) in points.iter().zip(found) {
                let expected = G1Affine::decompress(bytes)
                    .ok()
                    .filter(|p| !p.is_infinity());
                assert_eq!(found, expected);
            }
        });
    }
}
