//! Cells anywhere in the extended matrix, verified and repaired.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;
use rand::Rng;
use rand::seq::SliceRandom;

use super::*;
use crate::algebra::{G1, Scalar};
use crate::fixtures::{Extended, bad_point, random_rows, seeded};
use crate::{
    COLUMNS, Cell, CellCoord, CellProof, ColumnIndex, ColumnVerifier, Commitment, Fault, Input,
    PointError, ROW_BYTES, RepairError, Row, RowIndex, VerifyError, code_blob, parity_cell_proofs,
    parity_cells, verify_cell_kzg_proof_batch,
};

fn coord(row: usize, column: usize) -> CellCoord {
    CellCoord {
        row: RowIndex::new(row).unwrap(),
        column: ColumnIndex::new(column).unwrap(),
    }
}

/// All 2n x 128 cells, by row.
fn extended_cells(extended: &Extended) -> Vec<Vec<Cell>> {
    let mut cells = extended.cells.clone();
    cells.extend(vec![Vec::with_capacity(COLUMNS); extended.rows.len()]);
    for column in 0..COLUMNS {
        for (row, cell) in (extended.rows.len()..).zip(parity_cells(&extended.column(column))) {
            cells[row].push(cell);
        }
    }
    cells
}

/// The extended matrix with the proofs of some columns.
fn unverified(extended: &Extended, columns: &[usize]) -> Vec<UnverifiedCell> {
    let mut cells = Vec::new();
    for &column in columns {
        let originals = extended.column(column);
        let proofs = extended.column_proofs(column);
        let parity = parity_cells(&originals);
        let parity_proofs = parity_cell_proofs(&proofs).unwrap();
        let all = originals
            .into_iter()
            .chain(parity)
            .zip(proofs.into_iter().chain(parity_proofs));
        for (row, (cell, proof)) in all.enumerate() {
            cells.push(UnverifiedCell {
                coord: coord(row, column),
                cell,
                proof,
            });
        }
    }
    cells
}

#[test]
fn any_mix_of_original_and_parity_cells_verifies() {
    for n in [1, 2, 3, 5] {
        let extended = Extended::of(random_rows(n, 90 + n as u64));
        let matrix = MatrixCommitments::new(&extended.commitments).unwrap();
        assert_eq!(
            (matrix.rows(), matrix.original()),
            (n, &extended.commitments[..])
        );
        let mut cells = unverified(&extended, &[0, 40, 64, 127]);
        cells.shuffle(&mut seeded(n as u64));
        let verified = matrix.verify_cells(cells.clone()).unwrap();
        for (verified, unverified) in verified.iter().zip(&cells) {
            assert_eq!(
                (verified.coord(), verified.cell()),
                (unverified.coord, &unverified.cell)
            );
            assert_eq!(verified.proof(), unverified.proof);
            assert_eq!(verified.clone().into_unverified(), *unverified);
        }
        for cell in &cells {
            matrix.verify_cells(vec![cell.clone()]).unwrap();
        }
        // The spec's own verification, against commitments derived one by one.
        let commitments = [extended.commitments.clone(), matrix.parity()].concat();
        let by_row: Vec<Commitment> = cells
            .iter()
            .map(|cell| commitments[cell.coord.row.get()])
            .collect();
        let columns: Vec<ColumnIndex> = cells.iter().map(|cell| cell.coord.column).collect();
        let contents: Vec<Cell> = cells.iter().map(|cell| cell.cell.clone()).collect();
        let proofs: Vec<CellProof> = cells.iter().map(|cell| cell.proof).collect();
        verify_cell_kzg_proof_batch(&by_row, &columns, &contents, &proofs).unwrap();
        assert!(matrix.verify_cells(vec![]).unwrap().is_empty());
    }
}

