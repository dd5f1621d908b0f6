//! How many clients a network needs against a withholder that sees the requests.
//!
//! The figures of [`confidence`](crate::confidence) hold for cells whose withholding was fixed
//! before the samples were known. Custodians see who asks for what. A withholder that decides afterwards
//! serves the requested cells and withholds the rest, as long as the cells that it served do not repair
//! the block. Only the other clients help against it: once T - w + 1 distinct cells were served to all of
//! them together, the block can be repaired, because any T - w + 1 cells suffice (design section 2).

use weft_encoding::{MAX_BLOCK_ROWS, smallest_unrepairable};

use crate::confidence::{ln_binomial, matrix_cells, to_f64};

/// Log base 2 of the probability that [`clients_needed`] clients do not suffice.
pub const CLIENTS_MISS_LOG2: i32 = -30;

/// The fewest independent clients, of `samples` distinct uniform samples each, whose samples together are
/// proven to be more than T - w of the T = 256 n cells of a block of `rows` rows, with probability at
/// least 1 - 2^-30.
///
/// A withholder that serves that many clients in full has given out enough cells to repair the block,
/// whichever it withholds. Fewer clients prove nothing: a withholder can answer a quarter of them in
/// full while the block cannot be repaired. The cells repair the block only if clients pass on what they
/// sampled.
///
/// A block without rows needs no client. Without samples no number of clients suffices, and the result is
/// `u64::MAX`. `rows` is capped at [`MAX_BLOCK_ROWS`]. Cost: O(w), at most 16,705 steps.
///
/// Let X be the number of cells that none of m clients asks for. Each k cells are missed by all m
/// with probability (C(T - k, s) / C(T, s))^m, so by Markov's inequality for the C(X, k) sets that
/// are missed, for every k from 1 to w:
///
/// `P(X >= w) <= C(T, k) / C(w, k) * (C(T - k, s) / C(T, s))^m`
///
/// The answer is the smallest m for which some k brings this to 2^-30. It is a few clients in a
/// hundred above the m for which X is expected to be w: 1,309 against 1,280 for 256 rows and 70
/// samples.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn clients_needed(rows: usize, samples: usize) -> u64 {
    if rows == 0 {
        return 0;
    }
    if samples == 0 {
        return u64::MAX;
    }
    let rows = rows.min(MAX_BLOCK_ROWS);
    let total = matrix_cells(rows);
    let withheld = smallest_unrepairable(rows);
    if samples > total - withheld {
        return 1;
    }
    let ln_miss = f64::from(CLIENTS_MISS_LOG2) * core::f64::consts::LN_2;
    let ln_all = ln_binomial(total, samples);

    let mut fewest = f64::INFINITY;
    let mut ln_sets = 0.0;
    for k in 1..=withheld {
        // C(T, k) / C(w, k), one factor at a time.
        ln_sets += libm::log(to_f64(total - k + 1) / to_f64(withheld - k + 1));
        let ln_hit = ln_all - ln_binomial(total - k, samples);
        fewest = fewest.min((ln_sets - ln_miss) / ln_hit);
    }
    // At most about 2^16 * ln 2^46, so it fits.
    libm::ceil(fewest) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;
    use weft_encoding::{CellCoord, ColumnIndex};

    use super::*;
    use crate::{ColumnSet, adversary::is_repairable, choose_samples};

    /// The clients of whom T - w cells are expected: T (1 - s / T)^m = w.
    fn expected(rows: usize, samples: usize) -> f64 {
        let (total, withheld) = (to_f64(matrix_cells(rows)), smallest_unrepairable(rows));
        (to_f64(withheld) / total).ln() / (-to_f64(samples) / total).ln_1p()
    }

    /// What `clients` clients ask for, by row of the extended matrix.
    fn asked(rows: usize, samples: usize, clients: u64, rng: &mut ChaCha20Rng) -> Vec<ColumnSet> {
        let mut asked = vec![ColumnSet::EMPTY; 2 * rows];
        for _ in 0..clients {
            for CellCoord { row, column } in choose_samples(rows, samples, rng) {
                asked[row.get()].insert(column);
            }
        }
        asked
    }

    fn cells(asked: &[ColumnSet]) -> usize {
        asked.iter().map(|columns| columns.len()).sum()
    }

    #[test]
    fn the_audits_figure_for_256_rows_and_70_samples() {
        assert!((1_278.0..1_282.0).contains(&expected(256, 70)));
        assert_eq!(clients_needed(256, 70), 1_309);
    }

    #[test]
    fn never_below_the_expectation_and_never_far_above() {
        for rows in [1, 2, 16, 64, 256] {
            for samples in [1, 16, 47, 70, 93] {
                let needed = usize::try_from(clients_needed(rows, samples)).unwrap();
                let (found, mean) = (to_f64(needed), expected(rows, samples));
                assert!(found >= mean, "{rows} rows, {samples} samples: {found}");
                let slack = 1.0 + 8.0 / to_f64(rows).sqrt();
                assert!(
                    found <= mean * slack + 8.0,
                    "{rows} rows, {samples} samples: {found} for {mean}"
                );
            }
        }
    }

    #[test]
    fn the_edges() {
        assert_eq!(clients_needed(0, 70), 0);
        assert_eq!(clients_needed(9, 0), u64::MAX);
        assert_eq!(clients_needed(1, 126), 2);
        assert_eq!(clients_needed(1, 127), 1);
        assert_eq!(clients_needed(1, usize::MAX), 1);
    }

    #[test]
    fn a_withholder_that_sees_the_requests_cannot_answer_so_many_clients() {
        let seed = 9;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for (rows, samples, rounds) in [(1, 20, 200), (4, 40, 100), (64, 70, 5), (256, 70, 1)] {
            let enough = clients_needed(rows, samples);
            for round in 0..rounds {
                let asked = asked(rows, samples, enough, &mut rng);
                let unserved = matrix_cells(rows) - cells(&asked);
                assert!(
                    unserved < smallest_unrepairable(rows) && is_repairable(rows, asked),
                    "seed {seed}, {rows} rows, round {round}: {unserved} cells unserved"
                );
            }
        }
    }

    /// All that a quarter of so many clients ask for can be served to them, and the block stays lost.
    #[test]
    fn a_withholder_that_sees_the_requests_fools_a_quarter_of_so_many() {
        let seed = 10;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for (rows, samples) in [(16, 70), (64, 70), (256, 70)] {
            let few = clients_needed(rows, samples) / 4;
            let asked = asked(rows, samples, few, &mut rng);
            assert!(
                !is_repairable(rows, asked),
                "seed {seed}, {rows} rows, {few} clients"
            );
        }
    }

    #[test]
    fn whole_columns_repair_by_counting() {
        let half: ColumnSet = ColumnIndex::all().take(64).collect();
        let less: ColumnSet = ColumnIndex::all().take(63).collect();
        assert!(is_repairable(2, vec![half; 4]));
        assert!(!is_repairable(2, vec![less; 4]));
        assert!(is_repairable(
            2,
            vec![
                ColumnSet::ALL,
                ColumnSet::ALL,
                ColumnSet::EMPTY,
                ColumnSet::EMPTY
            ]
        ));
    }
}
