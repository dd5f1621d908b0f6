#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use weft_chain::{SecretKey, Validator};

use super::*;

fn weights(stakes: &[u64]) -> Vec<CustodyWeight> {
    stakes
        .iter()
        .enumerate()
        .map(|(i, &stake)| {
            let mut public_key = [0; 48];
            public_key[..8].copy_from_slice(&(i as u64).to_be_bytes());
            CustodyWeight { public_key, stake }
        })
        .collect()
}

fn held(holders: &Holders, validator: usize) -> usize {
    holders
        .by_column
        .iter()
        .filter(|column| column.contains(&validator))
        .count()
}

/// (column, public key) pairs: what a custodian has to store.
fn places(weights: &[CustodyWeight]) -> BTreeSet<(usize, [u8; 48])> {
    let holders = assign(weights).unwrap();
    holders
        .by_column
        .iter()
        .enumerate()
        .flat_map(|(column, held)| held.iter().map(move |&v| (column, weights[v].public_key)))
        .collect()
}

#[test]
fn four_equal_validators_hold_32_columns_each() {
    let holders = assign(&weights(&[25; 4])).unwrap();
    assert_eq!(holders.replication, 1);
    assert_eq!(holders.coverage, Coverage::Exact { alone: 64 });
    assert_eq!([0, 1, 2, 3].map(|v| held(&holders, v)), [32; 4]);
}

#[test]
fn both_directions_of_an_assignment_agree() {
    let validators = (1..=6u8)
        .map(|i| {
            let secret = SecretKey::generate(&[i; 32]);
            Validator {
                public_key: secret.public_key(),
                stake: u64::from(i),
                proof_of_possession: secret.prove_possession(),
            }
        })
        .collect();
    let set = ValidatorSet::new(validators).unwrap();
    let assignment = CustodyAssignment::new(&set).unwrap();
    let mut places = 0;
    for column in ColumnIndex::all() {
        let custodians = assignment.custodians_of(column);
        assert_eq!(custodians.len(), assignment.replication());
        for (index, _) in set.iter() {
            let holds = assignment.columns_of(index).contains(column);
            assert_eq!(holds, custodians.contains(&index));
            places += usize::from(holds);
        }
    }
    assert_eq!(places, COLUMNS * assignment.replication());
    assert!(
        assignment
            .columns_of(ValidatorIndex::new(6).unwrap())
            .is_empty()
    );
    assert_eq!(CustodyAssignment::new(&set).unwrap(), assignment);
}

#[test]
fn replication_table() {
    for (stakes, replication) in [
        (&[1][..], 1),
        (&[1, 1], 1),
        (&[1, 1, 1], 1),
        (&[1; 5], 2),
        (&[1; 6], 2),
        (&[1; 7], 2),
        (&[100, 1], 1),
        // Three of four have just under 2/3, and would hold 85 columns alone.
        (&[30, 30, 30, 46], 2),
    ] {
        let holders = assign(&weights(stakes)).unwrap();
        assert_eq!(holders.replication, replication, "{stakes:?}");
        let Coverage::Exact { alone } = holders.coverage else {
            panic!("small sets are exact")
        };
        assert!(alone <= 64, "{stakes:?}: {alone}");
    }
}

#[test]
fn a_smaller_replication_would_not_cover() {
    for n in 5..=12 {
        let weights = weights(&vec![1; n]);
        let found = assign(&weights).unwrap().replication;
        let stakes = vec![1; n];
        let ranking = rendezvous::Ranking::new(&weights);
        for replication in 1..found {
            let quotas = quota::quotas(&weights, replication);
            let by_column = balance::balance(&ranking, &quotas, replication);
            assert_eq!(
                coverage::check_exactly(&stakes, &by_column),
                None,
                "{n} x {replication}"
            );
        }
    }
}

#[test]
fn impossible_sets_are_refused_by_name() {
    assert_eq!(assign(&[]), Err(AssignmentError::Empty));
    assert_eq!(
        assign(&weights(&[1, 0])),
        Err(AssignmentError::ZeroStake { validator: 1 })
    );
    assert_eq!(
        assign(&weights(&[1; 1025])),
        Err(AssignmentError::TooMany {
            count: 1025,
            max: 1024
        })
    );
}

