//! The worst withholding, for fault injection and for tests of detection.

use rand::{SeedableRng, seq::SliceRandom, seq::index};
use rand_chacha::ChaCha20Rng;
use weft_encoding::{
    COLUMNS, CellCoord, ColumnIndex, DATA_COLUMNS, MAX_BLOCK_ROWS, smallest_unrepairable,
};

use crate::{ColumnSet, confidence::matrix_cells};

/// The cells that the most damaging custodians would withhold, for a given share of the matrix.
///
/// The smallest set that cannot be repaired is a rectangle of n + 1 rows by 65 columns (design
/// section 2). The pattern fills one such rectangle, whose rows and columns are drawn from the
/// seed, row by row across all its 65 columns; what is left after the rectangle is full goes to
/// the other cells in random order.
#[derive(Clone, Debug)]
pub struct WorstPattern {
    rows: usize,
    withheld: Vec<ColumnSet>,
    cells: usize,
}

impl WorstPattern {
    /// The pattern that withholds `percent` of the 256 n cells of a block of `rows` rows, rounded
    /// to the nearest cell.
    ///
    /// `percent` is clamped to 0..=100 and not-a-number counts as 0; `rows` is capped at
    /// [`MAX_BLOCK_ROWS`]. The same arguments give the same pattern on every machine. Cost: O(n).
    pub fn new(rows: usize, percent: f64, seed: u64) -> Self {
        let rows = rows.min(MAX_BLOCK_ROWS);
        let total = matrix_cells(rows);
        let quota = cells_for(percent, total);
        let mut rng = ChaCha20Rng::seed_from_u64(seed);

        let rectangle_rows = if rows == 0 {
            Vec::new()
        } else {
            index::sample(&mut rng, 2 * rows, rows + 1).into_vec()
        };
        let rectangle_columns = index::sample(&mut rng, COLUMNS, DATA_COLUMNS + 1).into_vec();

        let mut pattern = Self {
            rows,
            withheld: vec![ColumnSet::EMPTY; 2 * rows],
            cells: 0,
        };
        let rectangle = rectangle_rows
            .iter()
            .flat_map(|&row| rectangle_columns.iter().map(move |&column| (row, column)));
        for (row, column) in rectangle.take(quota) {
            pattern.withhold(row, column);
        }

        if pattern.cells < quota {
            let mut others: Vec<(usize, usize)> = (0..2 * rows)
                .flat_map(|row| (0..COLUMNS).map(move |column| (row, column)))
                .filter(|&(row, column)| !pattern.is_withheld(row, column))
                .collect();
            others.shuffle(&mut rng);
            for (row, column) in others.into_iter().take(quota - pattern.cells) {
                pattern.withhold(row, column);
            }
        }
        pattern
    }

    /// Whether the cell is withheld; cells outside the matrix are not.
    pub fn withholds(&self, coord: CellCoord) -> bool {
        self.is_withheld(coord.row.get(), coord.column.get())
    }

    /// Whether what is served is too little to repair the matrix: the rectangle is full.
    pub fn is_unrepairable(&self) -> bool {
        self.rows > 0 && self.cells >= smallest_unrepairable(self.rows)
    }

    /// How many cells are withheld.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The withheld columns of one row of the extended matrix; none outside it.
    pub fn withheld_in_row(&self, row: usize) -> ColumnSet {
        self.withheld.get(row).copied().unwrap_or_default()
    }

    fn is_withheld(&self, row: usize, column: usize) -> bool {
        ColumnIndex::new(column).is_ok_and(|column| self.withheld_in_row(row).contains(column))
    }

    fn withhold(&mut self, row: usize, column: usize) {
        if let (Some(columns), Ok(column)) = (self.withheld.get_mut(row), ColumnIndex::new(column))
            && columns.insert(column)
        {
            self.cells += 1;
        }
    }
}

/// `percent` of `total`, at most 65,536 cells.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn cells_for(percent: f64, total: usize) -> usize {
    let share = if percent.is_nan() {
        0.0
    } else {
        percent.clamp(0.0, 100.0) / 100.0
    };
    libm::round(share * total as f64) as usize
}

/// Repairs by counting alone: a row with 64 known cells, or a column with n, becomes known.
#[cfg(test)]
pub(crate) fn is_repairable(rows: usize, mut known: Vec<ColumnSet>) -> bool {
    loop {
        let before: usize = known.iter().map(|k| k.len()).sum();
        for row in &mut known {
            if row.len() >= DATA_COLUMNS {
                *row = ColumnSet::ALL;
            }
        }
        for column in ColumnIndex::all() {
            if known.iter().filter(|k| k.contains(column)).count() >= rows {
                known.iter_mut().for_each(|k| {
                    k.insert(column);
                });
            }
        }
        let after: usize = known.iter().map(|k| k.len()).sum();
        if after == matrix_cells(rows) {
            return true;
        }
        if after == before {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_encoding::RowIndex;

    use super::*;

    fn coords(rows: usize) -> impl Iterator<Item = CellCoord> {
        (0..2 * rows).flat_map(|row| {
            ColumnIndex::all().map(move |column| CellCoord {
                row: RowIndex::new(row).unwrap(),
                column,
            })
        })
    }

    #[test]
    fn withholds_the_share_it_was_asked_for() {
        for (rows, percent, cells) in [
            (1, 0.0, 0),
            (1, 50.0, 128),
            (9, 10.0, 230),
            (9, 30.0, 691),
            (64, 100.0, 16_384),
            (2, -3.0, 0),
            (2, f64::NAN, 0),
            (0, 50.0, 0),
        ] {
            let pattern = WorstPattern::new(rows, percent, 1);
            assert_eq!(pattern.cells(), cells, "{rows} rows, {percent}%");
            assert_eq!(
                coords(rows).filter(|&c| pattern.withholds(c)).count(),
                cells
            );
        }
    }

    #[test]
    fn says_unrepairable_exactly_when_it_is() {
        for seed in 0..10 {
            for rows in [1usize, 2, 5, 9] {
                let total = matrix_cells(rows) as f64;
                let edge = smallest_unrepairable(rows) as f64;
                for cells in [0.0, edge - 1.0, edge, edge + 40.0, total] {
                    let pattern = WorstPattern::new(rows, cells * 100.0 / total, seed);
                    assert_eq!(pattern.cells() as f64, cells);
                    let known = (0..2 * rows)
                        .map(|row| ColumnSet::ALL.difference(pattern.withheld_in_row(row)))
                        .collect();
                    assert_eq!(
                        pattern.is_unrepairable(),
                        !is_repairable(rows, known),
                        "seed {seed}, {rows} rows, {cells} cells"
                    );
                }
            }
        }
    }

    #[test]
    fn a_rectangle_that_is_not_full_is_filled_row_by_row() {
        let pattern = WorstPattern::new(9, 10.0, 4);
        let mut per_row: Vec<usize> = (0..18)
            .map(|row| pattern.withheld_in_row(row).len())
            .filter(|&k| k > 0)
            .collect();
        per_row.sort_unstable();
        assert_eq!(per_row, [35, 65, 65, 65]);
    }

    #[test]
    fn the_seed_decides() {
        let same = |a: u64, b: u64| {
            let (a, b) = (WorstPattern::new(9, 30.0, a), WorstPattern::new(9, 30.0, b));
            coords(9).all(|c| a.withholds(c) == b.withholds(c))
        };
        assert!(same(1, 1));
        assert!(!same(1, 2));
    }
}
