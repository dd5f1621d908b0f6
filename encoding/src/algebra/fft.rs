//! Fast Fourier transforms of scalars and of points.
//!
//! Rows keep their evaluations in bit-reversed order, so the two kernels need no permutation:
//!
//! ```text
//!   coefficients  --evaluate_bit_reversed-->   evaluations in bit-reversed order
//!   coefficients  <--interpolate_bit_reversed--
//! ```

use super::{CellMatrix, Domain, G1, Scalar};
use crate::{ELEMENTS_PER_CELL, threads};

/// What can be transformed: a vector space over the scalars.
pub(crate) trait Transformable:
    Copy + Send + Sync + std::ops::Add<Output = Self> + std::ops::Sub<Output = Self>
{
    /// Butterflies in a transform below which a second thread costs more than it saves.
    const SPLIT_BUTTERFLIES: usize;

    fn scale(self, factor: Scalar) -> Self;

    /// As [`Domain::evaluate_bit_reversed`].
    fn evaluate(values: &mut [Self], domain: &Domain) {
        decimate_in_frequency(values, domain.roots(), 1);
    }

    /// As [`Domain::interpolate_bit_reversed_unscaled`].
    fn interpolate(values: &mut [Self], domain: &Domain) {
        decimate_in_time(values, domain.inverse_roots(), 1);
    }
}

/// From 64 elements on, scalars are transformed as a [`CellMatrix`].
impl Transformable for Scalar {
    const SPLIT_BUTTERFLIES: usize = usize::MAX;

    fn scale(self, factor: Scalar) -> Self {
        self * factor
    }

    fn evaluate(values: &mut [Self], domain: &Domain) {
        let (rows, rest) = values.as_chunks_mut::<ELEMENTS_PER_CELL>();
        if rows.is_empty() {
            return decimate_in_frequency(rest, domain.roots(), 1);
        }
        let mut matrix = CellMatrix::zeros(rows.len());
        for (place, row) in rows.iter().enumerate() {
            matrix.set_coefficients(place, row);
        }
        matrix.evaluate_across(0..rows.len(), 0);
        for (place, row) in rows.iter_mut().enumerate() {
            matrix.evaluate_cell(place, place);
            *row = matrix.values(place);
        }
    }

    fn interpolate(values: &mut [Self], domain: &Domain) {
        let (rows, rest) = values.as_chunks_mut::<ELEMENTS_PER_CELL>();
        if rows.is_empty() {
            return decimate_in_time(rest, domain.inverse_roots(), 1);
        }
        let mut matrix = CellMatrix::zeros(rows.len());
        for (place, row) in rows.iter().enumerate() {
            matrix.set_values(place, row);
            matrix.interpolate_cell(place, place);
        }
        matrix.interpolate_across(0..rows.len(), 0);
        for (place, row) in rows.iter_mut().enumerate() {
            *row = matrix.coefficients(place);
        }
    }
}

impl Transformable for G1 {
    const SPLIT_BUTTERFLIES: usize = 2;

    fn scale(self, factor: Scalar) -> Self {
        // A multiplication of a point takes as long as 2000 comparisons of scalars.
        if factor == Scalar::ONE {
            self
        } else {
            self * factor
        }
    }
}

impl Domain {
    /// Evaluates the polynomial with the given coefficients on the domain, in place; the values
    /// come out in bit-reversed order. Cost: `n/2 * log2(n)` multiplications.
    ///
    /// # Panics
    /// If there are not as many coefficients as the domain has elements.
    pub(crate) fn evaluate_bit_reversed<T: Transformable>(&self, values: &mut [T]) {
        assert_eq!(
            values.len(),
            self.roots().len(),
            "as many values as domain elements"
        );
        T::evaluate(values, self);
    }

    /// The inverse of [`Domain::evaluate_bit_reversed`], in place.
    ///
    /// # Panics
    /// If there are not as many values as the domain has elements.
    pub(crate) fn interpolate_bit_reversed<T: Transformable>(&self, values: &mut [T]) {
        self.interpolate_bit_reversed_unscaled(values);
        for value in values {
            *value = value.scale(self.inverse_size());
        }
    }

    /// As [`Domain::interpolate_bit_reversed`], times the domain's size: for points the caller
    /// divides the scalars that made them, which is far cheaper.
    ///
    /// # Panics
    /// If there are not as many values as the domain has elements.
    pub(crate) fn interpolate_bit_reversed_unscaled<T: Transformable>(&self, values: &mut [T]) {
        assert_eq!(
            values.len(),
            self.roots().len(),
            "as many values as domain elements"
        );
        T::interpolate(values, self);
    }
}

