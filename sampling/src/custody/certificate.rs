//! A proof that a given assignment covers.
//!
//! To show: no set H of validators with more than 1/3 of the stake leaves 65 columns without a
//! holder in H. This is the condition of the [module above](super), read from the other side: the
//! validators outside H have less than 2/3 and hold those columns alone.
//!
//! **The spectral bound.** Give every pair (column c, holder v) a weight p > 0. Let a be the weights'
//! sums by column, b by validator, all of them together 1. For columns D and validators H without a
//! pair between them let d = a(D) and h = b(H). With f the indicator of D less d, and g that of H
//! less h:
//!
//! ```text
//!   0 = sum of p over D x H = d h + f'Pg
//!   (f'Pg)^2 <= f' P diag(1/b) P' f * g' diag(b) g        (Cauchy and Schwarz)
//!   f' P diag(1/b) P' f <= s f' diag(a) f                 (s: see below)
//!   d h <= s (1 - d) (1 - h)
//! ```
//!
//! The third line holds if Z = s diag(a) - P diag(1/b) P' + a a' is positive semidefinite, since f is
//! orthogonal to a. So with d the least weight that 65 columns can have, and h that of a third of
//! the stake, s = d h / ((1 - d) (1 - h)) and a Cholesky factor of Z show that D and H do not exist.
//! Sources: Tanner, "Explicit concentrators from generalized n-gons" (1984); Haemers, "Interlacing
//! eigenvalues and graphs" (1995), section 4. Any weights give a sound bound. Those used here have
//! b = the stake exactly, which is what makes h a share of the stake, and a nearly even.
//!
//! **Cases.** If the bound falls short, the search takes one validator and splits: either H has it, so D
//! has none of its columns and H needs less stake of the others; or H does not have it, and fewer others
//! are undecided. Both cases are easier. A validator that leaves fewer than 65 columns is never in H, and
//! one that holds none of the columns that are left always is. The number of cases is limited, not their
//! time: the outcome is the same on every machine.
//!
//! **Arithmetic.** Stakes are compared in integers. Everything else is addition, multiplication,
//! division and square root of `f64` in a fixed order, which IEEE 754 defines to the last bit. The
//! roundings of Z's entries, in the norm, and of its factor (Higham, "Accuracy and stability of numerical
//! algorithms", theorem 10.3) are together below 10^-10 for 128 columns and 1024 validators, and those
//! of d and h below 10^-12: [`MARGIN`] is taken off all three.

use std::cmp::Reverse;

use weft_encoding::{COLUMNS, DATA_COLUMNS};

use crate::ColumnSet;

/// More than all roundings together; see the module's documentation.
const MARGIN: f64 = 1e-9;

/// Passes that bring the columns' weights closer to each other.
const BALANCING_PASSES: usize = 4;

/// Columns that D must have.
const ALONE: usize = DATA_COLUMNS + 1;

/// The outcome of a search for an uncovered set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// No set is uncovered.
    Covered {
        /// Cases that were checked; 1 if the bound holds for all sets at once.
        cases: usize,
    },
    /// Some set is uncovered.
    Violated,
    /// The cases did not suffice.
    Open,
}

/// Sets that have some validators and lack others.
struct Case {
    /// The columns of which H has no holder yet.
    open: ColumnSet,
    /// The stake that H has.
    stake: u128,
    /// The validators that H may have or not.
    undecided: Vec<usize>,
}

/// Looks for a set of validators that violates the condition, in at most `max_cases` cases.
///
/// `stakes[v]`, above zero, and `columns[v]` belong to one validator. The outcome depends on their
/// order only as far as roundings do; callers give them in the order of public keys. Cost: about
/// 128^3 / 6 multiplications a case, and the validators' columns squared.
pub(super) fn certify(stakes: &[u64], columns: &[ColumnSet], max_cases: usize) -> Finding {
    let total = stakes.iter().copied().map(u128::from).sum();
    let mut cases = 0;
    let mut left = vec![Case {
        open: ColumnSet::ALL,
        stake: 0,
        undecided: (0..stakes.len()).collect(),
    }];
    while let Some(mut case) = left.pop() {
        if cases == max_cases {
            return Finding::Open;
        }
        cases += 1;
        case.decide(stakes, columns);
        if case.open.len() < ALONE {
            continue;
        }
        if 3 * case.stake > total {
            return Finding::Violated;
        }
        let undecided: u128 = case.undecided.iter().map(|&v| u128::from(stakes[v])).sum();
        if 3 * (case.stake + undecided) <= total {
            continue;
        }
        let needed = (total as f64 / 3.0 - case.stake as f64) / undecided as f64;
        if Weights::new(&case, stakes, columns).exclude(needed) {
            continue;
        }
        let widest = (0..case.undecided.len()).max_by_key(|&place| {
            let v = case.undecided[place];
            let open = columns[v].intersection(case.open).len();
            (open, stakes[v], Reverse(place))
        });
        let Some(widest) = widest else { continue };
        let validator = case.undecided.remove(widest);
        left.push(Case {
            open: case.open,
            stake: case.stake,
            undecided: case.undecided.clone(),
        });
        left.push(Case {
            open: case.open.difference(columns[validator]),
            stake: case.stake + u128::from(stakes[validator]),
            undecided: case.undecided,
        });
    }
    Finding::Covered { cases }
}

