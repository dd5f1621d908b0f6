//! Arithmetic on eight elements at a time.
//!
//! An element is five limbs of 52 bits in five vectors, one element a lane. Values are congruent to
//! the elements modulo r and kept in `0..35 r`, below 2^260; limbs may be signed and wider than 52
//! bits between multiplications, which is what makes additions five instructions. The Montgomery
//! factor is 2^260 and stands in the constant operand of every multiplication, so the elements
//! themselves keep the form they come in.
//!
//! Source: Gueron and Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions"
//! (ARITH 2016).

use std::arch::x86_64::*;

use crate::algebra::Scalar;

pub(super) const LIMBS: usize = 5;
const LIMB_BITS: u32 = 52;
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
pub(super) const LANES: usize = 8;

/// The largest bound that five limbs hold, in multiples of r: 35 r is below 2^260.
pub(super) const LARGEST: usize = 35;
/// The largest bound of a sum's or difference's operands on the way up.
pub(super) const LARGEST_OPERAND: usize = 16;
/// The bound of a product, and of what was reduced.
pub(super) const REDUCED: usize = 2;

/// Eight elements.
pub(super) type Vector = [__m512i; LIMBS];

/// The limbs of a constant times 2^260.
pub(super) fn constant(value: Scalar) -> [u64; LIMBS] {
    // The limbs of a scalar are those of the element times 2^256.
    split((value * Scalar::from_u64(16)).limbs())
}

const fn split(words: [u64; 4]) -> [u64; LIMBS] {
    let [a, b, c, d] = words;
    [
        a & LIMB_MASK,
        (a >> 52 | b << 12) & LIMB_MASK,
        (b >> 40 | c << 24) & LIMB_MASK,
        (c >> 28 | d << 36) & LIMB_MASK,
        d >> 16,
    ]
}

/// A small multiple of r, without carries between limbs.
const fn multiple_of_r(factor: u64) -> [u64; LIMBS] {
    let mut limbs = R;
    let mut i = 0;
    while i < LIMBS {
        limbs[i] *= factor;
        i += 1;
    }
    limbs
}

const R: [u64; LIMBS] = split(Scalar::MODULUS);
/// `-1/r` modulo 2^52.
const MINUS_INVERSE_R: u64 = 0xffff_fffe_ffff_ffff & LIMB_MASK;
pub(super) const TWICE_R: [u64; LIMBS] = multiple_of_r(2);
pub(super) const OPERAND_R: [u64; LIMBS] = multiple_of_r(LARGEST_OPERAND as u64);

/// `2^208 / r`, less a little, so that a quotient by it is never too large.
const TOP_LIMB_TO_QUOTIENT: f64 = {
    let top = R[4] as f64 + R[3] as f64 / (1u64 << LIMB_BITS) as f64;
    (1.0 - 1.0 / (1u64 << 40) as f64) / top
};

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn broadcast(limbs: &[u64; LIMBS]) -> Vector {
    limbs.map(|limb| _mm512_set1_epi64(limb.cast_signed()))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn add(a: &Vector, b: &Vector) -> Vector {
    let mut sum = *a;
    for (sum, b) in sum.iter_mut().zip(b) {
        *sum = _mm512_add_epi64(*sum, *b);
    }
    sum
}

/// `a - b + shift`, where the shift is a multiple of r that is at least b.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn minus(a: &Vector, b: &Vector, shift: &[u64; LIMBS]) -> Vector {
    let mut difference = broadcast(shift);
    for ((difference, a), b) in difference.iter_mut().zip(a).zip(b) {
        *difference = _mm512_add_epi64(*difference, _mm512_sub_epi64(*a, *b));
    }
    difference
}

/// Brings the limbs of a value in `0..2^260` to 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn carry(value: &Vector) -> Vector {
    let mask = _mm512_set1_epi64(LIMB_MASK.cast_signed());
    let mut limbs = *value;
    for i in 0..LIMBS - 1 {
        let high = _mm512_srai_epi64::<LIMB_BITS>(limbs[i]);
        limbs[i] = _mm512_and_si512(limbs[i], mask);
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], high);
    }
    limbs
}

/// `a b / 2^260` modulo r, below 2 r; both have limbs of 52 bits, b is below r. The limbs of the
/// product have up to 57 bits.
///
/// The accumulators hold at most 20 products of 52 bits, so no carry is due between rounds but the
/// one out of the limb that a round clears.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiply(a: &Vector, b: &Vector) -> Vector {
    let zero = _mm512_setzero_si512();
    let r = broadcast(&R);
    let minus_inverse = _mm512_set1_epi64(MINUS_INVERSE_R.cast_signed());
    let mut t = [zero; LIMBS];
    for b in b {
        for i in 0..LIMBS {
            t[i] = _mm512_madd52lo_epu64(t[i], a[i], *b);
        }
        let m = _mm512_madd52lo_epu64(zero, t[0], minus_inverse);
        for i in 0..LIMBS {
            t[i] = _mm512_madd52lo_epu64(t[i], m, r[i]);
        }
        let high = _mm512_srli_epi64::<LIMB_BITS>(t[0]);
        t = [_mm512_add_epi64(t[1], high), t[2], t[3], t[4], zero];
        for i in 0..LIMBS {
            t[i] = _mm512_madd52hi_epu64(t[i], a[i], *b);
        }
        for i in 0..LIMBS {
            t[i] = _mm512_madd52hi_epu64(t[i], m, r[i]);
        }
    }
    t
}

/// Subtracts the multiple of r that the top limb tells: a bound of 1 and 2^-34 is left.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn reduce(value: &Vector) -> Vector {
    let mut value = carry(value);
    let quotient = _mm512_mul_pd(
        _mm512_cvtepi64_pd(value[LIMBS - 1]),
        _mm512_set1_pd(TOP_LIMB_TO_QUOTIENT),
    );
    let quotient = _mm512_cvttpd_epi64(quotient);
    let r = broadcast(&R);
    let zero = _mm512_setzero_si512();
    for i in 0..LIMBS {
        value[i] = _mm512_sub_epi64(value[i], _mm512_madd52lo_epu64(zero, quotient, r[i]));
    }
    for i in 1..LIMBS {
        value[i] = _mm512_sub_epi64(value[i], _mm512_madd52hi_epu64(zero, quotient, r[i - 1]));
    }
    value
}

/// The representative below r, in limbs of 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn canonical(value: &Vector) -> Vector {
    let value = carry(&reduce(value));
    let mut less = value;
    for (limb, r) in less.iter_mut().zip(broadcast(&R)) {
        *limb = _mm512_sub_epi64(*limb, r);
    }
    let less = carry(&less);
    let negative = _mm512_movepi64_mask(less[LIMBS - 1]);
    let mut out = less;
    for (out, limb) in out.iter_mut().zip(value) {
        *out = _mm512_mask_mov_epi64(*out, negative, limb);
    }
    out
}
