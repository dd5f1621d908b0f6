//! Whether an assignment covers: no set with less than 2/3 of the stake holds more than 64 columns
//! alone.

use weft_encoding::{COLUMNS, DATA_COLUMNS};

/// The most validators for which every subset is looked at.
pub const EXACT_VALIDATORS: usize = 20;

/// With more validators, the probability over the scores that some set violates the condition is
/// at most 2 to this power.
const BOUND_LOG2: f64 = -40.0;

/// How it is known that an assignment covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coverage {
    /// Every set of validators was looked at.
    Exact {
        /// The most columns that a set with less than 2/3 of the stake holds alone; at most 64.
        alone: usize,
    },
    /// The union bound over all sets of validators, with the scores as independent draws.
    Bounded {
        /// Log base 2 of the bound on the probability that the condition is violated.
        log2_violation: f64,
    },
}

/// Looks at every set of validators; [`Coverage::Exact`] if none violates the condition.
///
/// `alone[S]`, the columns whose holders all lie in S, is a sum over the subsets of S of the
/// columns with exactly these holders: one pass a validator over 2^N bytes. Stakes are compared in
/// integers: 3 * stake(S) < 2 * total.
pub(super) fn check_exactly(stakes: &[u64], by_column: &[Vec<usize>]) -> Option<Coverage> {
    let validators = stakes.len();
    let mut alone = vec![0u8; 1 << validators];
    for holders in by_column {
        let mask = holders
            .iter()
            .fold(0usize, |mask, &validator| mask | 1 << validator);
        alone[mask] += 1;
    }
    for validator in 0..validators {
        let bit = 1usize << validator;
        for block in alone.chunks_exact_mut(2 * bit) {
            let (without, with) = block.split_at_mut(bit);
            for (with, without) in with.iter_mut().zip(without) {
                *with += *without;
            }
        }
    }

    let total: u128 = stakes.iter().copied().map(u128::from).sum();
    let (low, high) = stakes.split_at(validators / 2);
    let (low_sums, high_sums) = (subset_sums(low), subset_sums(high));
    let mut worst = 0;
    for (high_sum, alone) in high_sums.iter().zip(alone.chunks_exact(low_sums.len())) {
        for (low_sum, &alone) in low_sums.iter().zip(alone) {
            if alone > worst && 3 * (high_sum + low_sum) < 2 * total {
                worst = alone;
            }
        }
    }
    let alone = usize::from(worst);
    (alone <= DATA_COLUMNS).then_some(Coverage::Exact { alone })
}

/// The stake of every subset, indexed by its mask.
fn subset_sums(stakes: &[u64]) -> Vec<u128> {
    let mut sums = vec![0u128];
    for &stake in stakes {
        let with: Vec<u128> = sums.iter().map(|sum| sum + u128::from(stake)).collect();
        sums.extend(with);
    }
    sums
}

/// The smallest replication for which the union bound is at most 2^-40.
///
/// Fix a set S with a share q < 2/3 of the stake. The holders of one column are a weighted draw of
/// r without replacement, so they all lie in S with probability at most q^r: every draw from S
/// leaves S a smaller share of what is left. Columns are independent, so the columns that S holds
/// alone are at most Bin(128, (2/3)^r), and a violation needs 65 of them. There are 2^N sets:
///
/// `P(violation) <= 2^N * P(Bin(128, (2/3)^r) >= 65)`
///
/// The draws are those of a hash, and public keys are chosen by their owners. Whoever tries 2^b sets
/// of keys of its own multiplies the chance of a violation by 2^b; keys that are ground one by one
/// combine, so 2^-40 is a bound against chance and light grinding, not against an owner of many
/// keys. Each further replica buys about 38 bits. Replication N always covers.
pub(super) fn bounded_replication(validators: usize) -> (usize, Coverage) {
    for replication in 1..validators {
        let log2_violation = validators as f64 + log2_tail(replication);
        if log2_violation <= BOUND_LOG2 {
            return (replication, Coverage::Bounded { log2_violation });
        }
    }
    (
        validators,
        Coverage::Bounded {
            log2_violation: f64::NEG_INFINITY,
        },
    )
}

/// log2 P(Bin(128, (2/3)^r) >= 65), summed exactly in log space.
fn log2_tail(replication: usize) -> f64 {
    let ln_p = replication as f64 * libm::log(2.0 / 3.0);
    let ln_q = libm::log1p(-libm::exp(ln_p));
    let terms: Vec<f64> = (DATA_COLUMNS + 1..=COLUMNS)
        .map(|k| ln_choose(COLUMNS, k) + k as f64 * ln_p + (COLUMNS - k) as f64 * ln_q)
        .collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = terms.iter().map(|term| libm::exp(term - largest)).sum();
    (largest + libm::log(sum)) / core::f64::consts::LN_2
}

fn ln_choose(n: usize, k: usize) -> f64 {
    (0..k)
        .map(|i| libm::log((n - i) as f64 / (i + 1) as f64))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_check_agrees_with_counting_every_set() {
        let stakes = [5u64, 3, 3, 1, 7];
        let by_column: Vec<Vec<usize>> =
            (0..COLUMNS).map(|c| vec![c % 5, (c / 5 + c) % 5]).collect();
        let total: u64 = stakes.iter().sum();
        let mut worst = 0;
        for set in 0u32..32 {
            let inside = |v: &usize| set >> v & 1 == 1;
            let stake: u64 = (0..5).filter(inside).map(|v| stakes[v]).sum();
            if 3 * stake < 2 * total {
                let alone = by_column.iter().filter(|h| h.iter().all(inside)).count();
                worst = worst.max(alone);
            }
        }
        let expected = (worst <= DATA_COLUMNS).then_some(Coverage::Exact { alone: worst });
        assert_eq!(check_exactly(&stakes, &by_column), expected);
        assert!(worst > 0);
    }

    #[test]
    fn exactly_two_thirds_is_not_less_than_two_thirds() {
        // Two of three equal validators hold 86 columns alone, but have 2/3 of the stake.
        let thirds: Vec<Vec<usize>> = (0..COLUMNS).map(|c| vec![c % 3]).collect();
        assert_eq!(
            check_exactly(&[9, 9, 9], &thirds),
            Some(Coverage::Exact { alone: 43 })
        );
        assert_eq!(check_exactly(&[8, 8, 9], &thirds), None);
    }

    #[test]
    fn the_tail_agrees_with_a_direct_sum() {
        // r = 1: p = 2/3, the tail is nearly 1; summed here term by term in plain f64.
        let mut tail = 0.0;
        for k in 65..=128i32 {
            let mut choose = 1.0f64;
            for i in 0..k {
                choose *= f64::from(128 - i) / f64::from(i + 1);
            }
            tail += choose * (2f64 / 3.0).powi(k) * (1f64 / 3.0).powi(128 - k);
        }
        assert!((log2_tail(1) - tail.log2()).abs() < 1e-9);
        assert!(log2_tail(4) > log2_tail(5));
    }

    #[test]
    fn replication_of_large_sets_is_frozen() {
        let found: Vec<usize> = [21, 40, 64, 100, 256, 1024]
            .map(|n| bounded_replication(n).0)
            .into();
        // The same figures as from exact fractions.
        assert_eq!(found, [5, 6, 6, 7, 12, 32]);
    }
}
