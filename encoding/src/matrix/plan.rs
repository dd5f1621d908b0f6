//! The plan of a repair: which rows and columns to complete, in which order, for the wanted rows.
//!
//! A row with 64 known cells gives its other cells, and so does a column with n. The cells that they give
//! may complete further rows and columns. The plan is the closure of these steps, walked backwards from
//! the wanted cells to keep only the steps and cells that they need. It works on bitmaps alone: no field
//! element is touched before the repair is certain to succeed.

use std::ops::Range;

use crate::{COLUMNS, DATA_COLUMNS};

/// A row's data cells, columns 0..63.
const DATA: u128 = (1 << DATA_COLUMNS) - 1;

/// Which cells of an extended matrix are known: for each of 2n rows one bit a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownCells {
    rows: Vec<u128>,
}

/// One completion, with the cells that it reads and the cells that it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A row from 64 of its cells.
    Row { row: usize, from: u128, to: u128 },
    /// A column from n of its cells, which are listed by row.
    Column {
        column: usize,
        from: Vec<usize>,
        to: Vec<usize>,
    },
}

impl Step {
    pub(super) fn is_row(&self) -> bool {
        matches!(self, Self::Row { .. })
    }
}

/// The rows and columns that no completion reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    pub(super) known: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl KnownCells {
    /// No cell of a matrix with n original rows.
    pub(super) fn none(n: usize) -> Self {
        Self {
            rows: vec![0; 2 * n],
        }
    }

    pub(super) fn insert(&mut self, row: usize, column: usize) {
        self.rows[row] |= 1 << column;
    }

    pub(super) fn contains(&self, row: usize, column: usize) -> bool {
        self.rows[row] >> column & 1 == 1
    }

    pub(super) fn count(&self) -> usize {
        self.rows.iter().map(|row| count(*row)).sum()
    }

    fn n(&self) -> usize {
        self.rows.len() / 2
    }

    /// Rows in which `column` is known.
    fn column(&self, column: usize) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|&row| self.contains(row, column))
            .collect()
    }
}

fn count(row: u128) -> usize {
    row.count_ones() as usize
}

/// The steps that give the data cells of the `wanted` original rows, each after the steps that it reads
/// from.
pub(super) fn plan(known: &KnownCells, wanted: Range<usize>) -> Result<Vec<Step>, Stuck> {
    let closure = close(known, &wanted)?;
    Ok(only_needed(known, &wanted, closure))
}

/// Completes rows and columns until the wanted rows have their data.
///
/// `from` holds every cell that is known before the step, `to` every one that it adds.
fn close(known: &KnownCells, wanted: &Range<usize>) -> Result<Vec<Step>, Stuck> {
    let n = known.n();
    let mut now = known.clone();
    let mut steps = Vec::new();
    loop {
        let before = steps.len();
        for row in 0..2 * n {
            let from = now.rows[row];
            if count(from) >= DATA_COLUMNS && from != u128::MAX {
                steps.push(Step::Row {
                    row,
                    from,
                    to: !from,
                });
                now.rows[row] = u128::MAX;
            }
        }
        if now.rows[wanted.clone()]
            .iter()
            .all(|row| row & DATA == DATA)
        {
            return Ok(steps);
        }
        for column in 0..COLUMNS {
            let from = now.column(column);
            if from.len() >= n && from.len() < 2 * n {
                let to: Vec<usize> = (0..2 * n).filter(|&r| !now.contains(r, column)).collect();
                to.iter().for_each(|&row| now.insert(row, column));
                steps.push(Step::Column { column, from, to });
            }
        }
        if steps.len() == before {
            return Err(stuck(&now));
        }
    }
}

fn stuck(now: &KnownCells) -> Stuck {
    let all_rows = now.rows.iter().fold(u128::MAX, |all, row| all & row);
    Stuck {
        known: now.count(),
        rows: now.rows.iter().filter(|row| **row != u128::MAX).count(),
        columns: COLUMNS - count(all_rows),
    }
}

/// Walks the steps backwards, drops those that give no needed cell and narrows the others to the needed
/// cells.
fn only_needed(known: &KnownCells, wanted: &Range<usize>, closure: Vec<Step>) -> Vec<Step> {
    let mut needed = KnownCells::none(known.n());
    for row in wanted.clone() {
        needed.rows[row] = DATA & !known.rows[row];
    }
    let mut steps = Vec::new();
    for step in closure.into_iter().rev() {
        match step {
            Step::Row { row, from, to } => {
                let to = to & needed.rows[row];
                if to != 0 {
                    let from = lowest(from, known.rows[row], DATA_COLUMNS);
                    needed.rows[row] = (needed.rows[row] & !to) | (from & !known.rows[row]);
                    steps.push(Step::Row { row, from, to });
                }
            }
            Step::Column {
                column,
                from,
                mut to,
            } => {
                to.retain(|&row| needed.contains(row, column));
                if !to.is_empty() {
                    let (mut first, derived): (Vec<usize>, Vec<usize>) = from
                        .into_iter()
                        .partition(|&row| known.contains(row, column));
                    first.extend(derived);
                    first.truncate(known.n());
                    first.sort_unstable();
                    to.iter()
                        .for_each(|&row| needed.rows[row] &= !(1 << column));
                    first
                        .iter()
                        .filter(|&&row| !known.contains(row, column))
                        .for_each(|&row| needed.rows[row] |= 1 << column);
                    steps.push(Step::Column {
                        column,
                        from: first,
                        to,
                    });
                }
            }
        }
    }
    steps.reverse();
    steps
}