#[test]
fn a_matrix_of_zero_rows_verifies() {
    let extended = Extended::of(vec![Row::from_bytes(&vec![0; ROW_BYTES]).unwrap(); 2]);
    let matrix = MatrixCommitments::new(&extended.commitments).unwrap();
    matrix
        .verify_cells(unverified(&extended, &[3, 100]))
        .unwrap();
}

#[test]
fn what_is_changed_is_refused_and_named() {
    let extended = Extended::of(random_rows(3, 100));
    let matrix = MatrixCommitments::new(&extended.commitments).unwrap();
    let good = unverified(&extended, &[7, 80]);
    let invalid = VerifyError::InvalidProof { proofs: 1 };
    let malformed = |source| VerifyError::MalformedPoint {
        input: Input::Proof,
        index: 4,
        source,
    };
    let change = |change: &dyn Fn(&mut UnverifiedCell)| {
        let mut cell = good[4].clone();
        change(&mut cell);
        cell
    };
    let cases = [
        (
            change(&|cell| cell.cell = good[3].cell.clone()),
            invalid.clone(),
        ),
        (change(&|cell| cell.proof = good[3].proof), invalid.clone()),
        (change(&|cell| cell.coord = coord(3, 7)), invalid.clone()),
        (change(&|cell| cell.coord = coord(1, 7)), invalid.clone()),
        (change(&|cell| cell.coord = coord(4, 8)), invalid),
        (
            change(&|cell| cell.coord = coord(6, 7)),
            VerifyError::RowOutside { row: 6, rows: 6 },
        ),
        (
            change(&|c| c.proof = CellProof::from_bytes(bad_point(PointError::NotOnCurve))),
            malformed(PointError::NotOnCurve),
        ),
        (
            change(&|c| c.proof = CellProof::from_bytes(bad_point(PointError::NotInSubgroup))),
            malformed(PointError::NotInSubgroup),
        ),
    ];
    for (bad, expected) in cases {
        let mut list = good.clone();
        list[4] = bad;
        assert!(matrix.verify_cells(list.clone()).is_err());
        for (place, verdict) in matrix.verify_each(list).into_iter().enumerate() {
            match place {
                4 => {
                    let error = verdict.unwrap_err();
                    assert_eq!(error.fault(), Fault::Peer);
                    assert_eq!(error, expected);
                }
                _ => assert_eq!(verdict.unwrap().into_unverified(), good[place]),
            }
        }
    }
}

#[test]
fn errors_that_cancel_in_a_sum_are_refused() {
    let extended = Extended::of(random_rows(2, 101));
    let matrix = MatrixCommitments::new(&extended.commitments).unwrap();
    let mut cells = unverified(&extended, &[9]);
    for (place, shift) in [(0, G1::generator()), (1, -G1::generator())] {
        let moved = cells[place].proof.to_point().unwrap().to_jacobian() + shift;
        cells[place].proof = CellProof::from_point(&moved);
    }
    assert_eq!(
        matrix.verify_cells(cells).unwrap_err(),
        VerifyError::InvalidProof { proofs: 4 }
    );
}

/// As above, by a sender who knows the challenge of the honest batch: the errors cancel under that,
/// so the batch passes wherever its challenge does not bind the proofs, or the cells.
#[test]
fn errors_made_for_a_known_challenge_are_refused() {
    let extended = Extended::of(random_rows(2, 103));
    let matrix = MatrixCommitments::new(&extended.commitments).unwrap();
    let cell = unverified(&extended, &[9]).remove(3);
    let honest = vec![cell.clone(), cell];
    matrix.verify_cells(honest.clone()).unwrap();
    let challenge = matrix.batch_weights(honest.iter())[1];
    let invalid = VerifyError::InvalidProof { proofs: 2 };

    let mut proofs = honest.clone();
    let shift = G1::generator();
    for (cell, shift) in proofs.iter_mut().zip([shift * challenge, -shift]) {
        let moved = cell.proof.to_point().unwrap().to_jacobian() + shift;
        cell.proof = CellProof::from_point(&moved);
    }
    assert_eq!(matrix.verify_cells(proofs).unwrap_err(), invalid);

    let mut cells = honest;
    for (cell, change) in cells.iter_mut().zip([challenge, -Scalar::ONE]) {
        let mut elements = cell.cell.elements();
        elements[5] += change;
        cell.cell = Cell::from_elements(&elements);
    }
    assert_eq!(matrix.verify_cells(cells).unwrap_err(), invalid);
}

