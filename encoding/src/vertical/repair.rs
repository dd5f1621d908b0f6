//! A whole extended column from any n of its 2n cells.

use crate::algebra::Scalar;
use crate::{Cell, ELEMENTS_PER_CELL, MAX_BLOCK_ROWS, RepairError, RowIndex};

use super::{Weights, parity_cells};

/// All 2n cells of an extended column of n originals, from any n of them.
///
/// Uses the first n distinct cells and does not compare the rest with the result, so give it only
/// verified cells. Cost: n^2 multiplications for the weights and 64 n for each missing
/// original, then [`parity_cells`]. Source: the design, section 2.
///
/// # Errors
/// [`RepairError::NotEnoughCellsInColumn`] (retry); [`RepairError::RowCount`],
/// [`RepairError::RowOutside`] and [`RepairError::ConflictingCells`] (the caller's fault).
pub fn repair_column(n: usize, cells: &[(RowIndex, Cell)]) -> Result<Vec<Cell>, RepairError> {
    if n == 0 || n > MAX_BLOCK_ROWS {
        return Err(RepairError::RowCount {
            found: n,
            max: MAX_BLOCK_ROWS,
        });
    }
    let mut known: Vec<Option<&Cell>> = vec![None; 2 * n];
    for (row, cell) in cells {
        let place = known.get_mut(row.get()).ok_or(RepairError::RowOutside {
            row: row.get(),
            rows: 2 * n,
        })?;
        match place {
            Some(other) if *other != cell => {
                return Err(RepairError::ConflictingCells { row: *row });
            }
            _ => *place = Some(cell),
        }
    }
    let (nodes, values): (Vec<usize>, Vec<Cell>) = known
        .iter()
        .enumerate()
        .filter_map(|(row, cell)| cell.map(|cell| (row, cell.clone())))
        .take(n)
        .unzip();
    if nodes.len() < n {
        return Err(RepairError::NotEnoughCellsInColumn {
            found: nodes.len(),
            need: n,
        });
    }
    let missing: Vec<usize> = (0..n).filter(|&row| known[row].is_none()).collect();
    let repaired = ColumnWeights::new(n, &nodes, &missing).apply(&values);
    let mut repaired = repaired.into_iter();
    let mut column: Vec<Cell> = known[..n]
        .iter()
        .filter_map(|cell| cell.cloned().or_else(|| repaired.next()))
        .collect();
    column.extend(parity_cells(&column));
    Ok(column)
}

/// The weights that take the cells in n known rows to those in some wanted rows; columns that know
/// the same rows share them.
pub(crate) struct ColumnWeights {
    weights: Vec<Vec<Scalar>>,
}

impl ColumnWeights {
    /// Of an extended column of n originals: n distinct `known` rows and any `wanted` rows.
    pub(crate) fn new(n: usize, known: &[usize], wanted: &[usize]) -> Self {
        if wanted.is_empty() {
            return Self {
                weights: Vec::new(),
            };
        }
        let basis = Weights::on_nodes(known, 2 * n);
        Self {
            weights: wanted.iter().map(|&row| basis.at(row)).collect(),
        }
    }

    /// The wanted cells of a column, from the known ones; 64 n multiplications each.
    pub(crate) fn apply(&self, known: &[Cell]) -> Vec<Cell> {
        if self.weights.is_empty() {
            return Vec::new();
        }
        let known: Vec<Vec<Scalar>> = known.iter().map(Cell::elements).collect();
        self.weights
            .iter()
            .map(|weights| {
                let mut sum = [Scalar::ZERO; ELEMENTS_PER_CELL];
                for (cell, weight) in known.iter().zip(weights) {
                    sum.iter_mut()
                        .zip(cell)
                        .for_each(|(sum, value)| *sum += *value * *weight);
                }
                Cell::from_elements(&sum)
            })
            .collect()
    }
}
