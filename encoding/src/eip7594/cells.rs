//! Extending a row, and its cells.

use super::fk20_proofs;
use crate::algebra::{Domain, Scalar, scale_by_powers};
use crate::{
    CELL_BYTES, Cell, CellProof, ELEMENTS_PER_CELL, ELEMENTS_PER_EXTENDED_ROW, ELEMENTS_PER_ROW,
    Row, threads,
};

/// The 128 cells of a row; the first 64 are the row itself.
///
/// Cost: two transforms of 4096 scalars, about 3 ms. Source: EIP-7594, `compute_cells`.
pub fn compute_cells(row: &Row) -> Vec<Cell> {
    cells_with_coefficients(row, row.coefficients())
}

/// The 128 cells of a row and the 128 proofs of them against the row's commitment.
///
/// Cost: one FK20, some hundred times that of the cells alone. The first call in a process also
/// makes the prover's tables. Source: EIP-7594, `compute_cells_and_kzg_proofs`.
pub fn compute_cells_and_kzg_proofs(row: &Row) -> (Vec<Cell>, Vec<CellProof>) {
    let coefficients = row.coefficients();
    threads::join(
        || cells_with_coefficients(row, coefficients.clone()),
        || cell_proofs_of(&coefficients),
    )
}

/// The proofs of all 128 cells, compressed.
pub(super) fn cell_proofs_of(coefficients: &[Scalar]) -> Vec<CellProof> {
    fk20_proofs(coefficients)
        .iter()
        .map(CellProof::from_affine)
        .collect()
}

fn cells_with_coefficients(row: &Row, coefficients: Vec<Scalar>) -> Vec<Cell> {
    let (data, _) = row.as_bytes().as_chunks::<CELL_BYTES>();
    let data = data.iter().map(Cell::from_checked_bytes);
    let extension = extension_of(coefficients);
    let extension = extension
        .chunks_exact(ELEMENTS_PER_CELL)
        .map(Cell::from_elements);
    data.chain(extension).collect()
}

/// All 128 cells of the row with these coefficients.
pub(super) fn cells_of_coefficients(coefficients: &[Scalar]) -> Vec<Cell> {
    let mut values = coefficients.to_vec();
    Domain::of_size(ELEMENTS_PER_ROW).evaluate_bit_reversed(&mut values);
    let extension = extension_of(coefficients.to_vec());
    values
        .chunks_exact(ELEMENTS_PER_CELL)
        .chain(extension.chunks_exact(ELEMENTS_PER_CELL))
        .map(Cell::from_elements)
        .collect()
}

/// The second half of the extended row, elements 4096..8191.
///
/// In bit-reversed order the first half of the 8192nd roots of unity are the 4096th roots, and the
/// second half are their coset by one 8192nd root, in the same order.
fn extension_of(mut coefficients: Vec<Scalar>) -> Vec<Scalar> {
    let shift = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW).roots()[1];
    scale_by_powers(&mut coefficients, shift);
    Domain::of_size(ELEMENTS_PER_ROW).evaluate_bit_reversed(&mut coefficients);
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::evaluate;
    use crate::eip7594::naive::random_row;

    #[test]
    fn cells_are_the_rows_polynomial_on_the_8192nd_roots_of_unity_in_bit_reversed_order() {
        let row = random_row(31);
        let coefficients = row.coefficients();
        let cells = compute_cells(&row);
        assert_eq!(cells, cells_of_coefficients(&coefficients));
        assert_eq!(cells.len(), crate::COLUMNS);

        let domain = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW);
        for (c, cell) in cells.iter().enumerate().step_by(9) {
            for (i, element) in cell.elements().into_iter().enumerate().step_by(21) {
                let x = domain.bit_reversed_root(c * ELEMENTS_PER_CELL + i);
                assert_eq!(evaluate(&coefficients, x), element, "cell {c}, element {i}");
            }
        }
        let data: Vec<u8> = cells[..64]
            .iter()
            .flat_map(|cell| cell.as_bytes().to_vec())
            .collect();
        assert_eq!(data, row.as_bytes());
    }
}
