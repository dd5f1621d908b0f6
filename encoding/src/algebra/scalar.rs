//! The scalar field of BLS12-381: integers modulo the prime
//! `r = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001`.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use blst::{
    blst_bendian_from_scalar, blst_fr, blst_fr_add, blst_fr_cneg, blst_fr_eucl_inverse,
    blst_fr_from_scalar, blst_fr_from_uint64, blst_fr_mul, blst_fr_sqr, blst_fr_sub, blst_scalar,
    blst_scalar_fr_check, blst_scalar_from_be_bytes, blst_scalar_from_bendian, blst_scalar_from_fr,
};

/// Bytes of a field element.
const BYTES: usize = crate::BYTES_PER_ELEMENT;

/// One element of the scalar field, always fully reduced.
///
/// Kept in Montgomery form: equality of the limbs is equality of the elements.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scalar(blst_fr);

impl Scalar {
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

    /// Reads 32 big-endian bytes; `None` if the integer is not below the modulus.
    pub(crate) fn from_bytes_be(bytes: &[u8; BYTES]) -> Option<Self> {
        let mut integer = blst_scalar::default();
        let mut out = blst_fr::default();
        // SAFETY: `bytes` holds the 32 bytes that are read, and both outputs are valid. The
        // conversion to Montgomery form runs only after the range check.
        unsafe {
            blst_scalar_from_bendian(&raw mut integer, bytes.as_ptr());
            if !blst_scalar_fr_check(&raw const integer) {
                return None;
            }
            blst_fr_from_scalar(&raw mut out, &raw const integer);
        }
        Some(Self(out))
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

    pub(crate) fn to_bytes_be(self) -> [u8; BYTES] {
        let integer = self.to_integer();
        let mut bytes = [0; BYTES];
        // SAFETY: `bytes` has room for the 32 bytes written.
        unsafe { blst_bendian_from_scalar(bytes.as_mut_ptr(), &raw const integer) };
        bytes
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

impl Add for Scalar {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: the three pointers are to valid elements.
        unsafe { blst_fr_add(&raw mut out, &raw const self.0, &raw const other.0) };
        Self(out)
    }
}

impl Sub for Scalar {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: the three pointers are to valid elements.
        unsafe { blst_fr_sub(&raw mut out, &raw const self.0, &raw const other.0) };
        Self(out)
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

    fn neg(self) -> Self {
        let mut out = blst_fr::default();
        // SAFETY: both pointers are to valid elements.
        unsafe { blst_fr_cneg(&raw mut out, &raw const self.0, true) };
        Self(out)
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