#[test]
fn the_order_of_the_validators_does_not_matter() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    for stakes in [&[5u64, 9, 1, 1, 30, 2][..], &[3; 25][..]] {
        let mut weights = weights(stakes);
        let before = places(&weights);
        weights.shuffle(&mut rng);
        assert_eq!(places(&weights), before);
    }
}

/// At least the places of whoever joins have to move; balancing moves some more.
#[test]
fn a_change_of_one_validator_moves_few_columns() {
    for (n, allowed) in [(7usize, 2.5), (10, 2.5), (16, 2.5), (60, 1.01)] {
        let all = weights(&vec![10; n + 1]);
        let (before, after) = (places(&all[..n]), places(&all));
        if before.len() != after.len() {
            panic!(
                "pick sizes with one replication: {} and {}",
                before.len(),
                after.len()
            );
        }
        let gained = after.difference(&before).count();
        let joined = after
            .iter()
            .filter(|(_, key)| *key == all[n].public_key)
            .count();
        assert!(
            gained as f64 <= allowed * joined as f64,
            "{n} validators and one more: {gained} of {} places moved, {joined} had to",
            after.len()
        );

        let mut reweighted = all.clone();
        reweighted[0].stake = 11;
        let moved = places(&reweighted).difference(&after).count();
        assert!(
            moved * 10 <= after.len(),
            "{n}: {moved} of {} for 10% of stake",
            after.len()
        );
    }
}

/// A search for a violating set: columns are taken whole, cheapest first, from random starts, and
/// taken sets are improved by dropping the validator that pays least.
fn most_columns_alone(stakes: &[u64], by_column: &[Vec<usize>], rng: &mut impl Rng) -> usize {
    let total: u128 = stakes.iter().copied().map(u128::from).sum();
    let mut worst = 0;
    for _ in 0..40 {
        let mut inside = vec![false; stakes.len()];
        let mut stake = 0u128;
        let mut open: Vec<usize> = (0..by_column.len()).collect();
        open.shuffle(rng);
        open.truncate(rng.random_range(by_column.len() / 2..=by_column.len()));
        let mut alone = 0;
        loop {
            let price = |column: &usize| -> u128 {
                by_column[*column]
                    .iter()
                    .filter(|&&v| !inside[v])
                    .map(|&v| u128::from(stakes[v]))
                    .sum()
            };
            let Some((place, cheapest)) = open
                .iter()
                .map(price)
                .enumerate()
                .min_by_key(|&(_, price)| price)
            else {
                break;
            };
            if 3 * (stake + cheapest) >= 2 * total {
                break;
            }
            for &v in &by_column[open.swap_remove(place)] {
                inside[v] = true;
            }
            stake += cheapest;
            alone = by_column
                .iter()
                .filter(|h| h.iter().all(|&v| inside[v]))
                .count();
        }
        worst = worst.max(alone);
    }
    worst
}

#[test]
fn a_search_finds_no_violating_set_among_many_validators() {
    let seed = 77;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    for n in [21usize, 40, 100, 400] {
        for skewed in [false, true] {
            let stakes: Vec<u64> = (0..n)
                .map(|_| {
                    if skewed {
                        1 << rng.random_range(0..10)
                    } else {
                        1000
                    }
                })
                .collect();
            let holders = assign(&weights(&stakes)).unwrap();
            let worst = most_columns_alone(&stakes, &holders.by_column, &mut rng);
            assert!(
                worst <= 64,
                "seed {seed}: {worst} columns alone among {n}, skewed {skewed}"
            );
        }
    }
}

/// The search above can find violations: with a replication too small it does.
#[test]
fn the_search_finds_a_violation_where_there_is_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(78);
    let stakes = vec![1000; 100];
    let by_column = rendezvous::Ranking::new(&weights(&stakes)).best(1);
    assert!(most_columns_alone(&stakes, &by_column, &mut rng) > 64);
}

#[test]
fn small_sets_agree_with_the_search_too() {
    let mut rng = ChaCha20Rng::seed_from_u64(79);
    for n in 1..=12usize {
        let stakes: Vec<u64> = (0..n).map(|_| rng.random_range(1..=40)).collect();
        let holders = assign(&weights(&stakes)).unwrap();
        let Coverage::Exact { alone } = holders.coverage else {
            panic!("small sets are exact")
        };
        assert!(most_columns_alone(&stakes, &holders.by_column, &mut rng) <= alone);
    }
}
