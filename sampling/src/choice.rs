//! The choice of samples.

use rand::{Rng, seq::index};
use weft_encoding::{CellCoord, ColumnIndex, MAX_BLOCK_ROWS, RowIndex};

use crate::confidence::matrix_cells;

/// Chooses `count` distinct cells of the extended matrix of `rows` rows, uniformly and in random
/// order; all of the matrix when it has fewer.
///
/// A block without rows, or with more than [`MAX_BLOCK_ROWS`], gives no samples. Samples are worth
/// something only if custodians cannot predict them: seed `rng` from the operating system, anew for
/// every block.
pub fn choose_samples(rows: usize, count: usize, rng: &mut impl Rng) -> Vec<CellCoord> {
    if rows == 0 || rows > MAX_BLOCK_ROWS {
        return Vec::new();
    }
    let cells = matrix_cells(rows);
    index::sample(rng, cells, count.min(cells))
        .into_iter()
        .filter_map(coord)
        .collect()
}

/// The coordinate of a cell that is counted row by row.
fn coord(cell: usize) -> Option<CellCoord> {
    let row = RowIndex::new(cell / weft_encoding::COLUMNS).ok()?;
    let column = ColumnIndex::new(cell % weft_encoding::COLUMNS).ok()?;
    Some(CellCoord { row, column })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn samples_are_distinct_and_inside_the_matrix() {
        for rows in [1usize, 2, 9, 256] {
            let mut rng = ChaCha20Rng::seed_from_u64(3);
            let samples = choose_samples(rows, 70, &mut rng);
            assert_eq!(samples.iter().collect::<BTreeSet<_>>().len(), 70);
            assert!(samples.iter().all(|s| s.row.get() < 2 * rows));
        }
    }

    #[test]
    fn asking_for_more_than_there_is_gives_every_cell_once() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let samples = choose_samples(1, usize::MAX, &mut rng);
        assert_eq!(samples.iter().collect::<BTreeSet<_>>().len(), 256);
        assert_eq!(samples.len(), 256);
    }

    #[test]
    fn no_matrix_no_samples() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        assert!(choose_samples(0, 70, &mut rng).is_empty());
        assert!(choose_samples(MAX_BLOCK_ROWS + 1, 70, &mut rng).is_empty());
    }

    #[test]
    fn every_cell_is_chosen_about_equally_often() {
        let (rows, rounds, count) = (2usize, 4_000usize, 32usize);
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        let mut seen = vec![0usize; matrix_cells(rows)];
        for _ in 0..rounds {
            for s in choose_samples(rows, count, &mut rng) {
                seen[s.row.get() * weft_encoding::COLUMNS + s.column.get()] += 1;
            }
        }
        // 250 expected, deviation 15.3: six deviations either side, over 512 cells, with a fixed
        // seed.
        assert!(
            seen.iter().all(|&times| (158..=342).contains(&times)),
            "{seen:?}"
        );
    }
}