/// Gentleman-Sande: natural order in, bit-reversed order out.
fn decimate_in_frequency<T: Transformable>(values: &mut [T], roots: &[Scalar], stride: usize) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = values.split_at_mut(half);
    butterflies(low, high, roots, stride, 0, |a, b, root| {
        (a + b, (a - b).scale(root))
    });
    halves(low, high, |part| {
        decimate_in_frequency(part, roots, 2 * stride)
    });
}

/// Cooley-Tukey: bit-reversed order in, natural order out.
fn decimate_in_time<T: Transformable>(values: &mut [T], roots: &[Scalar], stride: usize) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = values.split_at_mut(half);
    halves(low, high, |part| decimate_in_time(part, roots, 2 * stride));
    butterflies(low, high, roots, stride, 0, |a, b, root| {
        let scaled = b.scale(root);
        (a + scaled, a - scaled)
    });
}

/// Applies `function` to both halves of a transform.
fn halves<T: Transformable>(low: &mut [T], high: &mut [T], function: impl Fn(&mut [T]) + Sync) {
    if low.len() > T::SPLIT_BUTTERFLIES {
        threads::join(|| function(low), || function(high));
    } else {
        function(low);
        function(high);
    }
}

/// Applies `butterfly` to each pair with its root; the first pair's root is `roots[first * stride]`.
fn butterflies<T: Transformable>(
    low: &mut [T],
    high: &mut [T],
    roots: &[Scalar],
    stride: usize,
    first: usize,
    butterfly: impl Fn(T, T, Scalar) -> (T, T) + Copy + Send + Sync,
) {
    if low.len() > T::SPLIT_BUTTERFLIES {
        let middle = low.len() / 2;
        let (low_a, low_b) = low.split_at_mut(middle);
        let (high_a, high_b) = high.split_at_mut(middle);
        threads::join(
            || butterflies(low_a, high_a, roots, stride, first, butterfly),
            || butterflies(low_b, high_b, roots, stride, first + middle, butterfly),
        );
        return;
    }
    let roots = roots.iter().skip(first * stride).step_by(stride);
    for ((a, b), root) in low.iter_mut().zip(high).zip(roots) {
        (*a, *b) = butterfly(*a, *b, *root);
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::{bit_reverse_permute, evaluate};

    fn random(count: usize, seed: u64) -> Vec<Scalar> {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        (0..count)
            .map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()))
            .collect()
    }

    #[test]
    fn scalars_agree_with_evaluation_one_by_one() {
        for size in [1, 2, 4, 64, 256, 2048] {
            let domain = Domain::of_size(size);
            let coefficients = random(size, 21);
            let mut expected: Vec<Scalar> = domain
                .roots()
                .iter()
                .map(|x| evaluate(&coefficients, *x))
                .collect();
            bit_reverse_permute(&mut expected);
            let mut values = coefficients.clone();
            domain.evaluate_bit_reversed(&mut values);
            assert_eq!(values, expected, "size {size}");
            domain.interpolate_bit_reversed(&mut values);
            assert_eq!(values, coefficients, "size {size}");
        }
    }

    #[test]
    fn the_largest_domain_round_trips() {
        let domain = Domain::of_size(8192);
        let coefficients = random(8192, 22);
        let mut values = coefficients.clone();
        domain.evaluate_bit_reversed(&mut values);
        assert_eq!(values[1], evaluate(&coefficients, -Scalar::ONE));
        domain.interpolate_bit_reversed(&mut values);
        assert_eq!(values, coefficients);
    }

    #[test]
    fn points_transform_as_their_scalars_do() {
        for size in [2, 8, 32] {
            let domain = Domain::of_size(size);
            let mut scalars = random(size, 23);
            scalars[0] = Scalar::ZERO;
            let mut points: Vec<G1> = scalars.iter().map(|s| G1::generator() * *s).collect();
            let original = points.clone();
            domain.evaluate_bit_reversed(&mut scalars);
            domain.evaluate_bit_reversed(&mut points);
            let expected: Vec<G1> = scalars.iter().map(|s| G1::generator() * *s).collect();
            assert_eq!(points, expected, "size {size}");
            domain.interpolate_bit_reversed(&mut points);
            assert_eq!(points, original, "size {size}");
        }
    }
}