/// `need` of the set bits, the `preferred` bits first.
fn lowest(set: u128, preferred: u128, need: usize) -> u128 {
    let mut chosen = 0;
    for mut rest in [set & preferred, set & !preferred] {
        while rest != 0 && count(chosen) < need {
            let bit = rest & rest.wrapping_neg();
            chosen |= bit;
            rest ^= bit;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Everything but the rectangle of `rows` x `columns` in the upper left corner.
    fn all_but(n: usize, rows: usize, columns: usize) -> KnownCells {
        let mut known = KnownCells {
            rows: vec![u128::MAX; 2 * n],
        };
        for row in 0..rows {
            known.rows[row] = u128::MAX << columns;
        }
        known
    }

    /// Runs a plan on bitmaps, checking that every step reads what is known at its time.
    fn run(known: &KnownCells, steps: &[Step]) -> KnownCells {
        let n = known.n();
        let mut now = known.clone();
        for step in steps {
            match step {
                Step::Row { row, from, to } => {
                    assert_eq!(count(*from), DATA_COLUMNS);
                    assert_eq!(now.rows[*row] & from, *from, "reads what is not known");
                    assert_eq!(now.rows[*row] & to, 0, "gives what is known");
                    now.rows[*row] |= to;
                }
                Step::Column { column, from, to } => {
                    assert_eq!(from.len(), n);
                    assert!(from.iter().all(|&row| now.contains(row, *column)));
                    assert!(to.iter().all(|&row| !now.contains(row, *column)));
                    to.iter().for_each(|&row| now.insert(row, *column));
                }
            }
        }
        now
    }

    /// Whether the wanted rows follow, by filling rows and columns until nothing changes.
    fn naive(known: &KnownCells, wanted: Range<usize>) -> bool {
        let n = known.n();
        let mut now = known.clone();
        loop {
            let before = now.clone();
            for row in 0..2 * n {
                if (0..COLUMNS).filter(|&c| now.contains(row, c)).count() >= DATA_COLUMNS {
                    (0..COLUMNS).for_each(|c| now.insert(row, c));
                }
            }
            for column in 0..COLUMNS {
                if (0..2 * n).filter(|&r| now.contains(r, column)).count() >= n {
                    (0..2 * n).for_each(|r| now.insert(r, column));
                }
            }
            if now == before {
                return wanted.into_iter().all(|row| now.rows[row] & DATA == DATA);
            }
        }
    }

    #[test]
    fn nothing_is_done_where_the_data_is_known() {
        let known = KnownCells {
            rows: vec![DATA, DATA, 0, 0],
        };
        assert_eq!(plan(&known, 0..2).unwrap(), []);
    }

    #[test]
    fn the_smallest_unrepairable_rectangle_is_that_and_one_cell_less_is_not() {
        for n in [1, 2, 3, 8, 64, 256] {
            let known = all_but(n, n + 1, 65);
            let stuck = plan(&known, 0..n).unwrap_err();
            assert_eq!(
                stuck,
                Stuck {
                    known: 256 * n - (n + 1) * 65,
                    rows: n + 1,
                    columns: 65
                }
            );

            let mut known = known;
            known.insert(n, 64);
            let steps = plan(&known, 0..n).unwrap();
            let now = run(&known, &steps);
            assert!((0..n).all(|row| now.rows[row] & DATA == DATA), "n = {n}");
        }
    }

    #[test]
    fn only_what_is_needed_is_done() {
        // One data cell is missing from row 1 of 3, and the parity rows are all missing: one row
        // step suffices, and it gives that one cell.
        let mut known = all_but(3, 0, 0);
        known.rows[1] = !(1 << 5);
        known.rows[3..].fill(0);
        let steps = plan(&known, 0..3).unwrap();
        assert_eq!(steps.len(), 1);
        assert!(matches!(steps[0], Step::Row { row: 1, to, .. } if to == 1 << 5));
        assert_eq!(plan(&known, 2..3).unwrap(), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn plans_exist_exactly_where_filling_succeeds(
            n in 1usize..6,
            density in 20u32..95,
            seed in any::<u64>(),
        ) {
            use rand::{Rng, SeedableRng};
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let mut known = KnownCells::none(n);
            for row in 0..2 * n {
                for column in 0..COLUMNS {
                    if rng.random_range(0..100) < density {
                        known.insert(row, column);
                    }
                }
            }
            let wanted = rng.random_range(0..n)..n;
            match plan(&known, wanted.clone()) {
                Ok(steps) => {
                    let now = run(&known, &steps);
                    prop_assert!(wanted.into_iter().all(|row| now.rows[row] & DATA == DATA));
                }
                Err(_) => prop_assert!(!naive(&known, wanted)),
            }
        }
    }
}
