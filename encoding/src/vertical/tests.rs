#![allow(clippy::unwrap_used)]

use c_kzg::{Blob, ethereum_kzg_settings};
use proptest::prelude::*;
use rand::seq::SliceRandom;

use super::*;
use crate::algebra::Scalar;
use crate::coding::row_of_data_cells;
use crate::fixtures::{Extended, bad_point, random_cells, random_rows, seeded};
use crate::{
    Cell, CellProof, Commitment, DATA_COLUMNS, EncodeError, Fault, Input, PointError, ROW_BYTES,
    RepairError, Row, RowIndex, VerifyError,
};

/// Lagrange's formula at x, element by element, from the definition.
fn naive_parity_cell(cells: &[Cell], x: usize) -> Cell {
    let n = cells.len();
    let at = |i: usize| Scalar::from_u64(i as u64);
    let mut sum = vec![Scalar::ZERO; 64];
    for (j, cell) in cells.iter().enumerate() {
        let weight = (0..n).filter(|&m| m != j).fold(Scalar::ONE, |product, m| {
            product * (at(x) - at(m)) * (at(j) - at(m)).inverse().unwrap()
        });
        for (sum, element) in sum.iter_mut().zip(cell.elements()) {
            *sum += element * weight;
        }
    }
    Cell::from_elements(&sum)
}

#[test]
fn parity_cells_are_lagranges_values() {
    let mut rng = seeded(21);
    for n in [1, 2, 3, 5, 8, 13] {
        let cells = random_cells(n, &mut rng);
        let parity = parity_cells(&cells);
        assert_eq!(parity.len(), n);
        for (row, cell) in (n..).zip(&parity) {
            assert_eq!(*cell, naive_parity_cell(&cells, row), "n = {n}, row {row}");
            assert_eq!(
                *cell,
                parity_cell(&cells, row).unwrap(),
                "n = {n}, row {row}"
            );
        }
    }
    assert!(parity_cells(&[]).is_empty());
}

#[test]
fn the_largest_column_extends_and_repairs_from_its_parity_alone() {
    let cells = random_cells(256, &mut seeded(22));
    let parity = parity_cells(&cells);
    assert_eq!(parity[255], parity_cell(&cells, 511).unwrap());
    let known: Vec<(RowIndex, Cell)> = (256..)
        .map(|row| RowIndex::new(row).unwrap())
        .zip_known(&parity);
    assert_eq!(
        repair_column(256, &known).unwrap(),
        [cells, parity].concat()
    );
}

trait ZipKnown {
    fn zip_known(self, cells: &[Cell]) -> Vec<(RowIndex, Cell)>;
}

impl<I: Iterator<Item = RowIndex>> ZipKnown for I {
    fn zip_known(self, cells: &[Cell]) -> Vec<(RowIndex, Cell)> {
        self.take(cells.len()).zip(cells.iter().cloned()).collect()
    }
}

/// c-kzg, which knows nothing of the vertical code, commits to the parity rows and opens them.
#[test]
fn parity_rows_are_ordinary_blobs_to_c_kzg() {
    let extended = Extended::of(random_rows(3, 23));
    let settings = ethereum_kzg_settings(0);
    let commitments = parity_commitments(&extended.commitments).unwrap();
    let cells: Vec<Vec<Cell>> = (0..128)
        .map(|c| parity_cells(&extended.column(c)))
        .collect();
    let proofs: Vec<Vec<CellProof>> = (0..128)
        .map(|c| parity_cell_proofs(&extended.column_proofs(c)).unwrap())
        .collect();
    for parity in 0..3 {
        let row = row_of_data_cells((0..DATA_COLUMNS).map(|column| &cells[column][parity]));
        let blob = Blob::from_bytes(row.as_bytes()).unwrap();
        let commitment = settings.blob_to_kzg_commitment(&blob).unwrap();
        assert_eq!(
            commitment.to_bytes().as_slice(),
            commitments[parity].as_bytes()
        );
        assert_eq!(crate::blob_to_kzg_commitment(&row), commitments[parity]);
        let (their_cells, their_proofs) = settings.compute_cells_and_kzg_proofs(&blob).unwrap();
        for column in 0..128 {
            assert_eq!(
                their_cells[column].to_bytes().as_slice(),
                cells[column][parity].as_bytes(),
                "cell of parity row {parity}, column {column}"
            );
            assert_eq!(
                their_proofs[column].to_bytes().as_slice(),
                proofs[column][parity].as_bytes(),
                "proof of parity row {parity}, column {column}"
            );
        }
    }
    for row in 3..6 {
        let single = parity_cell_proof(&extended.column_proofs(77), row).unwrap();
        assert_eq!(single, proofs[77][row - 3]);
    }
}