#[test]
fn commitments_are_checked() {
    let good = crate::blob_to_kzg_commitment(&random_rows(1, 102)[0]);
    for found in [0, 257] {
        assert_eq!(
            MatrixCommitments::new(&vec![good; found]).unwrap_err(),
            VerifyError::RowCount { found, max: 256 }
        );
    }
    for source in [PointError::NotOnCurve, PointError::NotInSubgroup] {
        assert_eq!(
            MatrixCommitments::new(&[good, Commitment::from_bytes(bad_point(source))]).unwrap_err(),
            VerifyError::MalformedPoint {
                input: Input::Commitment,
                index: 1,
                source
            }
        );
    }
}

/// Cells whose verification is the subject of other tests.
struct Verified {
    rows: Vec<Row>,
    cells: Vec<Vec<Cell>>,
    commitments: Arc<[Commitment]>,
}

impl Verified {
    /// With stand-ins for commitments: repair compares them, and computes nothing with them.
    fn new(n: usize, seed: u64) -> Self {
        Self::committed(random_rows(n, seed), |row| {
            Commitment::from_bytes(*row.as_bytes().first_chunk().unwrap())
        })
    }

    fn committed(rows: Vec<Row>, commitment: impl Fn(&Row) -> Commitment) -> Self {
        let extended = Extended {
            commitments: rows.iter().map(commitment).collect(),
            cells: rows.iter().map(crate::compute_cells).collect(),
            proofs: vec![],
            rows,
        };
        Self {
            cells: extended_cells(&extended),
            commitments: extended.commitments.into(),
            rows: extended.rows,
        }
    }

    fn cell(&self, row: usize, column: usize) -> VerifiedCell {
        let unverified = UnverifiedCell {
            coord: coord(row, column),
            cell: self.cells[row][column].clone(),
            proof: CellProof::from_bytes([0; 48]),
        };
        VerifiedCell::new(unverified, Arc::clone(&self.commitments))
    }

    fn repair_of(&self, mut known: impl FnMut(usize, usize) -> bool) -> MatrixRepair {
        let mut repair = MatrixRepair::new(self.rows.len()).unwrap();
        for row in 0..self.cells.len() {
            for column in (0..COLUMNS).filter(|&column| known(row, column)) {
                repair.insert(self.cell(row, column)).unwrap();
            }
        }
        repair
    }
}

