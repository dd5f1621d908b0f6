//! The scalar field of BLS12-381: integers modulo the prime
//! `r = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001`.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use blst::{
    blst_fr, blst_fr_eucl_inverse, blst_fr_from_scalar, blst_fr_from_uint64, blst_fr_mul,
    blst_fr_sqr, blst_scalar, blst_scalar_from_be_bytes, blst_scalar_from_fr,
};

/// Bytes of a field element.
const BYTES: usize = crate::BYTES_PER_ELEMENT;

/// One element of the scalar field, always fully reduced.
///
/// Kept in Montgomery form: equality of the limbs is equality of the elements. Additions are
/// written out here, because a call costs as much as they do; multiplications are the library's.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub(crate) struct Scalar(blst_fr);

impl Scalar {
    /// r, least significant word first.
    pub(super) const MODULUS: [u64; 4] = [
        0xffff_ffff_0000_0001,
        0x53bd_a402_fffe_5bfe,
        0x3339_d808_09a1_d805,
        0x73ed_a753_299d_7d48,
    ];

    pub(crate) const ZERO: Self = Self(blst_fr { l: [0; 4] });

    /// `2^256 mod r`, which is one in Montgomery form.
    pub(crate) const ONE: Self = Self(blst_fr {
        l: [
            0x0000_0001_ffff_fffe,
            0x5884_b7fa_0003_4802,
            0x998c_4fef_ecbc_4ff5,
            0x1824_b159_acc5_056f,
        ],
    });

    pub(crate) fn from_u64(value: u64) -> Self {
        let limbs = [value, 0, 0, 0];
        let mut out = blst_fr::default();
        // SAFETY: `limbs` is the four words the function reads; `out` is a valid element.
        unsafe { blst_fr_from_uint64(&raw mut out, limbs.as_ptr()) };
        Self(out)
    }

    /// Whether 32 big-endian bytes are of an integer below the modulus.
    pub(crate) fn is_canonical(bytes: &[u8; BYTES]) -> bool {
        subtract(limbs_from_be(bytes), Self::MODULUS).1
    }

    /// Reads 32 big-endian bytes; `None` if the integer is not below the modulus.
    pub(crate) fn from_bytes_be(bytes: &[u8; BYTES]) -> Option<Self> {
        Self::is_canonical(bytes).then(|| Self::from_bytes_be_scaled(bytes) * Self::SCALING)
    }

