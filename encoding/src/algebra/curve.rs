//! Points of BLS12-381's groups G1 and G2.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use blst::{
    BLST_ERROR, blst_p1, blst_p1_add_or_double, blst_p1_add_or_double_affine, blst_p1_affine,
    blst_p1_affine_compress, blst_p1_affine_in_g1, blst_p1_affine_is_inf, blst_p1_cneg,
    blst_p1_compress, blst_p1_deserialize, blst_p1_double, blst_p1_from_affine, blst_p1_is_equal,
    blst_p1_is_inf, blst_p1_mult, blst_p1_to_affine, blst_p1_uncompress, blst_p1s_to_affine,
    blst_p2_affine, blst_p2_affine_is_inf, blst_p2_deserialize,
};

use super::Scalar;

/// Bits of a scalar, which is less than 2^255.
pub(super) const SCALAR_BITS: usize = 255;

/// Why 48 bytes are not a usable point of G1. Fault: the source of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PointError {
    /// The flag bits or the coordinate are not a canonical encoding.
    #[error("not a canonical encoding of a G1 point")]
    BadEncoding,
    /// No point of the curve has this coordinate.
    #[error("not on the curve")]
    NotOnCurve,
    /// The point is on the curve and outside the prime-order subgroup.
    #[error("not in the prime-order subgroup")]
    NotInSubgroup,
}

/// A point of G1 in Jacobian coordinates: what sums are made in.
///
/// Addition is complete: it also holds for equal points, opposite points and infinity.
#[derive(Clone, Copy)]
pub(crate) struct G1(blst_p1);

/// A point of G1 in affine coordinates: what is stored, multiplied in bulk and paired.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct G1Affine(pub(super) blst_p1_affine);

/// A point of G2 in affine coordinates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct G2Affine(pub(super) blst_p2_affine);

impl G1 {
    /// The neutral element.
    pub(crate) fn infinity() -> Self {
        Self(blst_p1::default())
    }

    #[cfg(test)]
    pub(crate) fn generator() -> Self {
        // SAFETY: the library returns a pointer to its own constant.
        Self(unsafe { *blst::blst_p1_generator() })
    }

    pub(super) fn from_raw(point: blst_p1) -> Self {
        Self(point)
    }

    pub(crate) fn is_infinity(&self) -> bool {
        // SAFETY: the pointer is to a valid point.
        unsafe { blst_p1_is_inf(&raw const self.0) }
    }

    /// Cost: one field inversion. For many points use [`G1::batch_to_affine`].
    pub(crate) fn to_affine(self) -> G1Affine {
        let mut out = blst_p1_affine::default();
        // SAFETY: both pointers are to valid points.
        unsafe { blst_p1_to_affine(&raw mut out, &raw const self.0) };
        G1Affine(out)
    }

    /// Converts all points with one field inversion.
    pub(crate) fn batch_to_affine(points: &[Self]) -> Vec<G1Affine> {
        // One point at infinity makes the library's product of all z coordinates zero, so those
        // points are left out.
        let finite: Vec<*const blst_p1> = points
            .iter()
            .filter(|p| !p.is_infinity())
            .map(|p| &raw const p.0)
            .collect();
        let mut converted = vec![blst_p1_affine::default(); finite.len()];
        if !finite.is_empty() {
            // SAFETY: `finite` holds as many valid pointers as `converted` has room for points;
            // `points` outlives the call.
            unsafe {
                blst_p1s_to_affine(converted.as_mut_ptr(), finite.as_ptr(), finite.len());
            }
        }
        let mut converted = converted.into_iter();
        points
            .iter()
            .map(|point| match point.is_infinity() {
                true => G1Affine::infinity(),
                false => G1Affine(converted.next().unwrap_or_default()),
            })
            .collect()
    }

    pub(super) fn double(&self) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: both pointers are to valid points.
        unsafe { blst_p1_double(&raw mut out, &raw const self.0) };
        Self(out)
    }

    /// Complete, as the addition of two Jacobian points is, and cheaper.
    pub(super) fn add_affine(&self, other: &G1Affine) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: the three pointers are to valid points.
        unsafe {
            blst_p1_add_or_double_affine(&raw mut out, &raw const self.0, &raw const other.0);
        }
        Self(out)
    }

    pub(crate) fn compress(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        // SAFETY: `bytes` has room for the 48 bytes written.
        unsafe { blst_p1_compress(bytes.as_mut_ptr(), &raw const self.0) };
        bytes
    }
}

