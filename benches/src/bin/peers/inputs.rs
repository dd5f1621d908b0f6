//! The inputs of all works: one blob of 64 random rows and what follows from it.

use std::sync::LazyLock;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use weft_benches::{SEED, coded, rows};
use weft_encoding::{
    COLUMNS, Cell, CellCoord, CellProof, CodedBlob, ColumnIndex, Commitment, DATA_COLUMNS,
    MAX_BLOB_ROWS, Row, RowIndex, UnverifiedCell, cell_proofs, parity_cell_proofs, parity_cells,
    parity_commitments,
};

use crate::libraries::Claim;

/// Cells in a light client's batch.
const SAMPLES: usize = 75;

/// Made at their first use, outside of what is timed.
pub(crate) struct Inputs {
    pub(crate) rows: Vec<Row>,
    pub(crate) blob: LazyLock<CodedBlob>,
    /// The 64 lists of 128 cell proofs.
    proofs: LazyLock<Vec<Vec<CellProof>>>,
}

impl Inputs {
    pub(crate) fn new() -> Self {
        Self {
            rows: rows(MAX_BLOB_ROWS),
            blob: LazyLock::new(|| coded(MAX_BLOB_ROWS)),
            proofs: LazyLock::new(|| rows(MAX_BLOB_ROWS).par_iter().map(cell_proofs).collect()),
        }
    }

    /// The cells of one row, all of them.
    pub(crate) fn row_claims(&self, row: usize) -> Vec<Claim> {
        ColumnIndex::all()
            .map(|column| self.claim(row, column))
            .collect()
    }

    /// 64 random cells of row 0, ascending.
    pub(crate) fn half_row(&self) -> (Vec<ColumnIndex>, Vec<Cell>) {
        let mut columns: Vec<ColumnIndex> = ColumnIndex::all().collect();
        columns.shuffle(&mut ChaCha20Rng::seed_from_u64(SEED));
        columns.truncate(DATA_COLUMNS);
        columns.sort_unstable();
        let cells = self.blob.cells(0).expect("row 0");
        columns
            .into_iter()
            .map(|column| (column, cells[column.get()].clone()))
            .unzip()
    }

    /// The 64 cells of one column.
    pub(crate) fn column_claims(&self, column: ColumnIndex) -> Vec<Claim> {
        (0..MAX_BLOB_ROWS)
            .map(|row| self.claim(row, column))
            .collect()
    }

    /// For each column its 64 cell proofs.
    pub(crate) fn proofs_by_column(&self) -> Vec<Vec<CellProof>> {
        (0..COLUMNS)
            .map(|column| self.proofs.iter().map(|row| row[column]).collect())
            .collect()
    }

    /// The 64 rows that the vertical extension adds.
    pub(crate) fn parity_rows(&self) -> Vec<Row> {
        let columns: Vec<Vec<Cell>> = ColumnIndex::all()
            .take(DATA_COLUMNS)
            .map(|column| parity_cells(&self.blob.column(column).column.cells))
            .collect();
        (0..MAX_BLOB_ROWS)
            .map(|row| {
                let bytes: Vec<u8> = columns
                    .iter()
                    .flat_map(|column| column[row].as_bytes())
                    .copied()
                    .collect();
                Row::from_bytes(&bytes).expect("64 cells are a row")
            })
            .collect()
    }

    /// 75 distinct random cells of the extended matrix of 128 x 128.
    pub(crate) fn samples(&self) -> Vec<UnverifiedCell> {
        let mut places: Vec<usize> = (0..2 * MAX_BLOB_ROWS * COLUMNS).collect();
        let (places, _) = places.partial_shuffle(&mut ChaCha20Rng::seed_from_u64(SEED), SAMPLES);
        places
            .iter()
            .map(|place| {
                let (row, column) = (place / COLUMNS, place % COLUMNS);
                let column = ColumnIndex::new(column).expect("below 128");
                let mut cells = self.blob.column(column).column.cells;
                let mut proofs: Vec<CellProof> =
                    self.proofs.iter().map(|row| row[column.get()]).collect();
                if row >= MAX_BLOB_ROWS {
                    cells.extend(parity_cells(&cells));
                    proofs.extend(parity_cell_proofs(&proofs).expect("own proofs"));
                }
                UnverifiedCell {
                    coord: CellCoord {
                        row: RowIndex::new(row).expect("below 128"),
                        column,
                    },
                    cell: cells[row].clone(),
                    proof: proofs[row],
                }
            })
            .collect()
    }

    /// The same cells with their commitments, those of parity rows given to the peer for nothing.
    pub(crate) fn sample_claims(&self, samples: &[UnverifiedCell]) -> Vec<Claim> {
        let mut commitments: Vec<Commitment> = self.blob.commitments().to_vec();
        commitments.extend(parity_commitments(&commitments).expect("own commitments"));
        samples
            .iter()
            .map(|s| {
                (
                    commitments[s.coord.row.get()],
                    s.coord.column,
                    s.cell.clone(),
                    s.proof,
                )
            })
            .collect()
    }

    fn claim(&self, row: usize, column: ColumnIndex) -> Claim {
        let cell = self.blob.cells(row).expect("a row of the blob")[column.get()].clone();
        (
            self.blob.commitments()[row],
            column,
            cell,
            self.proofs[row][column.get()],
        )
    }
}
