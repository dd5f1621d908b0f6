//! The vertical map on points: repeated differences, with independent additions in batches.
//!
//! Entry `i` of a list is updated in every pass by its neighbour. The passes over the differences
//! are batches as they are. Those over the values that follow overlap: pass `k` updates entry `i`
//! together with pass `k + 1` on entry `i - 1`, so `n^2` additions take `2 n` batches.
//!
//! ```text
//!   pass 0    1 2 3 4 5          number: the batch in which an entry is updated
//!   pass 1      2 3 4 5 6
//!   pass 2        3 4 5 6 7
//! ```

use super::G1Affine;
use super::affine::{Affine, NEGATED, Pair, Products, add_pairs, export_all, import};
use super::lanes::{Lanes, with_best_lanes};

/// The values at n..2n-1 of the polynomial of degree < n that has the `values` at 0..n-1.
///
/// `n (n - 1) / 2` subtractions and `n (n - 1)` additions, all complete, with one inversion for each
/// of `3 n` batches.
pub(crate) fn extend_points(values: &[G1Affine]) -> Vec<G1Affine> {
    with_best_lanes!(L => export_all(&extend::<L>(import(values))))
}

fn extend<L: Lanes>(mut entries: Vec<Affine<L>>) -> Vec<Affine<L>> {
    let n = entries.len();
    if n < 2 {
        return entries;
    }
    let last = u32::try_from(n - 1).expect("a matrix has few rows");
    let mut batch = Batch::new();
    // After the k-th pass entry n - 1 - k is the k-th backward difference at n - 1.
    for order in 0..last {
        batch.update(
            &mut entries,
            (0..last - order).map(|i| (i, [i + 1, i | NEGATED])),
        );
    }
    // The difference of order n - 1, in place 0, is constant.
    let mut following = Vec::with_capacity(n);
    for front in 1..=2 * last {
        let first = front.saturating_sub(last).max(1);
        batch.update(
            &mut entries,
            (first..=front.min(last)).map(|i| (i, [i, i - 1])),
        );
        if front >= last {
            following.push(entries[n - 1]);
        }
    }
    following
}

/// One batch after another, with the memory of the last.
struct Batch<L: Lanes> {
    places: Vec<u32>,
    pairs: Vec<Pair>,
    sums: Vec<Affine<L>>,
    products: Products<L>,
}

impl<L: Lanes> Batch<L> {
    fn new() -> Self {
        Self {
            places: Vec::new(),
            pairs: Vec::new(),
            sums: Vec::new(),
            products: Products::new(),
        }
    }

    /// Replaces entries by sums of two, all of which are taken before any is replaced.
    fn update(&mut self, entries: &mut [Affine<L>], updates: impl Iterator<Item = (u32, Pair)>) {
        self.places.clear();
        self.pairs.clear();
        for (place, pair) in updates {
            self.places.push(place);
            self.pairs.push(pair);
        }
        self.sums.resize(self.pairs.len(), Affine::default());
        add_pairs(entries, &self.pairs, &mut self.sums, &mut self.products);
        for (place, sum) in self.places.iter().zip(&self.sums) {
            entries[*place as usize] = *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::{G1, Scalar};

    /// Values of `(y + 1)^degree`, so that differences of higher order are infinity; every
    /// second time with opposite points among them.
    fn agree<L: Lanes>() {
        for n in [1u64, 2, 3, 5, 8, 17, 33] {
            for degree in [0, 1, 2, n - 1] {
                let at = |y: u64| {
                    G1::generator() * (Scalar::from_u64(y) - Scalar::from_u64(2)).pow(degree)
                };
                let values: Vec<G1Affine> = (0..n).map(|y| at(y).to_affine()).collect();
                let found = export_all(&extend::<L>(import(&values)));
                assert_eq!(found.len(), values.len());
                if degree < n {
                    for (y, found) in (n..).zip(found) {
                        assert_eq!(found.to_jacobian(), at(y), "n = {n}, degree {degree}");
                    }
                }
            }
        }
    }

    #[test]
    fn continues_polynomials_whatever_points_meet() {
        with_all_lanes!(L => agree::<L>());
    }

    #[test]
    fn infinity_extends_to_infinity_and_nothing_to_nothing() {
        assert!(extend_points(&[]).is_empty());
        let infinite = [G1Affine::infinity(); 9];
        assert_eq!(extend_points(&infinite), infinite);
    }
}
