//! The base field's modulus, and its elements as the curve library keeps them.

use blst::{blst_fp, blst_fp_eucl_inverse, blst_fp_mul};

/// The modulus `p` of the base field, 381 bits, least significant word first.
pub(super) const MODULUS: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];

/// `-1 / p` modulo `2^64`.
pub(super) const MINUS_INVERSE_MODULUS: u64 = 0x89f3_fffc_fffc_fffd;

/// An element `a` as the curve library keeps it: `2^384 a`, fully reduced, in six words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Words(pub(in super::super) [u64; 6]);

impl Words {
    pub(in super::super) const ZERO: Self = Self([0; 6]);
    pub(in super::super) const ONE: Self = Self(power_of_two(384));

    pub(super) fn mul(self, other: Self) -> Self {
        let (a, b) = (blst_fp { l: self.0 }, blst_fp { l: other.0 });
        let mut out = blst_fp::default();
        // SAFETY: the three pointers are to valid elements.
        unsafe { blst_fp_mul(&raw mut out, &raw const a, &raw const b) };
        Self(out.l)
    }
}

/// Replaces every element by its inverse; `None`, with the elements lost, if one is zero.
pub(super) fn batch_inverse(values: &mut [Words]) -> Option<()> {
    let mut prefixes = [Words::ONE; 8];
    let mut product = Words::ONE;
    for (prefix, value) in prefixes.iter_mut().zip(values.iter()) {
        *prefix = product;
        product = product.mul(*value);
    }
    if product == Words::ZERO {
        return None;
    }
    let product = blst_fp { l: product.0 };
    let mut inverse = blst_fp::default();
    // SAFETY: both pointers are to valid elements.
    unsafe { blst_fp_eucl_inverse(&raw mut inverse, &raw const product) };
    let mut suffix = Words(inverse.l);
    for (prefix, value) in prefixes[..values.len()].iter().zip(values).rev() {
        let inverse = suffix.mul(*prefix);
        suffix = suffix.mul(*value);
        *value = inverse;
    }
    Some(())
}

/// `a - b` and whether it borrowed.
#[inline(always)]
pub(super) fn subtract(a: [u64; 6], b: [u64; 6]) -> ([u64; 6], bool) {
    let mut difference = [0; 6];
    let mut borrow = false;
    for i in 0..6 {
        (difference[i], borrow) = a[i].borrowing_sub(b[i], borrow);
    }
    (difference, borrow)
}

/// `a + b` and whether it carried.
#[inline(always)]
pub(super) fn add_words(a: [u64; 6], b: [u64; 6]) -> ([u64; 6], bool) {
    let mut sum = [0; 6];
    let mut carry = false;
    for i in 0..6 {
        (sum[i], carry) = a[i].carrying_add(b[i], carry);
    }
    (sum, carry)
}

/// `2^exponent` modulo `p`, for constants.
pub(super) const fn power_of_two(exponent: u32) -> [u64; 6] {
    let mut value = [1, 0, 0, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        let mut doubled = [0u64; 6];
        let mut reduced = [0; 6];
        let (mut borrow, mut i) = (false, 0);
        while i < 6 {
            let low = if i == 0 { 0 } else { value[i - 1] >> 63 };
            doubled[i] = value[i] << 1 | low;
            let (partial, first) = doubled[i].overflowing_sub(MODULUS[i]);
            let (word, second) = partial.overflowing_sub(borrow as u64);
            (reduced[i], borrow) = (word, first || second);
            i += 1;
        }
        value = if borrow { doubled } else { reduced };
        step += 1;
    }
    value
}

/// Cuts 384 bits into eight limbs of `BITS` bits, the last of what is left.
pub(super) const fn to_limbs<const BITS: usize>(words: [u64; 6]) -> [u64; 8] {
    let mut limbs = [0; 8];
    let mut i = 0;
    while i < 8 {
        let (word, shift) = (BITS * i / 64, BITS * i % 64);
        let mut limb = words[word] >> shift;
        if shift + BITS > 64 && word + 1 < 6 {
            limb |= words[word + 1] << (64 - shift);
        }
        limbs[i] = limb & ((1 << BITS) - 1);
        i += 1;
    }
    limbs
}

/// The inverse of [`to_limbs`], of a value below `2^384`.
pub(super) const fn from_limbs<const BITS: usize>(limbs: [u64; 8]) -> [u64; 6] {
    let mut words = [0; 6];
    let mut i = 0;
    while i < 8 {
        let (word, shift) = (BITS * i / 64, BITS * i % 64);
        words[word] |= limbs[i] << shift;
        if shift + BITS > 64 && word + 1 < 6 {
            words[word + 1] |= limbs[i] >> (64 - shift);
        }
        i += 1;
    }
    words
}