    /// Reads a big-endian integer of any length and reduces it modulo `r`.
    ///
    /// 48 bytes of a uniform string come within 2^-128 of uniform; 32 bytes, as EIP-4844's
    /// `hash_to_bls_field` uses, do not.
    pub(crate) fn from_bytes_be_reduced(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::ZERO;
        }
        let mut integer = blst_scalar::default();
        let mut out = blst_fr::default();
        // SAFETY: pointer and length come from one slice; the output is reduced, so the conversion
        // to Montgomery form is defined. The returned flag only says whether the result is zero.
        unsafe {
            blst_scalar_from_be_bytes(&raw mut integer, bytes.as_ptr(), bytes.len());
            blst_fr_from_scalar(&raw mut out, &raw const integer);
        }
        Self(out)
    }

    /// Reads 32 big-endian bytes of an integer below the modulus, divided by 2^256.
    ///
    /// Costs no multiplication, because the integer's words are the Montgomery form of that. What is
    /// linear may be computed on elements so scaled, and written by [`Scalar::to_bytes_be_scaled`].
    pub(crate) fn from_bytes_be_scaled(bytes: &[u8; BYTES]) -> Self {
        debug_assert!(
            Self::is_canonical(bytes),
            "the integer is below the modulus"
        );
        Self::from_limbs(limbs_from_be(bytes))
    }

    /// The 32 big-endian bytes of the element times 2^256, without a multiplication.
    pub(crate) fn to_bytes_be_scaled(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let (words, _) = bytes.as_chunks_mut::<8>();
        for (word, limb) in words.iter_mut().zip(self.0.l.iter().rev()) {
            *word = limb.to_be_bytes();
        }
        bytes
    }

    /// 2^256, by which scaled elements differ from the elements.
    pub(crate) const SCALING: Self = Self(blst_fr {
        l: [
            0xc999_e990_f3f2_9c6d,
            0x2b6c_edcb_8792_5c23,
            0x05d3_1496_7254_398f,
            0x0748_d9d9_9f59_ff11,
        ],
    });

    /// The words of the Montgomery form, least significant first.
    pub(super) fn limbs(self) -> [u64; 4] {
        self.0.l
    }

    /// The inverse of [`Scalar::limbs`]; the limbs are below the modulus.
    pub(super) fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(blst_fr { l: limbs })
    }

    /// As [`Scalar::limbs`], of many.
    pub(super) fn limbs_of(elements: &[Self]) -> &[[u64; 4]] {
        // SAFETY: `Scalar` is transparent over `blst_fr`, which is its four words in C's layout.
        unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) }
    }

    pub(crate) fn to_bytes_be(self) -> [u8; BYTES] {
        // One, taken for a Montgomery form, is 2^-256.
        (self * Self::from_limbs([1, 0, 0, 0])).to_bytes_be_scaled()
    }

    /// The 32 little-endian bytes that curve multiplication reads.
    pub(super) fn to_bytes_le(self) -> [u8; BYTES] {
        self.to_integer().b
    }

    fn to_integer(self) -> blst_scalar {
        let mut integer = blst_scalar::default();
        // SAFETY: both pointers are to valid values of their types.
        unsafe { blst_scalar_from_fr(&raw mut integer, &raw const self.0) };
        integer
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(crate) fn square(self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: both pointers are to valid elements.
        unsafe { blst_fr_sqr(&raw mut out, &raw const self.0) };
        Self(out)
    }

    /// The multiplicative inverse; `None` for zero. Variable time, about 100 multiplications.
    pub(crate) fn inverse(self) -> Option<Self> {
        if self.is_zero() {
            return None;
        }
        let mut out = blst_fr::default();
        // SAFETY: both pointers are to valid elements.
        unsafe { blst_fr_eucl_inverse(&raw mut out, &raw const self.0) };
        Some(Self(out))
    }

    pub(crate) fn pow(self, exponent: u64) -> Self {
        let mut result = Self::ONE;
        for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
            result = result.square();
            if exponent >> bit & 1 == 1 {
                result *= self;
            }
        }
        result
    }
}

/// The words of an integer, least significant first.
fn limbs_from_be(bytes: &[u8; BYTES]) -> [u64; 4] {
    let (words, _) = bytes.as_chunks::<8>();
    let mut limbs = [0; 4];
    for (limb, word) in limbs.iter_mut().rev().zip(words) {
        *limb = u64::from_be_bytes(*word);
    }
    limbs
}

/// Replaces every element by its inverse, with one inversion and three multiplications each.
///
/// Zeros stay zero.
pub(crate) fn batch_inverse(values: &mut [Scalar]) {
    let mut prefixes = Vec::with_capacity(values.len());
    let mut product = Scalar::ONE;
    for value in values.iter() {
        prefixes.push(product);
        if !value.is_zero() {
            product *= *value;
        }
    }
    // A product of non-zero elements of a field is not zero, and the empty product is one.
    let mut suffix = product.inverse().unwrap_or(Scalar::ONE);
    for (value, prefix) in values.iter_mut().zip(prefixes).rev() {
        if value.is_zero() {
            continue;
        }
        let inverse = suffix * prefix;
        suffix *= *value;
        *value = inverse;
    }
}

/// `1, base, base^2, ...`, `count` of them.
pub(crate) fn powers(base: Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(Scalar::ONE), |last| Some(*last * base))
        .take(count)
        .collect()
}

/// `a - b` modulo 2^256, and whether b is larger.
#[inline]
fn subtract(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let mut difference = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (part, first) = a[i].overflowing_sub(b[i]);
        let (part, second) = part.overflowing_sub(u64::from(borrow));
        difference[i] = part;
        borrow = first | second;
    }
    (difference, borrow)
}

