//! Limbs of 50 bits as doubles, and the constants of their arithmetic, for [`super::fma`].

#![allow(
    clippy::cast_precision_loss,
    reason = "integers are below 2^53 or powers of two"
)]

use super::Words;
use super::limbs::{MINUS_INVERSE_MODULUS, MODULUS, from_limbs, power_of_two, subtract, to_limbs};

pub(super) const BITS: usize = 50;
pub(super) const LIMB_MASK: u64 = (1 << BITS) - 1;
pub(super) const P: [f64; 8] = doubles(to_limbs::<BITS>(MODULUS));
/// `1.5 * 2^102`: a sum with it is rounded to a multiple of `2^50`.
pub(super) const SPLIT: f64 = 1.5 * (1u128 << 102) as f64;
/// `2^52`, whose last bits count units.
pub(super) const INTEGER: f64 = (1u64 << 52) as f64;
/// `-1 / p` modulo `2^50`.
pub(super) const INVERSE: f64 = (MINUS_INVERSE_MODULUS & LIMB_MASK) as f64;
/// `1.5 * 2^52`: a sum with it is rounded to an integer.
pub(super) const ROUND: f64 = 1.5 * (1u64 << 52) as f64;
pub(super) const ONE: [f64; 8] = doubles(to_limbs::<BITS>(power_of_two(400)));
/// Takes `2^384 a` to `2^400 a` by a multiplication.
pub(super) const FROM_WORDS: [f64; 8] = doubles(to_limbs::<BITS>(power_of_two(416)));
/// Takes `2^400 a` to `2^384 a` by a multiplication.
pub(super) const TO_WORDS: [f64; 8] = doubles(to_limbs::<BITS>(power_of_two(384)));
/// What each column of a product starts from.
pub(super) const PRODUCT: [i64; 16] = start(false);
/// The same of a square, which has fewer parts.
pub(super) const SQUARE: [i64; 16] = start(true);

/// `2^-50`.
pub(super) const UNIT: f64 = 1.0 / (1u64 << BITS) as f64;

/// A product's value, between `-p` and `p`, fully reduced.
pub(super) fn canonical(limbs: &[f64; 8]) -> Words {
    let mut carry = 0;
    let mut sum = [0; 8];
    for ((sum, limb), p) in sum.iter_mut().zip(limbs).zip(&P) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "limbs are integers below 2^51"
        )]
        let limb = *limb as i64 + *p as i64 + carry;
        *sum = limb.cast_unsigned() & LIMB_MASK;
        carry = limb >> BITS;
    }
    let words = from_limbs::<BITS>(sum);
    let (reduced, below) = subtract(words, MODULUS);
    Words(if below { words } else { reduced })
}

pub(super) const fn doubles(limbs: [u64; 8]) -> [f64; 8] {
    let mut out = [0.0; 8];
    let mut j = 0;
    while j < 8 {
        out[j] = limbs[j] as f64;
        j += 1;
    }
    out
}

/// Less the bit patterns that a column's low parts, and the high parts of the one before, bring
/// along; plus `2^62`, so that no carry is of a negative number, and less what that carries.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
const fn start(square: bool) -> [i64; 16] {
    let mut out = [0i64; 16];
    let mut before = 0;
    let mut k = 0;
    while k < 16 {
        // Pairs of limbs whose product is in the column: of `p` and the quotient, and of the factors.
        let pairs: usize = if k < 8 { k + 1 } else { 15 - k };
        let parts = if square {
            pairs + pairs.div_ceil(2)
        } else {
            2 * pairs
        };
        let low = ROUND.to_bits().cast_signed().wrapping_mul(parts as i64);
        let high = SPLIT.to_bits().cast_signed().wrapping_mul(before as i64);
        let bias: i64 = if k < 15 { 1 << 62 } else { 0 };
        let carried: i64 = if k > 0 { 1 << 12 } else { 0 };
        out[k] = (bias - carried).wrapping_sub(low.wrapping_add(high));
        before = parts;
        k += 1;
    }
    out
}