impl G1Affine {
    pub(crate) fn infinity() -> Self {
        Self(blst_p1_affine::default())
    }

    pub(crate) fn is_infinity(&self) -> bool {
        // SAFETY: the pointer is to a valid point.
        unsafe { blst_p1_affine_is_inf(&raw const self.0) }
    }

    pub(crate) fn to_jacobian(self) -> G1 {
        let mut out = blst_p1::default();
        // SAFETY: both pointers are to valid points.
        unsafe { blst_p1_from_affine(&raw mut out, &raw const self.0) };
        G1(out)
    }

    pub(crate) fn compress(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        // SAFETY: `bytes` has room for the 48 bytes written.
        unsafe { blst_p1_affine_compress(bytes.as_mut_ptr(), &raw const self.0) };
        bytes
    }

    /// Reads a compressed point that may come from anyone. Infinity is a point of the subgroup.
    ///
    /// Cost: a square root and a subgroup check, about 100 microseconds.
    ///
    /// # Errors
    /// [`PointError`] unless the bytes encode a point of the prime-order subgroup.
    pub(crate) fn decompress(bytes: &[u8; 48]) -> Result<Self, PointError> {
        let mut out = blst_p1_affine::default();
        // SAFETY: `bytes` holds the 48 bytes that are read.
        let status = unsafe { blst_p1_uncompress(&raw mut out, bytes.as_ptr()) };
        match status {
            BLST_ERROR::BLST_SUCCESS => {}
            BLST_ERROR::BLST_POINT_NOT_ON_CURVE => return Err(PointError::NotOnCurve),
            _ => return Err(PointError::BadEncoding),
        }
        // SAFETY: the pointer is to a point on the curve.
        if unsafe { blst_p1_affine_in_g1(&raw const out) } {
            Ok(Self(out))
        } else {
            Err(PointError::NotInSubgroup)
        }
    }

    /// Reads an uncompressed point of the trusted setup, checking that it is on the curve.
    ///
    /// Subgroup membership of the setup is asserted by a test and not at every start.
    pub(crate) fn from_setup_bytes(bytes: &[u8; 96]) -> Option<Self> {
        let mut out = blst_p1_affine::default();
        // SAFETY: `bytes` holds the 96 bytes that are read.
        let status = unsafe { blst_p1_deserialize(&raw mut out, bytes.as_ptr()) };
        (status == BLST_ERROR::BLST_SUCCESS).then_some(Self(out))
    }

    #[cfg(test)]
    pub(crate) fn is_in_subgroup(&self) -> bool {
        // SAFETY: the pointer is to a point on the curve.
        unsafe { blst_p1_affine_in_g1(&raw const self.0) }
    }
}

impl G2Affine {
    #[cfg(test)]
    pub(crate) fn generator() -> Self {
        // SAFETY: the library returns a pointer to its own constant.
        Self(unsafe { *blst::blst_p2_affine_generator() })
    }

    pub(crate) fn is_infinity(&self) -> bool {
        // SAFETY: the pointer is to a valid point.
        unsafe { blst_p2_affine_is_inf(&raw const self.0) }
    }

    /// As [`G1Affine::from_setup_bytes`].
    pub(crate) fn from_setup_bytes(bytes: &[u8; 192]) -> Option<Self> {
        let mut out = blst_p2_affine::default();
        // SAFETY: `bytes` holds the 192 bytes that are read.
        let status = unsafe { blst_p2_deserialize(&raw mut out, bytes.as_ptr()) };
        (status == BLST_ERROR::BLST_SUCCESS).then_some(Self(out))
    }

    #[cfg(test)]
    pub(crate) fn is_in_subgroup(&self) -> bool {
        // SAFETY: the pointer is to a point on the curve.
        unsafe { blst::blst_p2_affine_in_g2(&raw const self.0) }
    }
}

impl Add for G1 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: the three pointers are to valid points.
        unsafe { blst_p1_add_or_double(&raw mut out, &raw const self.0, &raw const other.0) };
        Self(out)
    }
}

impl Neg for G1 {
    type Output = Self;

    fn neg(mut self) -> Self {
        // SAFETY: the pointer is to a valid point.
        unsafe { blst_p1_cneg(&raw mut self.0, true) };
        self
    }
}

