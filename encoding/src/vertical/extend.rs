//! The vertical map by repeated differences.

use std::ops::{Add, Sub};

/// The values at n..2n-1 of the polynomial of degree < n that has `values` at 0..n-1.
///
/// Works in any additive group, so for scalars and for curve points alike; n(n-1)/2 subtractions
/// and n(n-1) additions. The group's addition must be complete: equal values give the neutral
/// element and sums of opposites on the way.
///
/// Source: Newton's backward differences, in which the value after the last is the sum of the last
/// difference of every order.
pub(crate) fn extend<T>(values: &[T]) -> Vec<T>
where
    T: Copy + Add<Output = T> + Sub<Output = T>,
{
    let n = values.len();
    // After the k-th pass `differences[n - 1 - k]` is the k-th backward difference at n - 1.
    let mut differences = values.to_vec();
    for order in 1..n {
        for i in 0..n - order {
            differences[i] = differences[i + 1] - differences[i];
        }
    }
    let mut parity = Vec::with_capacity(n);
    for _ in 0..n {
        // The difference of order n - 1, in place 0, is constant.
        for i in 1..n {
            differences[i] = differences[i] + differences[i - 1];
        }
        parity.push(differences[n - 1]);
    }
    parity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continues_polynomials_over_the_integers() {
        for n in 1..=9i64 {
            // Horner of 1 + 2y + 3y^2 + ... with n coefficients.
            let f = |y: i64| (1..=n).rev().fold(0i64, |sum, k| sum * y + k);
            let values: Vec<i64> = (0..n).map(f).collect();
            let expected: Vec<i64> = (n..2 * n).map(f).collect();
            assert_eq!(extend(&values), expected, "n = {n}");
        }
    }

    #[test]
    fn a_single_value_is_constant_and_nothing_stays_nothing() {
        assert_eq!(extend(&[5i64]), [5]);
        assert!(extend::<i64>(&[]).is_empty());
    }
}
