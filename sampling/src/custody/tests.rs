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

fn held(holders: &Assigned, validator: usize) -> usize {
    holders
        .by_column
        .iter()
        .filter(|column| column.contains(&validator))
        .count()
}

/// (column, public key) pairs: what a custodian has to store.
fn places(weights: &[CustodyWeight]) -> BTreeSet<(usize, [u8; 48])> {
    pairs(weights, &assign(weights).unwrap().by_column)
}

/// The same with a given replication; the weights are in the order of their keys.
fn places_of(weights: &[CustodyWeight], replication: usize) -> BTreeSet<(usize, [u8; 48])> {
    pairs(weights, &Candidates::new(weights).by_column(replication))
}

fn pairs(weights: &[CustodyWeight], by_column: &[Vec<usize>]) -> BTreeSet<(usize, [u8; 48])> {
    by_column
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
fn a_smaller_replication_would_not_cover_a_small_set() {
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
    for (n, allowed) in [
        (7usize, 2.5),
        (10, 2.5),
        (16, 2.5),
        (60, 4.0),
        (100, 4.0),
        (256, 4.0),
    ] {
        let all = weights(&vec![10; n + 1]);
        let replication = assign(&all[..n]).unwrap().replication;
        let places = |weights: &[CustodyWeight]| places_of(weights, replication);
        let (before, after) = (places(&all[..n]), places(&all));
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

/// Where one replica more is needed every column gains a holder, and hardly one moves otherwise.
#[test]
fn another_replication_keeps_the_places_there_are() {
    let weights = weights(&vec![10; 100]);
    for replication in 3..9 {
        let fewer = places_of(&weights, replication);
        let lost = fewer
            .difference(&places_of(&weights, replication + 1))
            .count();
        assert!(
            lost * 10 <= fewer.len(),
            "{lost} of {} places lost at {replication}",
            fewer.len()
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
    let by_column = Candidates::new(&weights(&stakes)).by_column(2);
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

/// The stakes of `validators` validators: equal, of any size up to a thousandfold, falling like 1 / i,
/// and a few large ones among many small ones.
fn distributions(validators: usize, rng: &mut impl Rng) -> [Vec<u64>; 4] {
    let few = validators / 5;
    [
        vec![1000; validators],
        (0..validators)
            .map(|_| 1 << rng.random_range(0..10))
            .collect(),
        (1..=validators as u64).map(|i| 10_000_000 / i).collect(),
        (0..validators)
            .map(|i| {
                if i < few {
                    7_000_000 / few
                } else {
                    3_000_000 / (validators - few)
                }
            })
            .map(|stake| stake as u64)
            .collect(),
    ]
}

/// What the union bound over the draws of a hash asked for, whatever the stakes.
#[test]
fn certified_replication_is_below_that_of_a_union_bound() {
    let mut rng = ChaCha20Rng::seed_from_u64(80);
    for (validators, union_bound) in [(21, 5), (40, 6), (64, 6), (100, 7), (256, 12), (1024, 32)] {
        for (kind, stakes) in distributions(validators, &mut rng).iter().enumerate() {
            let found = assign(&weights(stakes)).unwrap();
            assert!(matches!(found.coverage, Coverage::Certified { .. }));
            assert!(
                found.replication < union_bound,
                "{validators} validators, kind {kind}: {}",
                found.replication
            );
        }
    }
}

/// The fewest columns that a set with more than 1/3 of the stake holds, as far as a search finds
/// it: validators that cost least for their stake, and again after some were taken out.
fn fewest_columns_of_a_third(stakes: &[u64], columns: &[ColumnSet], rng: &mut impl Rng) -> usize {
    let total: u128 = stakes.iter().copied().map(u128::from).sum();
    let mut fewest = COLUMNS;
    for _ in 0..8 {
        let mut inside = vec![false; stakes.len()];
        let mut best_here = COLUMNS;
        for _ in 0..40 {
            let mut next = inside.clone();
            let share = rng.random_range(0.1..0.6);
            next.iter_mut().for_each(|v| *v &= !rng.random_bool(share));
            if next.iter().all(|inside| !inside) {
                next[rng.random_range(0..stakes.len())] = true;
            }
            loop {
                let members = || (0..stakes.len()).filter(|&v| next[v]);
                let stake: u128 = members().map(|v| u128::from(stakes[v])).sum();
                let held = members().fold(ColumnSet::EMPTY, |held, v| held.union(columns[v]));
                if 3 * stake > total {
                    if held.len() <= best_here {
                        (best_here, inside) = (held.len(), next);
                    }
                    break;
                }
                let cheapest = (0..stakes.len())
                    .filter(|&v| !next[v])
                    .map(|v| {
                        let lost = columns[v].difference(held).len() as f64;
                        (lost / stakes[v] as f64 * rng.random_range(0.9..1.1), v)
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                let Some((_, cheapest)) = cheapest else {
                    break;
                };
                next[cheapest] = true;
            }
        }
        fewest = fewest.min(best_here);
    }
    fewest
}

#[test]
fn a_third_of_the_stake_holds_64_columns_against_a_search() {
    let seed = 81;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    for validators in [21usize, 64, 100, 256] {
        for (kind, stakes) in distributions(validators, &mut rng).iter().enumerate() {
            let found = assign(&weights(stakes)).unwrap();
            let columns = columns_of(&found.by_column, validators);
            let fewest = fewest_columns_of_a_third(stakes, &columns, &mut rng);
            assert!(
                fewest >= 64,
                "seed {seed}: {fewest} columns of {validators} validators, kind {kind}"
            );
        }
    }
    // The search finds what there is to find.
    let stakes = vec![1000; 100];
    let by_column = Candidates::new(&weights(&stakes)).by_column(2);
    let columns = columns_of(&by_column, 100);
    assert!(fewest_columns_of_a_third(&stakes, &columns, &mut rng) < 64);
}

/// Frozen: the replication, the cases and every place are the same on every machine.
#[test]
fn the_assignment_of_a_hundred_validators_is_frozen() {
    use sha2::{Digest as _, Sha256};

    let found = assign(&weights(&(1..=100).collect::<Vec<u64>>())).unwrap();
    let mut hash = Sha256::new();
    for holder in found.by_column.iter().flatten() {
        hash.update([u8::try_from(*holder).unwrap()]);
    }
    let digest = u64::from_be_bytes(hash.finalize()[..8].try_into().unwrap());
    assert_eq!(
        (found.replication, found.coverage, digest),
        (
            5,
            Coverage::Certified { cases: 29 },
            3_687_390_711_136_174_708
        )
    );
}
