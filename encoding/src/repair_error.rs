//! Why a repair did not come about.

use crate::{CellCoord, ColumnIndex, Fault, RowIndex};

/// Verified cells from which the data could not be had, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    /// Fault: retry, with more cells. No row and no column has enough known cells left to be
    /// completed.
    #[error(
        "{known} of {total} cells are known after repair and {missing} are not: {stuck_rows} rows \
         have fewer than {row_need} cells and {stuck_columns} columns fewer than {column_need}"
    )]
    NotEnoughCells {
        /// Cells of the extended matrix that are known or follow from those known.
        known: usize,
        /// Cells of the extended matrix that do not follow.
        missing: usize,
        /// Cells of the extended matrix, 256 n.
        total: usize,
        /// Rows of the extended matrix that cannot be completed.
        stuck_rows: usize,
        /// Columns that cannot be completed.
        stuck_columns: usize,
        /// Cells that complete a row, 64.
        row_need: usize,
        /// Cells that complete a column, n.
        column_need: usize,
    },
    /// Fault: retry, with more columns.
    #[error("{found} distinct columns, {need} are needed")]
    NotEnoughColumns {
        /// Distinct columns that were given.
        found: usize,
        /// Columns that give the rows, 64.
        need: usize,
    },
    /// Fault: retry, with more cells of this column.
    #[error("{found} distinct cells of the column, {need} are needed")]
    NotEnoughCellsInColumn {
        /// Distinct cells that were given.
        found: usize,
        /// Cells that give the column, n.
        need: usize,
    },
    /// Fault of the caller: the number of rows is none that a matrix can have.
    #[error("a matrix has 1..={max} rows, not {found}")]
    RowCount {
        /// Rows that were asked for.
        found: usize,
        /// The most rows of a matrix.
        max: usize,
    },
    /// Fault of the caller: the row is not in this extended matrix or column.
    #[error("row {row} is outside of an extended matrix of {rows} rows")]
    RowOutside {
        /// Row that was named.
        row: usize,
        /// Rows of the extended matrix, 2n.
        rows: usize,
    },
    /// Fault of the caller: two different cells were given for one place.
    #[error("two different cells for row {row}")]
    ConflictingCells {
        /// Place of both cells.
        row: RowIndex,
    },
    /// Fault of the caller: the cell was verified against other commitments.
    #[error("the cell at row {}, column {} belongs to another matrix", coord.row.get(), coord.column.get())]
    ForeignCell {
        /// Place that the cell was verified for.
        coord: CellCoord,
    },
    /// Fault of the caller: the column was verified against another blob.
    #[error("column {} belongs to another blob", column.get())]
    ForeignColumn {
        /// The column's place.
        column: ColumnIndex,
    },
}

impl RepairError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotEnoughCells { .. }
            | Self::NotEnoughColumns { .. }
            | Self::NotEnoughCellsInColumn { .. } => Fault::Retry,
            Self::RowCount { .. }
            | Self::RowOutside { .. }
            | Self::ConflictingCells { .. }
            | Self::ForeignCell { .. }
            | Self::ForeignColumn { .. } => Fault::Caller,
        }
    }
}
