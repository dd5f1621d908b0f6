//! Best scores first, within quotas.
//!
//! The first pass takes all (column, validator) pairs in the order of their scores, and keeps a pair if
//! the column is short of a holder and the validator has quota left. Both sides prefer the better score, so
//! the result is the one stable matching, and a change of one validator moves little. A column may then be
//! short while the only validators with quota left hold it already; an exchange fills it (see [`mend`]).

use super::rendezvous::{Ranking, Scored};

/// The holders of each column, best score first: `replication` distinct validators a column, and
/// `quotas[v]` columns for validator v. The quotas add up to 128 * `replication`, and each is at most 128.
pub(super) fn balance(ranking: &Ranking, quotas: &[usize], replication: usize) -> Vec<Vec<usize>> {
    let mut left = quotas.to_vec();
    let columns = super::column_range().len();
    let mut holders: Vec<Vec<usize>> = vec![Vec::with_capacity(replication); columns];
    for &(column, Scored { validator, .. }) in ranking.pairs() {
        if left[validator] > 0 && holders[column].len() < replication {
            left[validator] -= 1;
            holders[column].push(validator);
        }
    }
    for column in 0..columns {
        while holders[column].len() < replication {
            if !mend(ranking, &mut holders, &mut left, replication, column) {
                break;
            }
        }
    }
    for (column, holders) in holders.iter_mut().enumerate() {
        let mut rank = vec![0; quotas.len()];
        for (place, scored) in ranking.column(column).iter().enumerate() {
            rank[scored.validator] = place;
        }
        holders.sort_by_key(|&validator| rank[validator]);
    }
    holders
}

/// Gives the short column `short` one more holder.
///
/// Let v have quota left. It holds `short`, or the first pass would have joined them. It holds
/// fewer than its quota, so fewer than 128: some column d lacks it. If d is short too, v joins it
/// there. Otherwise d has more holders than `short`, so one of them, u, does not hold `short`: v
/// replaces u in d, and u holds `short` instead. Makes the exchange whose new pairs score best.
fn mend(
    ranking: &Ranking,
    holders: &mut [Vec<usize>],
    left: &mut [usize],
    replication: usize,
    short: usize,
) -> bool {
    let score_in_short = scores(ranking, short, left.len());
    let mut best: Option<(f64, usize, usize, usize)> = None;
    for column in (0..holders.len()).filter(|&d| d != short) {
        if holders[column].len() < replication {
            continue;
        }
        let score_here = scores(ranking, column, left.len());
        for joining in (0..left.len()).filter(|&v| left[v] > 0) {
            if holders[column].contains(&joining) {
                continue;
            }
            for &leaving in holders[column]
                .iter()
                .filter(|&u| !holders[short].contains(u))
            {
                let cost = score_here[joining] + score_in_short[leaving];
                let candidate = (cost, column, joining, leaving);
                if best.is_none_or(|b| candidate.0.total_cmp(&b.0).is_lt()) {
                    best = Some(candidate);
                }
            }
        }
    }
    // If every column that v lacks is short as well, v joins one of them directly.
    let direct = (0..left.len()).filter(|&v| left[v] > 0).find_map(|v| {
        (0..holders.len())
            .find(|&d| holders[d].len() < replication && !holders[d].contains(&v))
            .map(|d| (v, d))
    });
    match (best, direct) {
        (Some((_, column, joining, leaving)), _) => {
            holders[column].retain(|&u| u != leaving);
            holders[column].push(joining);
            holders[short].push(leaving);
            left[joining] -= 1;
            true
        }
        (None, Some((validator, column))) => {
            holders[column].push(validator);
            left[validator] -= 1;
            true
        }
        (None, None) => false,
    }
}

/// The scores of one column by validator.
fn scores(ranking: &Ranking, column: usize, validators: usize) -> Vec<f64> {
    let mut scores = vec![f64::INFINITY; validators];
    for scored in ranking.column(column) {
        scores[scored.validator] = scored.score;
    }
    scores
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::super::{CustodyWeight, quota::quotas};
    use super::*;

    /// The quotas are met whatever the stakes, dead ends included.
    #[test]
    fn every_column_is_full_and_every_quota_met() {
        let seed = 20;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for round in 0..60 {
            let n = rng.random_range(1..=20);
            let weights: Vec<CustodyWeight> = (0..n)
                .map(|_| {
                    let mut public_key = [0; 48];
                    rng.fill(&mut public_key[..]);
                    CustodyWeight {
                        public_key,
                        stake: 1 << rng.random_range(0..12),
                    }
                })
                .collect();
            let ranking = Ranking::new(&weights);
            for replication in 1..=n {
                let quotas = quotas(&weights, replication);
                let holders = balance(&ranking, &quotas, replication);
                let mut held = vec![0; n];
                for column in &holders {
                    assert_eq!(column.len(), replication, "seed {seed}, round {round}");
                    assert_eq!(column.iter().collect::<BTreeSet<_>>().len(), replication);
                    column.iter().for_each(|&v| held[v] += 1);
                }
                assert_eq!(held, quotas, "seed {seed}, round {round}");
            }
        }
    }
}