impl Sub for G1 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl AddAssign for G1 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Scalar multiplication. The library's endomorphism needs points of the subgroup, which all
/// values of this type are.
impl Mul<Scalar> for G1 {
    type Output = Self;

    fn mul(self, scalar: Scalar) -> Self {
        // The weight of a batch of one.
        if scalar == Scalar::ONE {
            return self;
        }
        let bytes = scalar.to_bytes_le();
        let mut out = blst_p1::default();
        // SAFETY: `bytes` holds the 32 bytes that 255 bits take.
        unsafe { blst_p1_mult(&raw mut out, &raw const self.0, bytes.as_ptr(), SCALAR_BITS) };
        Self(out)
    }
}

impl Sum for G1 {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::infinity(), Add::add)
    }
}

impl PartialEq for G1 {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: both pointers are to valid points.
        unsafe { blst_p1_is_equal(&raw const self.0, &raw const other.0) }
    }
}

impl Eq for G1 {}

impl fmt::Debug for G1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.compress()))
    }
}

impl fmt::Debug for G1Affine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.compress()))
    }
}

impl fmt::Debug for G2Affine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("G2Affine").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addition_is_complete() {
        let g = G1::generator();
        let infinity = G1::infinity();
        assert_eq!(g + infinity, g);
        assert_eq!(infinity + g, g);
        assert_eq!(infinity + infinity, infinity);
        assert_eq!(g + g, g * Scalar::from_u64(2));
        assert!((g + -g).is_infinity());
        // The same point with another z coordinate.
        let again = (g * Scalar::from_u64(5)) - (g * Scalar::from_u64(4));
        assert_eq!(g + again, g * Scalar::from_u64(2));
        assert!((g - again).is_infinity());
        for a in [infinity, g, -g, again, g + g] {
            assert_eq!(a.double(), a + a);
            for b in [infinity, g, -g, g + g] {
                assert_eq!(a.add_affine(&b.to_affine()), a + b);
            }
        }
    }

    #[test]
    fn multiplication_covers_zero_one_minus_one_and_infinity() {
        let g = G1::generator();
        assert!((g * Scalar::ZERO).is_infinity());
        assert_eq!(g * Scalar::ONE, g);
        assert_eq!(g * -Scalar::ONE, -g);
        assert!((G1::infinity() * Scalar::from_u64(9)).is_infinity());
        assert_eq!(g * Scalar::from_u64(7), (0..7).map(|_| g).sum());
    }

    #[test]
    fn conversion_in_a_batch_keeps_points_at_infinity_in_their_places() {
        let g = G1::generator();
        let points = [
            G1::infinity(),
            g * Scalar::from_u64(3),
            G1::infinity(),
            g,
            g + g,
            G1::infinity(),
        ];
        let expected: Vec<G1Affine> = points.iter().map(|p| p.to_affine()).collect();
        assert_eq!(G1::batch_to_affine(&points), expected);
        assert_eq!(
            G1::batch_to_affine(&points[..1]),
            vec![G1Affine::infinity()]
        );
        assert!(G1::batch_to_affine(&[]).is_empty());
    }

    #[test]
    fn compression_round_trips_and_bad_points_name_their_defect() {
        for point in [
            G1::infinity(),
            G1::generator(),
            G1::generator() * Scalar::from_u64(11),
        ] {
            let affine = G1Affine::decompress(&point.compress()).unwrap();
            assert_eq!(affine.to_jacobian(), point);
            assert_eq!(affine.compress(), point.compress());
        }
        assert_eq!(G1Affine::decompress(&[0; 48]), Err(PointError::BadEncoding));
        assert_eq!(
            G1Affine::decompress(&[0xff; 48]),
            Err(PointError::BadEncoding)
        );

        // Of the small x coordinates some are not on the curve, and (the cofactor being about
        // 2^126) all of those on it are outside the subgroup.
        let mut seen = (false, false);
        for x in 1..40u8 {
            let mut bytes = [0; 48];
            bytes[0] = 0x80;
            bytes[47] = x;
            match G1Affine::decompress(&bytes) {
                Err(PointError::NotOnCurve) => seen.0 = true,
                Err(PointError::NotInSubgroup) => seen.1 = true,
                other => panic!("x = {x}: {other:?}"),
            }
        }
        assert_eq!(seen, (true, true));
    }
}
