//! Parity cells: the vertical map on the cells of a column.

use crate::algebra::Scalar;
use crate::column::fold_cells;
use crate::{Cell, ELEMENTS_PER_CELL, EncodeError, MAX_BLOCK_ROWS};

use super::{Weights, extend};

/// The n parity cells, rows n..2n-1, of a column whose original cells are rows 0..n-1.
///
/// Cost: 96 n (n - 1) additions in the scalar field, about 1 ms for n = 64. Source: the design,
/// section 2.
pub fn parity_cells(cells: &[Cell]) -> Vec<Cell> {
    let n = cells.len();
    let columns: Vec<Vec<Scalar>> = cells.iter().map(Cell::elements).collect();
    let mut parity = vec![[Scalar::ZERO; ELEMENTS_PER_CELL]; n];
    let mut place = Vec::with_capacity(n);
    for element in 0..ELEMENTS_PER_CELL {
        place.clear();
        place.extend(columns.iter().map(|cell| cell[element]));
        for (cell, value) in parity.iter_mut().zip(extend(&place)) {
            cell[element] = value;
        }
    }
    parity
        .iter()
        .map(|elements| Cell::from_elements(elements))
        .collect()
}

/// One parity cell: row `row` of the extended column, n <= row < 2n.
///
/// Cost: 64 n multiplications in the scalar field.
///
/// # Errors
/// [`EncodeError::RowCount`] unless there are 1..=256 cells, [`EncodeError::NotAParityRow`] for
/// another row. Fault: the caller.
pub fn parity_cell(cells: &[Cell], row: usize) -> Result<Cell, EncodeError> {
    let n = cells.len();
    if n == 0 || n > MAX_BLOCK_ROWS {
        return Err(EncodeError::RowCount {
            found: n,
            max: MAX_BLOCK_ROWS,
        });
    }
    if !(n..2 * n).contains(&row) {
        return Err(EncodeError::NotAParityRow {
            row,
            first: n,
            end: 2 * n,
        });
    }
    Ok(Cell::from_elements(&fold_cells(
        cells,
        &Weights::on_first(n).at(row),
    )))
}