#[test]
fn the_smallest_unrepairable_rectangle_and_one_cell_less() {
    for n in [1, 2, 3, 5] {
        let matrix = Verified::new(n, 110 + n as u64);
        let withheld = |row: usize, column: usize| row < n + 1 && column < 65;
        let mut repair = matrix.repair_of(|row, column| !withheld(row, column));
        let known = 256 * n - smallest_unrepairable(n);
        let error = repair.repair().unwrap_err();
        assert_eq!(
            error,
            RepairError::NotEnoughCells {
                known,
                missing: (n + 1) * 65,
                total: 256 * n,
                stuck_rows: n + 1,
                stuck_columns: 65,
                row_need: 64,
                column_need: n,
            }
        );
        assert_eq!(error.fault(), Fault::Retry);
        assert_eq!(
            repair.known(),
            known,
            "a repair that fails computes nothing"
        );
        assert!(!repair.knows(coord(n, 64)) && repair.knows(coord(0, 65)));

        repair.insert(matrix.cell(n, 64)).unwrap();
        assert!(
            repair.repair().unwrap().rows() == matrix.rows,
            "n = {n}: the rows differ"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn random_erasures_repair_to_the_rows_or_say_what_is_missing(
        n in 1usize..5,
        percent in 30u32..75,
        seed in any::<u64>(),
    ) {
        let matrix = Verified::new(n, seed);
        let mut rng = seeded(seed);
        let mut repair = matrix.repair_of(|_, _| rng.random_range(0..100) >= percent);
        match repair.repair() {
            Ok(repaired) => prop_assert!(repaired.into_rows() == matrix.rows, "the rows differ"),
            Err(RepairError::NotEnoughCells { known, missing, total, .. }) => {
                prop_assert_eq!((known + missing, total), (256 * n, 256 * n));
                prop_assert!(missing >= smallest_unrepairable(n));
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

#[test]
fn parity_rows_alone_give_the_rows_and_one_row_can_be_had_alone() {
    let matrix = Verified::new(3, 120);
    let mut repair = matrix.repair_of(|row, column| row >= 3 && column >= 64);
    assert!(
        repair.repair().unwrap().into_rows() == matrix.rows,
        "the rows differ"
    );

    let mut repair = matrix.repair_of(|row, column| row == 1 && column >= 64);
    assert!(repair.repair().is_err());
    assert!(
        repair.repair_rows(1..2).unwrap() == matrix.rows[1..2],
        "the row differs"
    );
    assert!(repair.repair_rows(2..2).unwrap().is_empty());
    assert!(matches!(
        repair.repair_rows(2..4).unwrap_err(),
        RepairError::RowOutside { row: 4, rows: 3 }
    ));
}

#[test]
fn columns_of_a_blob_are_placed_at_its_rows_in_the_block() {
    let rows = random_rows(3, 121);
    let namespace = [3; 29];
    let blob = code_blob(&namespace, rows[1..].to_vec()).unwrap();
    let verifier =
        ColumnVerifier::new(&namespace, blob.commitments(), blob.columns_root()).unwrap();
    let columns = ColumnIndex::all()
        .skip(64)
        .map(|index| blob.column(index))
        .collect();
    let columns = verifier.verify_batch(columns).unwrap();
    let mut repair = MatrixRepair::new(3).unwrap();
    for column in &columns {
        repair.insert_column(column, 1).unwrap();
        repair.insert_column(column, 1).unwrap();
    }
    assert_eq!(repair.known(), 2 * 64);
    assert!(
        repair.repair_rows(1..3).unwrap() == rows[1..],
        "the rows differ"
    );

    assert_eq!(
        repair.insert_column(&columns[0], 2).unwrap_err(),
        RepairError::RowOutside { row: 3, rows: 3 }
    );
    assert!(repair.insert_column(&columns[0], usize::MAX).is_err());
    assert_eq!(
        repair.insert_column(&columns[0], 0).unwrap_err(),
        RepairError::ForeignColumn {
            column: columns[0].index()
        }
    );
    // Cells of the block agree with the blob's columns, cells of another block do not.
    let block = Verified::committed(rows, crate::blob_to_kzg_commitment);
    repair.insert(block.cell(0, 0)).unwrap();
    let other = Verified::new(3, 122);
    assert_eq!(
        repair.insert(other.cell(5, 9)).unwrap_err(),
        RepairError::ForeignCell { coord: coord(5, 9) }
    );
    let larger = Verified::new(4, 123);
    assert_eq!(
        repair.insert(larger.cell(7, 9)).unwrap_err(),
        RepairError::ForeignCell { coord: coord(7, 9) }
    );
}

#[test]
fn matrices_have_1_to_256_rows() {
    for found in [0, 257] {
        let error = MatrixRepair::new(found).unwrap_err();
        assert_eq!(error, RepairError::RowCount { found, max: 256 });
    }
    assert_eq!(
        [1, 64, 256].map(smallest_unrepairable),
        [130, 65 * 65, 257 * 65]
    );
}
