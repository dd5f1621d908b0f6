//! The exact confidence that verified samples give.
//!
//! A block of `n` rows has an extended matrix of T = 256 n cells. The smallest set of withheld
//! cells that cannot be repaired has w = 65 (n + 1) of them (design section 2). With `s` distinct
//! cells chosen uniformly, all verified, a block that cannot be repaired is missed with
//! probability at most C(T - w, s) / C(T, s).
//!
//! When only v of the s chosen cells were verified, the figure for v alone would be too high, because the
//! withholder decides which of the s are missing. The honest figure is the probability that an
//! unrepairable block lets *at least* v of s through: the hypergeometric tail that
//! [`partial_miss_probability`] computes.

use weft_encoding::{COLUMNS, smallest_unrepairable};

/// Cells of the extended matrix of `rows` rows: 256 a row.
pub const fn matrix_cells(rows: usize) -> usize {
    rows.saturating_mul(2 * COLUMNS)
}

/// The probability that an unrepairable block of `rows` rows passes `verified` distinct uniform
/// samples, all of them verified: C(T - w, s) / C(T, s).
///
/// A block without rows has nothing to withhold: 0. Cost: one multiplication and division a
/// sample. Source: design section 2.
pub fn miss_probability(rows: usize, verified: usize) -> f64 {
    if rows == 0 {
        return 0.0;
    }
    let total = matrix_cells(rows);
    let served = total - smallest_unrepairable(rows);
    if verified > served {
        return 0.0;
    }
    (0..verified)
        .map(|i| to_f64(served - i) / to_f64(total - i))
        .product()
}

/// One less [`miss_probability`].
pub fn confidence(rows: usize, verified: usize) -> f64 {
    1.0 - miss_probability(rows, verified)
}

/// The probability that an unrepairable block of `rows` rows lets at least `verified` of `asked`
/// distinct uniform samples through.
///
/// Equals [`miss_probability`] if all are verified, and 1 if none is. Cost:
/// O(asked). Counts above the matrix's cells, and `verified` above `asked`, are capped.
pub fn partial_miss_probability(rows: usize, asked: usize, verified: usize) -> f64 {
    if rows == 0 {
        return 0.0;
    }
    let total = matrix_cells(rows);
    let withheld = smallest_unrepairable(rows);
    let served = total - withheld;
    let asked = asked.min(total);
    let verified = verified.min(asked);

    // P(exactly j of the asked are withheld) = C(w, j) C(T - w, s - j) / C(T, s), summed over the
    // j that leave at least `verified`. Terms are built in log space: C(T, s) overflows.
    let ln_all = ln_binomial(total, asked);
    let tail: f64 = (0..=asked - verified)
        .filter(|&j| j <= withheld && asked - j <= served)
        .map(|j| libm::exp(ln_binomial(withheld, j) + ln_binomial(served, asked - j) - ln_all))
        .sum();
    tail.min(1.0)
}

/// The fewest samples whose [`miss_probability`] is at most `target_miss`.
///
/// At most T - w + 1, where the probability is 0; a target that no smaller number reaches (zero,
/// negative, not a number) gives that. A block without rows needs no samples.
pub fn samples_for(rows: usize, target_miss: f64) -> usize {
    if rows == 0 {
        return 0;
    }
    let total = matrix_cells(rows);
    let served = total - smallest_unrepairable(rows);
    let mut miss = 1.0;
    for samples in 0..=served {
        if miss <= target_miss {
            return samples;
        }
        miss *= to_f64(served - samples) / to_f64(total - samples);
    }
    served + 1
}

pub(crate) fn ln_binomial(n: usize, k: usize) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

fn ln_factorial(n: usize) -> f64 {
    libm::lgamma(to_f64(n) + 1.0)
}

/// Cell counts are at most 256 * 256, far below 2^53.
pub(crate) fn to_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_designs_figures_for_sixty_four_rows() {
        let needed = |exponent: i32| samples_for(64, 2f64.powi(exponent));
        assert_eq!((needed(-20), needed(-30), needed(-40)), (47, 70, 93));
    }

    #[test]
    fn one_row_is_a_matrix_of_256_with_130_withheld() {
        assert!((miss_probability(1, 1) - 126.0 / 256.0).abs() < 1e-15);
        assert!((miss_probability(1, 2) - 126.0 * 125.0 / (256.0 * 255.0)).abs() < 1e-15);
        assert!(miss_probability(1, 126) > 0.0);
        assert!(miss_probability(1, 127) <= 0.0);
        assert_eq!(samples_for(1, 0.0), 127);
        assert_eq!(samples_for(1, f64::NAN), 127);
    }

    #[test]
    fn the_answer_is_the_smallest_that_reaches_the_target() {
        for rows in [1, 2, 3, 9, 64, 256] {
            for exponent in [-1, -10, -20, -30, -40, -60] {
                let target = 2f64.powi(exponent);
                let samples = samples_for(rows, target);
                assert!(miss_probability(rows, samples) <= target);
                assert!(samples == 0 || miss_probability(rows, samples - 1) > target);
            }
        }
        assert_eq!(samples_for(0, 0.0), 0);
        assert_eq!(samples_for(9, 1.0), 0);
    }

    #[test]
    fn partial_agrees_with_full_and_falls_with_every_refusal() {
        for rows in [1, 9, 64] {
            let full = partial_miss_probability(rows, 70, 70);
            assert!((full / miss_probability(rows, 70) - 1.0).abs() < 1e-9);
            let mut previous = full;
            for verified in (0..70).rev() {
                let miss = partial_miss_probability(rows, 70, verified);
                assert!(miss >= previous, "rows {rows}, verified {verified}");
                previous = miss;
            }
            assert!((previous - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn partial_equals_a_count_by_hand() {
        // One row, two asked, one verified: 1 - C(130, 2) / C(256, 2).
        let expected = 1.0 - (130.0 * 129.0) / (256.0 * 255.0);
        assert!((partial_miss_probability(1, 2, 1) - expected).abs() < 1e-12);
        assert!((partial_miss_probability(1, 1_000_000, 2_000_000)).abs() < 1e-12);
    }
}
