//! Sums of rows and of a column's cells, weighted by powers of gamma.

use crate::algebra::Scalar;
use crate::{BYTES_PER_ELEMENT, Cell, ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, Row, threads};

/// Rows that one task folds: few enough to keep all threads at work on a blob of a few rows.
const ROWS_PER_TASK: usize = 4;

/// `sum_i weights_i row_i`, 4,096 evaluations in the row's order; 4,096 n multiplications.
pub(crate) fn fold_rows(rows: &[Row], weights: &[Scalar]) -> Vec<Scalar> {
    let tasks: Vec<(&[Row], &[Scalar])> = rows
        .chunks(ROWS_PER_TASK)
        .zip(weights.chunks(ROWS_PER_TASK))
        .collect();
    let sums = threads::map(&tasks, |(rows, weights)| {
        let mut sum = vec![Scalar::ZERO; ELEMENTS_PER_ROW];
        for (row, weight) in rows.iter().zip(*weights) {
            add_weighted(&mut sum, row.as_bytes(), *weight);
        }
        sum
    });
    let mut total = vec![Scalar::ZERO; ELEMENTS_PER_ROW];
    for sum in sums {
        total
            .iter_mut()
            .zip(sum)
            .for_each(|(total, element)| *total += element);
    }
    total
}

/// `sum_i weights_i cell_i`, 64 evaluations in the cell's order; 64 n multiplications.
pub(crate) fn fold_cells(cells: &[Cell], weights: &[Scalar]) -> Vec<Scalar> {
    let mut sum = vec![Scalar::ZERO; ELEMENTS_PER_CELL];
    for (cell, weight) in cells.iter().zip(weights) {
        add_weighted(&mut sum, cell.as_bytes(), *weight);
    }
    sum
}

/// Rows and cells hold canonical elements by construction.
fn add_weighted(sum: &mut [Scalar], bytes: &[u8], weight: Scalar) {
    let weight = weight * Scalar::SCALING;
    for (sum, element) in sum.iter_mut().zip(bytes.as_chunks::<BYTES_PER_ELEMENT>().0) {
        *sum += Scalar::from_bytes_be_scaled(element) * weight;
    }
}
