//! The extended matrix of a block, for what serves and samples cells.

use weft_encoding::{Cell, CellCoord, CellProof, ColumnIndex, parity_cell_proofs, parity_cells};

use crate::TestBlob;

/// The extended matrix of a block of one blob: 2n rows of 128 cells, each with its proof.
#[derive(Clone, Debug)]
pub struct TestMatrix {
    columns: Vec<Vec<(Cell, CellProof)>>,
}

impl TestMatrix {
    /// Extends the rows of a blob. Costs an FK20 a row.
    pub fn of(blob: &TestBlob) -> Self {
        let of_rows = blob.cell_proofs();
        let column = |index: ColumnIndex| {
            let mut cells = blob.coded.column(index).column.cells;
            let mut proofs: Vec<CellProof> =
                of_rows.iter().map(|proofs| proofs[index.get()]).collect();
            cells.extend(parity_cells(&cells));
            proofs.extend(parity_cell_proofs(&proofs).unwrap());
            cells.into_iter().zip(proofs).collect()
        };
        Self {
            columns: ColumnIndex::all().map(column).collect(),
        }
    }

    /// A cell with its proof; none below the last row.
    pub fn cell(&self, coord: CellCoord) -> Option<(Cell, CellProof)> {
        self.columns[coord.column.get()]
            .get(coord.row.get())
            .cloned()
    }
}
