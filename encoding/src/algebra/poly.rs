//! Polynomials as lists of coefficients, lowest first.

use super::Scalar;

/// The value at `x`, by Horner's rule: one multiplication a coefficient.
pub(crate) fn evaluate(coefficients: &[Scalar], x: Scalar) -> Scalar {
    coefficients
        .iter()
        .rev()
        .fold(Scalar::ZERO, |value, coefficient| value * x + *coefficient)
}

/// The quotient `(p(X) - p(z)) / (X - z)` and the value `p(z)`, by synthetic division.
///
/// One multiplication a coefficient; holds wherever `z` lies, also on an evaluation domain.
pub(crate) fn divide_by_linear(coefficients: &[Scalar], z: Scalar) -> (Vec<Scalar>, Scalar) {
    let mut quotient = vec![Scalar::ZERO; coefficients.len().saturating_sub(1)];
    let mut carry = Scalar::ZERO;
    for (i, coefficient) in coefficients.iter().enumerate().rev() {
        carry = carry * z + *coefficient;
        if i > 0 {
            quotient[i - 1] = carry;
        }
    }
    (quotient, carry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_and_evaluation_agree_with_multiplying_out() {
        let p: Vec<Scalar> = [5u64, 0, 7, 11, 13].map(Scalar::from_u64).into();
        for z in [0, 1, 9].map(Scalar::from_u64) {
            let (quotient, value) = divide_by_linear(&p, z);
            assert_eq!(value, evaluate(&p, z));
            let mut product = vec![Scalar::ZERO; p.len()];
            for (i, q) in quotient.iter().enumerate() {
                product[i + 1] += *q;
                product[i] -= *q * z;
            }
            product[0] += value;
            assert_eq!(product, p);
        }
        assert_eq!(
            evaluate(&p, Scalar::from_u64(2)),
            Scalar::from_u64(5 + 28 + 88 + 208)
        );
        assert_eq!(divide_by_linear(&[], Scalar::ONE), (vec![], Scalar::ZERO));
    }
}
