//! The order of proposers: frozen, fair, and never the same validator twice in a row.

#![allow(clippy::unwrap_used)]

use weft_chain::{SecretKey, Validator};

use super::*;

fn set(stakes: &[u64]) -> ValidatorSet {
    let validators = stakes.iter().zip(1u8..).map(|(&stake, seed)| {
        let key = SecretKey::generate(&[seed; 32]);
        Validator {
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake,
        }
    });
    ValidatorSet::new(validators.collect()).unwrap()
}

fn chain() -> ChainId {
    "weft-test".parse().unwrap()
}

/// Frozen: nodes of one chain must agree on the order.
#[test]
fn orders_are_frozen() {
    let set = set(&[1, 2, 3, 4, 5]);
    let orders: Vec<Vec<usize>> = [1u64, 2, 3, 1_000_000, u64::MAX]
        .map(|height| {
            proposer_order(&chain(), Height::new(height), &set)
                .into_iter()
                .map(ValidatorIndex::get)
                .collect()
        })
        .into();
    assert_eq!(orders, FROZEN);
    let scores = [1, 2].map(|index| {
        let key = SecretKey::generate(&[index; 32]).public_key();
        score(&chain(), Height::new(7), &key, 3).to_bits()
    });
    assert_eq!(scores, FROZEN_SCORES);
}

const FROZEN: [[usize; 5]; 5] = [
    [1, 3, 4, 0, 2],
    [3, 1, 4, 2, 0],
    [3, 1, 4, 2, 0],
    [2, 4, 0, 1, 3],
    [2, 1, 3, 4, 0],
];
const FROZEN_SCORES: [u64; 2] = [4583388982816567819, 4588880495787050696];

#[test]
fn the_first_place_follows_the_stake() {
    let set = set(&[1, 2, 3, 4]);
    let mut firsts = [0u32; 4];
    let heights = 4_000u32;
    for height in 1..=u64::from(heights) {
        let order = proposer_order(&chain(), Height::new(height), &set);
        firsts[order[0].get()] += 1;
    }
    for (index, stake) in [1u32, 2, 3, 4].into_iter().enumerate() {
        let expected = heights * stake / 10;
        let found = firsts[index];
        // Five standard deviations of the binomial at most.
        assert!(found.abs_diff(expected) < 160, "{firsts:?}");
    }
}

#[test]
fn every_round_has_another_proposer_until_all_have_been() {
    let set = set(&[10, 1, 1, 1]);
    let proposers = Proposers::new(chain());
    for height in (1..50).map(Height::new) {
        let mut seen: Vec<ValidatorIndex> = (0..4)
            .map(|round| proposers.proposer(height, round, &set))
            .collect();
        assert_eq!(proposers.proposer(height, 4, &set), seen[0]);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }
    // The last possible round has a proposer too.
    let _ = proposers.proposer(Height::FIRST, u32::MAX, &set);
}

#[test]
fn a_turn_names_the_proposers_up_to_its_round() {
    let set = set(&[1, 1, 1, 1]);
    let proposers = Proposers::new(chain());
    let height = Height::new(9);
    for round in 0..4u32 {
        let of_round = proposers.of_round(height, round, &set);
        assert_eq!(of_round.round, round);
        let expected: Vec<ValidatorIndex> = (0..=round)
            .map(|round| proposers.proposer(height, round, &set))
            .collect();
        assert_eq!(of_round.in_order, expected);
    }
    let late = proposers.of_round(height, u32::MAX, &set);
    assert_eq!(late.in_order.len(), 4);
}

#[test]
fn one_validator_proposes_every_round() {
    let set = set(&[7]);
    let proposers = Proposers::new(chain());
    for round in [0, 1, 2, u32::MAX] {
        assert_eq!(proposers.proposer(Height::FIRST, round, &set).get(), 0);
    }
}