#[test]
fn equal_opposite_and_zero_rows_meet_the_point_at_infinity() {
    let row = random_rows(1, 24).remove(0);
    let zero = Row::from_bytes(&vec![0; ROW_BYTES]).unwrap();
    let opposite: Vec<Scalar> = row.elements().iter().map(|element| -*element).collect();
    let opposite = Row::from_elements(&opposite);
    for rows in [
        vec![zero.clone(); 4],
        vec![row.clone(); 4],
        vec![
            row.clone(),
            row.clone(),
            zero.clone(),
            opposite.clone(),
            zero,
        ],
        vec![row, opposite],
    ] {
        let n = rows.len();
        let extended = Extended::of(rows);
        let cells: Vec<Vec<Cell>> = (0..64).map(|c| parity_cells(&extended.column(c))).collect();
        let commitments = parity_commitments(&extended.commitments).unwrap();
        let proofs = parity_cell_proofs(&extended.column_proofs(5)).unwrap();
        for parity in 0..n {
            let row = row_of_data_cells(cells.iter().map(|column| &column[parity]));
            assert_eq!(commitments[parity], crate::blob_to_kzg_commitment(&row));
            assert_eq!(proofs[parity], crate::cell_proofs(&row)[5]);
            let single = parity_cell_proof(&extended.column_proofs(5), n + parity).unwrap();
            assert_eq!(single, proofs[parity]);
        }
    }
}

#[test]
fn bad_points_are_named() {
    for defect in [PointError::NotOnCurve, PointError::NotInSubgroup] {
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        let expected = |input| VerifyError::MalformedPoint {
            input,
            index: 1,
            source: defect,
        };
        let commitments = [infinity, bad_point(defect)].map(Commitment::from_bytes);
        assert_eq!(
            parity_commitments(&commitments).unwrap_err(),
            expected(Input::Commitment)
        );
        let proofs = [infinity, bad_point(defect)].map(CellProof::from_bytes);
        assert_eq!(
            parity_cell_proofs(&proofs).unwrap_err(),
            expected(Input::Proof)
        );
        assert_eq!(
            parity_cell_proof(&proofs, 2).unwrap_err(),
            expected(Input::Proof)
        );
    }
}

#[test]
fn rows_that_are_no_parity_rows_are_refused() {
    let mut rng = seeded(25);
    let cells = random_cells(3, &mut rng);
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    let proofs = [CellProof::from_bytes(infinity); 3];
    for row in [0, 2, 6, usize::MAX] {
        assert_eq!(
            parity_cell(&cells, row).unwrap_err(),
            EncodeError::NotAParityRow {
                row,
                first: 3,
                end: 6
            }
        );
        assert_eq!(
            parity_cell_proof(&proofs, row).unwrap_err(),
            VerifyError::RowOutside { row, rows: 6 }
        );
    }
    assert!(parity_cell(&[], 0).is_err());
    assert!(parity_cell_proof(&[], 0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_n_cells_give_the_column(n in 1usize..20, extra in 0usize..4, seed in any::<u64>()) {
        let mut rng = seeded(seed);
        let mut column = random_cells(n, &mut rng);
        column.extend(parity_cells(&column));
        let mut known: Vec<(RowIndex, Cell)> =
            (0..2 * n).map(|row| RowIndex::new(row).unwrap()).zip_known(&column);
        known.shuffle(&mut rng);
        known.truncate(n + extra);
        prop_assert_eq!(repair_column(n, &known).unwrap(), column);
        known.truncate(n - 1);
        prop_assert_eq!(
            repair_column(n, &known).unwrap_err(),
            RepairError::NotEnoughCellsInColumn { found: n - 1, need: n }
        );
    }
}

#[test]
fn repair_refuses_what_is_no_column() {
    let cells = random_cells(3, &mut seeded(26));
    let at = |row: usize, cell: usize| (RowIndex::new(row).unwrap(), cells[cell].clone());
    let twice = [at(0, 0), at(0, 0), at(1, 1)];
    assert_eq!(
        repair_column(3, &twice).unwrap_err(),
        RepairError::NotEnoughCellsInColumn { found: 2, need: 3 }
    );
    let error = repair_column(3, &[at(0, 0), at(0, 1), at(2, 2)]).unwrap_err();
    assert!(matches!(error, RepairError::ConflictingCells { row } if row.get() == 0));
    assert_eq!(error.fault(), Fault::Caller);
    assert_eq!(
        repair_column(3, &[at(6, 0)]).unwrap_err(),
        RepairError::RowOutside { row: 6, rows: 6 }
    );
    for n in [0, 257] {
        assert_eq!(
            repair_column(n, &[]).unwrap_err(),
            RepairError::RowCount { found: n, max: 256 }
        );
    }
}
