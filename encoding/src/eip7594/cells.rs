//! Extending a row, and its cells.

use super::fk20_proofs;
use crate::algebra::{Domain, Scalar};
use crate::{CELL_BYTES, Cell, CellProof, DATA_COLUMNS, ELEMENTS_PER_ROW, Row, threads};

/// The 128 cells of a row; the first 64 are the row itself.
///
/// Cost: two transforms of 4096 scalars, about 0.3 ms with AVX-512 IFMA and 1.2 ms without. Source:
/// EIP-7594, `compute_cells`.
pub fn compute_cells(row: &Row) -> Vec<Cell> {
    let (data, _) = row.as_bytes().as_chunks::<CELL_BYTES>();
    let mut cells: Vec<Cell> = data.iter().map(Cell::from_checked_bytes).collect();

    let mut matrix = row.coefficient_matrix(Domain::of_size(ELEMENTS_PER_ROW).inverse_size());
    // Node 1 of the product tree holds the 8192nd roots of unity that are not 4096th roots.
    matrix.evaluate_across(0..DATA_COLUMNS, 1);
    cells.extend((0..DATA_COLUMNS).map(|place| {
        matrix.evaluate_cell(place, DATA_COLUMNS + place);
        Cell::from_elements_scaled(&matrix.values(place))
    }));
    cells
}

/// The 128 cells of a row and the 128 proofs of them against the row's commitment.
///
/// Cost: one FK20, some hundred times that of the cells alone. The first call in a process also
/// makes the prover's tables. Source: EIP-7594, `compute_cells_and_kzg_proofs`.
pub fn compute_cells_and_kzg_proofs(row: &Row) -> (Vec<Cell>, Vec<CellProof>) {
    threads::join(
        || compute_cells(row),
        || cell_proofs_of(&row.coefficients()),
    )
}

/// The proofs of all 128 cells, compressed.
pub(crate) fn cell_proofs_of(coefficients: &[Scalar]) -> Vec<CellProof> {
    fk20_proofs(coefficients)
        .iter()
        .map(CellProof::from_affine)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::evaluate;
    use crate::eip7594::naive::random_row;
    use crate::{ELEMENTS_PER_CELL, ELEMENTS_PER_EXTENDED_ROW};

    #[test]
    fn cells_are_the_rows_polynomial_on_the_8192nd_roots_of_unity_in_bit_reversed_order() {
        let row = random_row(31);
        let coefficients = row.coefficients();
        let cells = compute_cells(&row);
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
