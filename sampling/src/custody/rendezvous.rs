//! Weighted rendezvous hashing: every (column, validator) pair has a score that no other
//! validator can change.
//!
//! With u uniform in (0, 1) from a hash of the pair, the score is -ln(u) / stake, smallest first:
//! the first of a column is a given validator with probability equal to its share of the stake,
//! and the first r are a weighted draw without replacement (Efraimidis and Spirakis, "Weighted
//! random sampling with a reservoir", 2006). The logarithm is `libm`'s, in software, because the
//! platforms' own differ in the last bit and the assignment must not.

use std::cmp::Ordering;

use sha2::{Digest as _, Sha256};

use super::{CustodyWeight, column_range};

const TAG: &[u8] = b"weft/custody/1";

/// All pairs of a validator set with their scores.
pub(super) struct Ranking {
    /// For each column the validators with their scores, best first.
    by_column: Vec<Vec<Scored>>,
    pairs: Vec<(usize, Scored)>,
}

#[derive(Clone, Copy)]
pub(super) struct Scored {
    pub(super) validator: usize,
    pub(super) score: f64,
    /// The validator's rank by public key: ties are broken by identity, never by position.
    identity: usize,
}

impl Scored {
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then(self.identity.cmp(&other.identity))
    }
}

impl Ranking {
    pub(super) fn new(weights: &[CustodyWeight]) -> Self {
        let mut by_key: Vec<usize> = (0..weights.len()).collect();
        by_key.sort_by_key(|&validator| weights[validator].public_key);
        let mut identity = vec![0; weights.len()];
        for (place, &validator) in by_key.iter().enumerate() {
            identity[validator] = place;
        }

        let by_column: Vec<Vec<Scored>> = column_range()
            .map(|column| {
                let mut scored: Vec<Scored> = weights
                    .iter()
                    .enumerate()
                    .map(|(validator, weight)| Scored {
                        validator,
                        score: score(weight, column),
                        identity: identity[validator],
                    })
                    .collect();
                scored.sort_by(Scored::order);
                scored
            })
            .collect();
        let mut pairs: Vec<(usize, Scored)> = by_column
            .iter()
            .enumerate()
            .flat_map(|(column, scored)| scored.iter().map(move |&s| (column, s)))
            .collect();
        pairs.sort_by(|(c1, a), (c2, b)| a.order(b).then(c1.cmp(c2)));
        Self { by_column, pairs }
    }

    /// The validators of one column, best first.
    pub(super) fn column(&self, column: usize) -> &[Scored] {
        &self.by_column[column]
    }

    /// Every pair as (column, scored), best first over all columns.
    pub(super) fn pairs(&self) -> &[(usize, Scored)] {
        &self.pairs
    }
}

fn score(weight: &CustodyWeight, column: usize) -> f64 {
    let mut hash = Sha256::new();
    hash.update(TAG);
    hash.update(weight.public_key);
    hash.update([u8::try_from(column).unwrap_or(u8::MAX)]);
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);

    // 52 bits and a half: exact in an f64, and never 0 nor 1.
    let bits = u64::from_be_bytes(first) >> 12;
    let uniform = (bits as f64 + 0.5) / (1u64 << 52) as f64;
    -libm::log(uniform) / weight.stake as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen: a change moves every custodian's columns.
    #[test]
    fn scores_are_frozen() {
        let weight = CustodyWeight {
            public_key: [7; 48],
            stake: 3,
        };
        let bits: Vec<u64> = [0, 1, 127]
            .map(|column| score(&weight, column).to_bits())
            .into();
        assert_eq!(bits, FROZEN);
    }

    const FROZEN: [u64; 3] = [
        4610628425134875912,
        4581550568805011320,
        4598307102815616935,
    ];

    #[test]
    fn first_places_follow_the_stake() {
        let weights: Vec<CustodyWeight> = (0..200u8)
            .map(|i| CustodyWeight {
                public_key: [i; 48],
                stake: if i < 100 { 3 } else { 1 },
            })
            .collect();
        let ranking = Ranking::new(&weights);
        let heavy = column_range()
            .filter(|&column| ranking.column(column)[0].validator < 100)
            .count();
        // 96 of 128 expected, deviation 4.9.
        assert!((76..=116).contains(&heavy), "{heavy}");
    }
}
