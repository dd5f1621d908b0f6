//! Why a repair fails.

use crate::{CellCoord, ColumnIndex, Fault, RowIndex};

/// Verified cells do not give the data, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// No further row or column has enough known cells to be completed. Fault: retry, with more cells.
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
    /// Too few columns. Fault: retry, with more columns.
    #[error("{found} distinct columns where {need} are needed")]
    NotEnoughColumns {
        /// Distinct columns that were given.
        found: usize,
        /// Columns that give the rows, 64.
        need: usize,
    },
    /// Too few cells of a column. Fault: retry, with more cells of it.
    #[error("{found} distinct cells of the column where {need} are needed")]
    NotEnoughCellsInColumn {
        /// Distinct cells that were given.
        found: usize,
        /// Cells that give the column, n.
        need: usize,
    },
    /// A number of rows that no matrix has. Fault: the caller.
    #[error("a matrix has 1..={max} rows, not {found}")]
    RowCount {
        /// Rows that were asked for.
        found: usize,
        /// The most rows of a matrix.
        max: usize,
    },
    /// A row outside of this extended matrix or column. Fault: the caller.
    #[error("row {row} is outside of an extended matrix of {rows} rows")]
    RowOutside {
        /// Row that was named.
        row: usize,
        /// Rows of the extended matrix, 2n.
        rows: usize,
    },
    /// Two different cells of one row of a column. Fault: the caller.
    #[error("two different cells for row {row}")]
    ConflictingCells {
        /// The row of both cells.
        row: RowIndex,
    },
    /// A cell that was verified against other commitments. Fault: the caller.
    #[error("the cell at {coord} belongs to another matrix")]
    ForeignCell {
        /// The cell's coordinate.
        coord: CellCoord,
    },
    /// A column that was verified for another blob. Fault: the caller.
    #[error("column {column} belongs to another blob")]
    ForeignColumn {
        /// The column.
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
