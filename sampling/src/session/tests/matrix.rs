//! A real block of one row, coded and verified once for all tests: session tests use real cells and
//! real verdicts on them, but pay for the mathematics once.

use std::{collections::BTreeMap, sync::OnceLock};

use weft_encoding::{
    CellCoord, ColumnIndex, MatrixCommitments, ROW_BYTES, Row, RowIndex, UnverifiedCell,
    VerifiedCell, VerifyError, blob_to_kzg_commitment, compute_cells_and_kzg_proofs,
};

use super::super::CellReply;

pub(super) struct Matrix {
    verified: BTreeMap<CellCoord, VerifiedCell>,
    refused: VerifyError,
}

/// With one row, the polynomial through the rows is constant: the parity row is the row itself.
pub(super) fn matrix() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let mut bytes = vec![0; ROW_BYTES];
        for (i, element) in bytes.chunks_exact_mut(32).enumerate() {
            element[24..].copy_from_slice(&(i as u64 * 0x9e37_79b9).to_be_bytes());
        }
        let row = Row::from_bytes(&bytes).unwrap();
        let commitments = MatrixCommitments::new(&[blob_to_kzg_commitment(&row)]).unwrap();
        let (cells, proofs) = compute_cells_and_kzg_proofs(&row);
        let unverified: Vec<UnverifiedCell> = (0..2)
            .flat_map(|row| ColumnIndex::all().map(move |column| at(row, column.get())))
            .map(|coord| {
                let (cell, proof) = (&cells[coord.column.get()], proofs[coord.column.get()]);
                UnverifiedCell {
                    coord,
                    cell: cell.clone(),
                    proof,
                }
            })
            .collect();
        let mut forged = unverified[0].clone();
        forged.cell = cells[1].clone();
        let refused = commitments.verify_cells(vec![forged]).unwrap_err();
        let verified = commitments.verify_cells(unverified).unwrap();
        Matrix {
            verified: verified
                .into_iter()
                .map(|cell| (cell.coord(), cell))
                .collect(),
            refused,
        }
    })
}

impl Matrix {
    pub(super) fn reply(&self, coord: CellCoord) -> CellReply {
        let cell = &self.verified[&coord];
        CellReply::Cell {
            cell: cell.cell().clone(),
            proof: cell.proof(),
        }
    }

    /// A cell of the right form that is not the one at `coord`.
    pub(super) fn forged(&self, coord: CellCoord) -> CellReply {
        let other = at(coord.row.get(), (coord.column.get() + 1) % 128);
        self.reply(other)
    }

    /// What verification says, looked up instead of computed.
    pub(super) fn verify(&self, cell: &UnverifiedCell) -> Result<VerifiedCell, VerifyError> {
        let right = &self.verified[&cell.coord];
        if *right.cell() == cell.cell && right.proof() == cell.proof {
            Ok(right.clone())
        } else {
            Err(self.refused.clone())
        }
    }

    pub(super) fn verify_each(
        &self,
        cells: &[UnverifiedCell],
    ) -> Vec<Result<VerifiedCell, VerifyError>> {
        cells.iter().map(|cell| self.verify(cell)).collect()
    }
}

pub(super) fn at(row: usize, column: usize) -> CellCoord {
    CellCoord {
        row: RowIndex::new(row).unwrap(),
        column: ColumnIndex::new(column).unwrap(),
    }
}

#[test]
fn looking_up_agrees_with_the_mathematics() {
    let matrix = matrix();
    let coord = at(1, 77);
    let unverified = |reply| match reply {
        CellReply::Cell { cell, proof } => UnverifiedCell { coord, cell, proof },
        CellReply::Refused(_) => unreachable!("the matrix gives cells"),
    };
    assert!(matrix.verify(&unverified(matrix.reply(coord))).is_ok());
    assert!(matrix.verify(&unverified(matrix.forged(coord))).is_err());
}
