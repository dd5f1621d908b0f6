//! Lagrange weights on integer nodes.

use crate::algebra::Scalar;

/// The Lagrange basis on a set of distinct integers below a bound.
///
/// `f(x) = sum_k weight_k(x) f(node_k)` for every polynomial of degree below the number of nodes.
#[derive(Debug)]
pub(crate) struct Weights {
    nodes: Vec<usize>,
    /// 1 / prod_{l != k} (node_k - node_l).
    inverse_denominators: Vec<Scalar>,
    /// 1 / m for m in 1..bound; index 0 is unused.
    inverses: Vec<Scalar>,
}

impl Weights {
    /// The basis on 0..n-1, for values at x < 2n; O(n) multiplications and one inversion.
    pub(crate) fn on_first(n: usize) -> Self {
        let (inverses, inverse_factorials) = inverse_tables(2 * n.max(1));
        let inverse_denominators = (0..n)
            .map(|k| {
                // prod_{l != k} (k - l) = k! (n-1-k)! (-1)^(n-1-k)
                let magnitude = inverse_factorials[k] * inverse_factorials[n - 1 - k];
                if (n - 1 - k).is_multiple_of(2) {
                    magnitude
                } else {
                    -magnitude
                }
            })
            .collect();
        Self {
            nodes: (0..n).collect(),
            inverse_denominators,
            inverses,
        }
    }

    /// The basis on any distinct `nodes`, all below `bound`, for values at x < `bound`; O(n^2)
    /// multiplications and one inversion.
    pub(crate) fn on_nodes(nodes: &[usize], bound: usize) -> Self {
        let (inverses, _) = inverse_tables(bound);
        let inverse_denominators = nodes
            .iter()
            .map(|&node| {
                nodes
                    .iter()
                    .filter(|&&other| other != node)
                    .fold(Scalar::ONE, |product, &other| {
                        product * inverse_of_difference(&inverses, node, other)
                    })
            })
            .collect();
        Self {
            nodes: nodes.to_vec(),
            inverse_denominators,
            inverses,
        }
    }

    /// The weight of every node's value in the value at `x`; O(n) multiplications.
    pub(crate) fn at(&self, x: usize) -> Vec<Scalar> {
        if let Some(place) = self.nodes.iter().position(|&node| node == x) {
            let mut weights = vec![Scalar::ZERO; self.nodes.len()];
            weights[place] = Scalar::ONE;
            return weights;
        }
        let product = self
            .nodes
            .iter()
            .fold(Scalar::ONE, |product, &node| product * difference(x, node));
        self.nodes
            .iter()
            .zip(&self.inverse_denominators)
            .map(|(&node, inverse)| {
                product * *inverse * inverse_of_difference(&self.inverses, x, node)
            })
            .collect()
    }
}

/// a - b as a scalar.
fn difference(a: usize, b: usize) -> Scalar {
    let magnitude = Scalar::from_u64(a.abs_diff(b) as u64);
    if a >= b { magnitude } else { -magnitude }
}

/// 1 / (a - b) as a scalar; a and b differ by less than the table's bound, and are not equal.
fn inverse_of_difference(inverses: &[Scalar], a: usize, b: usize) -> Scalar {
    let magnitude = inverses[a.abs_diff(b)];
    if a >= b { magnitude } else { -magnitude }
}

/// 1/m and 1/m! for m < bound, with one inversion in the field.
fn inverse_tables(bound: usize) -> (Vec<Scalar>, Vec<Scalar>) {
    let mut factorials = Vec::with_capacity(bound);
    let mut factorial = Scalar::ONE;
    for m in 0..bound {
        if m > 0 {
            factorial *= Scalar::from_u64(m as u64);
        }
        factorials.push(factorial);
    }
    let mut inverse_factorials = vec![Scalar::ONE; bound];
    let mut inverses = vec![Scalar::ONE; bound];
    // The modulus is a prime far above the bound, so no factorial is zero.
    let mut inverse_factorial = factorial
        .inverse()
        .expect("m! is not zero for m below the modulus");
    for m in (1..bound).rev() {
        inverse_factorials[m] = inverse_factorial;
        inverses[m] = inverse_factorial * factorials[m - 1];
        inverse_factorial *= Scalar::from_u64(m as u64);
    }
    (inverses, inverse_factorials)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn scalar(value: i64) -> Scalar {
        let magnitude = Scalar::from_u64(value.unsigned_abs());
        if value < 0 { -magnitude } else { magnitude }
    }

    /// prod_{l != k} (x - l) / (k - l), written out.
    fn naive_weight(nodes: &[usize], k: usize, x: usize) -> Scalar {
        nodes
            .iter()
            .filter(|&&l| l != nodes[k])
            .fold(Scalar::ONE, |product, &l| {
                let numerator = scalar(x as i64 - l as i64);
                let denominator = scalar(nodes[k] as i64 - l as i64);
                product * numerator * denominator.inverse().unwrap()
            })
    }

    #[test]
    fn the_first_nodes_have_the_textbook_weights() {
        // f(2) = 2 f(1) - f(0) and f(3) = 3 f(2) - 3 f(1) + f(0).
        assert_eq!(Weights::on_first(1).at(1), [scalar(1)]);
        assert_eq!(Weights::on_first(2).at(2), [scalar(-1), scalar(2)]);
        assert_eq!(
            Weights::on_first(3).at(3),
            [scalar(1), scalar(-3), scalar(3)]
        );
        for n in 1..=12 {
            let nodes: Vec<usize> = (0..n).collect();
            let weights = Weights::on_first(n);
            for x in 0..2 * n {
                let expected: Vec<Scalar> = (0..n).map(|k| naive_weight(&nodes, k, x)).collect();
                assert_eq!(weights.at(x), expected, "n = {n}, x = {x}");
            }
        }
    }

    #[test]
    fn any_nodes_in_any_order_have_the_textbook_weights() {
        for nodes in [vec![0], vec![3], vec![5, 0, 2], vec![9, 8, 1, 4, 6]] {
            let weights = Weights::on_nodes(&nodes, 10);
            for x in 0..10 {
                let expected: Vec<Scalar> = (0..nodes.len())
                    .map(|k| naive_weight(&nodes, k, x))
                    .collect();
                assert_eq!(weights.at(x), expected, "nodes {nodes:?}, x = {x}");
            }
        }
    }
}