impl Case {
    /// Decides the clear validators: those with which too few columns are left, or none is lost.
    fn decide(&mut self, stakes: &[u64], columns: &[ColumnSet]) {
        let Self {
            open,
            stake,
            undecided,
        } = self;
        undecided.retain(|&v| {
            let held = columns[v].intersection(*open).len();
            if held == 0 {
                *stake += u128::from(stakes[v]);
            }
            held > 0 && open.len() - held >= ALONE
        });
    }
}

/// The weights p of the pairs that are left in a case.
struct Weights {
    /// By validator: its share of the undecided stake, and its pairs as (column, weight).
    by_validator: Vec<(f64, Vec<(usize, f64)>)>,
    /// By column, for those with an undecided holder.
    by_column: Vec<f64>,
    /// Columns that D must have of these, besides the open columns without an undecided holder.
    needed: usize,
}

impl Weights {
    /// Each validator's share of the stake on its columns, so that the columns weigh about the same.
    ///
    /// Sinkhorn's iteration, ending with the validators: their sums are right, the columns' nearly
    /// even.
    fn new(case: &Case, stakes: &[u64], columns: &[ColumnSet]) -> Self {
        let held = case.undecided.iter().fold(ColumnSet::EMPTY, |held, &v| {
            held.union(columns[v].intersection(case.open))
        });
        let mut places = [0; COLUMNS];
        for (place, column) in held.iter().enumerate() {
            places[column.get()] = place;
        }
        let stake: u128 = case.undecided.iter().map(|&v| u128::from(stakes[v])).sum();
        let mut by_validator: Vec<(f64, Vec<(usize, f64)>)> = case
            .undecided
            .iter()
            .map(|&v| {
                let pairs = columns[v].intersection(case.open).iter();
                let pairs = pairs.map(|column| (places[column.get()], 0.0)).collect();
                (stakes[v] as f64 / stake as f64, pairs)
            })
            .collect();

        let mut factors = vec![1.0; held.len()];
        let mut by_column = vec![0.0; held.len()];
        for pass in 0..=BALANCING_PASSES {
            if pass > 0 {
                for (factor, weight) in factors.iter_mut().zip(&by_column) {
                    *factor /= weight * held.len() as f64;
                }
            }
            by_column.fill(0.0);
            for (share, pairs) in &mut by_validator {
                let sum: f64 = pairs.iter().map(|&(column, _)| factors[column]).sum();
                for (column, weight) in pairs {
                    *weight = *share * factors[*column] / sum;
                    by_column[*column] += *weight;
                }
            }
        }
        let free = case.open.len() - held.len();
        Self {
            by_validator,
            by_column,
            needed: ALONE.saturating_sub(free),
        }
    }

    /// Whether no H with more than `share` of the undecided stake leaves as many columns as needed.
    fn exclude(&self, share: f64) -> bool {
        let mut ascending = self.by_column.clone();
        ascending.sort_by(f64::total_cmp);
        let all: f64 = ascending.iter().sum();
        let least: f64 = ascending.iter().take(self.needed).sum();
        let (d, h) = (least / all - MARGIN, share - MARGIN);
        if d <= 0.0 || h <= 0.0 {
            return false;
        }
        let s = d * h / ((1.0 - d) * (1.0 - h)) - MARGIN;
        // No eigenvalue is above 1.
        s >= 1.0 || is_positive_definite(self.z(s), self.by_column.len())
    }

    /// Z between two factors of diag(1 / sqrt(a)), row by row; only i >= j is filled in.
    fn z(&self, s: f64) -> Vec<f64> {
        let roots: Vec<f64> = self.by_column.iter().map(|weight| weight.sqrt()).collect();
        let size = roots.len();
        let mut z = vec![0.0; size * size];
        for (i, row) in z.chunks_exact_mut(size).enumerate() {
            for (entry, root) in row.iter_mut().zip(&roots[..=i]) {
                *entry = roots[i] * root;
            }
            row[i] += s;
        }
        for (share, pairs) in &self.by_validator {
            for (place, &(i, weight)) in pairs.iter().enumerate() {
                // A validator's columns ascend.
                for &(j, other) in &pairs[..=place] {
                    z[i * size + j] -= weight / roots[i] * (other / roots[j]) / share;
                }
            }
        }
        z
    }
}

/// Whether Cholesky's factorisation of a symmetric matrix, given by its rows up to the diagonal,
/// goes through.
fn is_positive_definite(mut matrix: Vec<f64>, size: usize) -> bool {
    for i in 0..size {
        let (above, from_row) = matrix.split_at_mut(i * size);
        let row = &mut from_row[..=i];
        for (j, pivot_row) in above.chunks_exact(size).enumerate() {
            row[j] = (row[j] - dot(&row[..j], &pivot_row[..j])) / pivot_row[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot.is_nan() || pivot <= 0.0 {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// In four sums of every fourth term, which a compiler can vectorise without changing the result.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a, b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a.zip(b) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests;
