//! The number of columns of each validator, in proportion to stake.

use std::cmp::Reverse;

use weft_encoding::COLUMNS;

use super::CustodyWeight;

/// Apportions 128 * `replication` places to the validators in proportion to stake, by largest remainder and
/// at most 128 each. The excess of a capped validator goes to the others by the same rule.
///
/// `replication` is at most the number of validators, so the places always fit. Ties go to the
/// larger stake, then to the smaller public key: the order of the input does not matter.
pub(super) fn quotas(weights: &[CustodyWeight], replication: usize) -> Vec<usize> {
    let mut quotas = vec![0; weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).collect();
    let mut places = COLUMNS * replication;

    loop {
        let stake = stake_of(weights, &open);
        let (capped, rest): (Vec<usize>, Vec<usize>) = open
            .iter()
            .partition(|&&v| share(places, weights[v].stake, stake).0 >= COLUMNS);
        if capped.is_empty() {
            break;
        }
        for &validator in &capped {
            quotas[validator] = COLUMNS;
        }
        places -= COLUMNS * capped.len();
        open = rest;
    }

    let stake = stake_of(weights, &open);
    let mut remainders = Vec::with_capacity(open.len());
    let mut left = places;
    for &validator in &open {
        let (whole, remainder) = share(places, weights[validator].stake, stake);
        quotas[validator] = whole;
        left -= whole;
        remainders.push((
            Reverse(remainder),
            Reverse(weights[validator].stake),
            validator,
        ));
    }
    remainders.sort_by_key(|&(remainder, stake, validator)| {
        (remainder, stake, weights[validator].public_key)
    });
    for &(_, _, validator) in remainders.iter().take(left) {
        quotas[validator] += 1;
    }
    quotas
}

fn stake_of(weights: &[CustodyWeight], validators: &[usize]) -> u128 {
    validators
        .iter()
        .map(|&validator| u128::from(weights[validator].stake))
        .sum()
}

/// `places * stake / total` as whole and remainder. The product is below 2^17 * 2^64.
fn share(places: usize, stake: u64, total: u128) -> (usize, u128) {
    let product = places as u128 * u128::from(stake);
    let whole = usize::try_from(product / total).unwrap_or(usize::MAX);
    (whole, product % total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stakes: &[u64], replication: usize) -> Vec<usize> {
        let weights: Vec<CustodyWeight> = stakes
            .iter()
            .zip(0u8..)
            .map(|(&stake, key)| CustodyWeight {
                public_key: [key; 48],
                stake,
            })
            .collect();
        quotas(&weights, replication)
    }

    #[test]
    fn table() {
        for (stakes, replication, expected) in [
            (&[1][..], 1, &[128][..]),
            (&[1, 1, 1, 1], 1, &[32, 32, 32, 32]),
            (&[1, 1, 1], 1, &[43, 43, 42]),
            (&[10, 1, 1], 2, &[128, 64, 64]),
            (&[5, 3, 1, 1], 2, &[128, 77, 26, 25]),
            (&[u64::MAX, u64::MAX], 1, &[64, 64]),
            (&[u64::MAX, 1], 1, &[128, 0]),
            (&[u64::MAX, 1, 2], 3, &[128, 128, 128]),
        ] {
            assert_eq!(
                of(stakes, replication),
                expected,
                "{stakes:?} x {replication}"
            );
        }
    }

    #[test]
    fn every_place_is_given_and_nobody_exceeds_the_columns() {
        for n in 1..=20u64 {
            let stakes: Vec<u64> = (1..=n).map(|i| i * i * i).collect();
            for replication in 1..=stakes.len() {
                let quotas = of(&stakes, replication);
                assert_eq!(quotas.iter().sum::<usize>(), COLUMNS * replication);
                assert!(quotas.iter().all(|&q| q <= COLUMNS));
            }
        }
    }
}