/// `a + b`, which is below 2^256.
#[inline]
fn sum(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut sum = [0; 4];
    let mut carry = false;
    for i in 0..4 {
        let (part, first) = a[i].overflowing_add(b[i]);
        let (part, second) = part.overflowing_add(u64::from(carry));
        sum[i] = part;
        carry = first | second;
    }
    sum
}

impl Add for Scalar {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        // Twice the modulus is below 2^256.
        let sum = sum(self.0.l, other.0.l);
        let (reduced, smaller) = subtract(sum, Self::MODULUS);
        Self::from_limbs(std::array::from_fn(|i| {
            if smaller { sum[i] } else { reduced[i] }
        }))
    }
}

impl Sub for Scalar {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let (difference, negative) = subtract(self.0.l, other.0.l);
        let modulus = Self::MODULUS.map(|word| if negative { word } else { 0 });
        // A negative difference lies 2^256 too high, which the carry out of this sum takes away.
        Self::from_limbs(sum(difference, modulus))
    }
}

impl Mul for Scalar {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: the three pointers are to valid elements.
        unsafe { blst_fr_mul(&raw mut out, &raw const self.0, &raw const other.0) };
        Self(out)
    }
}

impl Neg for Scalar {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl AddAssign for Scalar {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Scalar {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Scalar {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Sum for Scalar {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.to_bytes_be()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const MODULUS: [u8; 32] = [
        0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8,
        0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
        0x00, 0x01,
    ];

    #[test]
    fn only_integers_below_the_modulus_are_canonical() {
        let mut largest = MODULUS;
        largest[31] -= 1;
        let minus_one = Scalar::from_bytes_be(&largest).unwrap();
        assert_eq!(minus_one + Scalar::ONE, Scalar::ZERO);
        assert_eq!(minus_one.to_bytes_be(), largest);
        assert_eq!(Scalar::from_bytes_be(&MODULUS), None);
        assert_eq!(Scalar::from_bytes_be(&[0xff; 32]), None);
        assert_eq!(Scalar::from_bytes_be(&[0; 32]), Some(Scalar::ZERO));
    }

    #[test]
    fn one_is_the_unit_and_small_integers_add_up() {
        assert_eq!(Scalar::from_u64(1), Scalar::ONE);
        assert_eq!(
            Scalar::from_u64(6) * Scalar::from_u64(7),
            Scalar::from_u64(42)
        );
        assert_eq!(
            Scalar::from_u64(5) - Scalar::from_u64(7),
            -Scalar::from_u64(2)
        );
        assert_eq!(Scalar::from_u64(3).pow(5), Scalar::from_u64(243));
        assert_eq!(Scalar::from_u64(3).pow(0), Scalar::ONE);
        assert_eq!(-Scalar::ZERO, Scalar::ZERO);
    }

    #[test]
    fn wide_integers_are_reduced_by_horners_rule() {
        for len in [1, 31, 32, 33, 48, 64, 65] {
            let bytes: Vec<u8> = (0..len)
                .map(|i: u8| i.wrapping_mul(37).wrapping_add(201))
                .collect();
            let expected = bytes.iter().fold(Scalar::ZERO, |sum, byte| {
                sum * Scalar::from_u64(256) + Scalar::from_u64(u64::from(*byte))
            });
            assert_eq!(
                Scalar::from_bytes_be_reduced(&bytes),
                expected,
                "{len} bytes"
            );
        }
        assert_eq!(Scalar::from_bytes_be_reduced(&MODULUS), Scalar::ZERO);
        assert_eq!(Scalar::from_bytes_be_reduced(&[]), Scalar::ZERO);
    }

    #[test]
    fn inverses_one_by_one_and_in_a_batch_agree_and_zeros_stay() {
        let mut values: Vec<Scalar> = [3u64, 0, 1, 77, 0, u64::MAX].map(Scalar::from_u64).into();
        let expected: Vec<Scalar> = values
            .iter()
            .map(|v| v.inverse().unwrap_or(Scalar::ZERO))
            .collect();
        for (value, inverse) in values.iter().zip(&expected) {
            assert!(value.is_zero() || *value * *inverse == Scalar::ONE);
        }
        batch_inverse(&mut values);
        assert_eq!(values, expected);
        batch_inverse(&mut []);
    }
}
