//! Whether an assignment covers: no set with less than 2/3 of the stake holds more than 64 columns
//! alone.

use weft_encoding::DATA_COLUMNS;

/// The most validators for which every subset is checked.
pub const EXACT_VALIDATORS: usize = 20;

/// How an assignment was shown to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// By checking every set of validators.
    Exact {
        /// The most columns that a set with less than 2/3 of the stake holds alone; at most 64.
        alone: usize,
    },
    /// By a spectral bound on the assignment, which excludes every violating set.
    Certified {
        /// Cases into which the sets were divided; 1 if the bound excludes all sets at once.
        cases: usize,
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

#[cfg(test)]
mod tests {
    use weft_encoding::COLUMNS;

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
}
