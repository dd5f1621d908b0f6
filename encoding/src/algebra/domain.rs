//! The multiplicative subgroups of the scalar field whose order is a power of two.

use std::sync::OnceLock;

use super::{Scalar, powers};

/// The largest domain in use, of 8192 elements: an extended row.
const MAX_LOG_SIZE: u32 = 13;

/// The field has `2^32` roots of unity.
const TWO_ADICITY: u32 = 32;

/// `7^((r - 1) / 2^32)`: a root of unity of order `2^32`.
const ROOT_OF_UNITY: [u8; 32] = [
    0x16, 0xa2, 0xa1, 0x9e, 0xdf, 0xe8, 0x1f, 0x20, 0xd0, 0x9b, 0x68, 0x19, 0x22, 0xc8, 0x13, 0xb4,
    0xb6, 0x36, 0x83, 0x50, 0x8c, 0x22, 0x80, 0xb9, 0x38, 0x29, 0x97, 0x1f, 0x43, 0x9f, 0x0d, 0x2b,
];

/// The `n` powers of a root of unity of order `n`, `n` a power of two.
#[derive(Debug)]
pub(crate) struct Domain {
    /// `w^0, w^1, ..., w^(n-1)`.
    roots: Vec<Scalar>,
    /// `w^0, w^-1, ..., w^-(n-1)`.
    inverse_roots: Vec<Scalar>,
    inverse_size: Scalar,
}

impl Domain {
    /// The domain of `size` elements, made once for the process.
    ///
    /// # Panics
    /// If `size` is not a power of two up to 8192; sizes come from the protocol's constants.
    pub(crate) fn of_size(size: usize) -> &'static Self {
        static DOMAINS: [OnceLock<Domain>; MAX_LOG_SIZE as usize + 1] =
            [const { OnceLock::new() }; MAX_LOG_SIZE as usize + 1];
        assert!(
            size.is_power_of_two() && size <= 1 << MAX_LOG_SIZE,
            "no domain of {size} elements"
        );
        let log_size = size.trailing_zeros();
        DOMAINS[log_size as usize].get_or_init(|| Self::new(log_size))
    }

    fn new(log_size: u32) -> Self {
        let root = Scalar::from_bytes_be(&ROOT_OF_UNITY)
            .expect("the constant is below the modulus")
            .pow(1 << (TWO_ADICITY - log_size));
        let size = 1 << log_size;
        let roots = powers(root, size);
        let inverse_roots = (0..size).map(|i| roots[(size - i) % size]).collect();
        let inverse_size = Scalar::from_u64(1 << log_size)
            .inverse()
            .expect("a power of two is not zero modulo an odd prime");
        Self {
            roots,
            inverse_roots,
            inverse_size,
        }
    }

    /// `w^0, w^1, ...`: the elements in natural order.
    pub(crate) fn roots(&self) -> &[Scalar] {
        &self.roots
    }

    pub(crate) fn inverse_roots(&self) -> &[Scalar] {
        &self.inverse_roots
    }

    /// One over the number of elements.
    pub(crate) fn inverse_size(&self) -> Scalar {
        self.inverse_size
    }

    /// The element at place `index` of the domain in bit-reversed order.
    pub(crate) fn bit_reversed_root(&self, index: usize) -> Scalar {
        self.roots[bit_reverse(index, self.roots.len())]
    }
}

/// `index` with its low `log2(size)` bits in reverse order; `size` is a power of two.
pub(crate) fn bit_reverse(index: usize, size: usize) -> usize {
    if size <= 1 {
        return index;
    }
    index.reverse_bits() >> (usize::BITS - size.trailing_zeros())
}

/// Reorders a list whose length is a power of two between natural and bit-reversed order.
#[cfg(test)]
pub(crate) fn bit_reverse_permute<T>(values: &mut [T]) {
    for i in 0..values.len() {
        let j = bit_reverse(i, values.len());
        if i < j {
            values.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of the field's multiplicative group (`PRIMITIVE_ROOT_OF_UNITY` in the EIPs).
    const GENERATOR: u64 = 7;

    #[test]
    fn the_root_has_order_two_to_the_32_and_is_a_power_of_the_generator() {
        let root = Scalar::from_bytes_be(&ROOT_OF_UNITY).expect("canonical");
        assert_eq!(root.pow(1 << 31), -Scalar::ONE);
        // (r - 1) / 2^32, most significant word first.
        let exponent = [
            0x73ed_a753u64,
            0x299d_7d48_3339_d808,
            0x09a1_d805_53bd_a402,
            0xfffe_5bfe_ffff_ffff,
        ];
        let generator = Scalar::from_u64(GENERATOR);
        let power = exponent.iter().fold(Scalar::ONE, |power, word| {
            power.pow(1 << 32).pow(1 << 32) * generator.pow(*word)
        });
        assert_eq!(power, root);
    }

    #[test]
    fn inverse_roots_are_inverses() {
        for log_size in 0..=MAX_LOG_SIZE {
            let domain = Domain::of_size(1 << log_size);
            assert_eq!(domain.roots().len(), 1 << log_size);
            for (root, inverse) in domain.roots().iter().zip(domain.inverse_roots()) {
                assert_eq!(*root * *inverse, Scalar::ONE);
            }
        }
    }

    #[test]
    fn bit_reversal_is_its_own_inverse() {
        assert_eq!(
            (0..8).map(|i| bit_reverse(i, 8)).collect::<Vec<_>>(),
            [0, 4, 2, 6, 1, 5, 3, 7]
        );
        let mut values: Vec<usize> = (0..64).collect();
        bit_reverse_permute(&mut values);
        assert_eq!(values[1], 32);
        bit_reverse_permute(&mut values);
        assert!(values.iter().enumerate().all(|(i, v)| i == *v));
        assert_eq!(bit_reverse(0, 1), 0);
    }
}
