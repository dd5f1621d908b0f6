//! The rules of messages that their encoding does not enforce.

use weft_encoding::{CellCoord, ColumnIndex, Fault};

/// Why the protocol does not allow a message that decodes.
///
/// [`fault`](Self::fault) is [`Fault::Peer`], for a message that was received. For an outgoing message
/// [`RequestError`](crate::RequestError) has [`Fault::Caller`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A list is empty that must not be.
    #[error("the list of {what} is empty")]
    Empty {
        /// What the list is of.
        what: &'static str,
    },
    /// A list is longer than the protocol allows.
    #[error("{count} {what}, limit {limit}")]
    TooMany {
        /// What the list is of.
        what: &'static str,
        /// Its length.
        count: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// A column is named twice.
    #[error("column {} is named twice", .column.get())]
    DuplicateColumn {
        /// The column.
        column: ColumnIndex,
    },
    /// A cell is named twice.
    #[error("the cell at row {}, column {} is named twice", .coord.row.get(), .coord.column.get())]
    DuplicateCell {
        /// The cell's coordinates.
        coord: CellCoord,
    },
    /// A column has another number of cells or proofs than its blob has rows.
    #[error("column {} has {count} entries, its blob has {rows} rows", .column.get())]
    WrongColumnHeight {
        /// The column.
        column: ColumnIndex,
        /// Its number of entries.
        count: usize,
        /// The blob's rows.
        rows: usize,
    },
    /// The reply has a column that was not requested.
    #[error("column {} was not requested", .column.get())]
    UnaskedColumn {
        /// The column.
        column: ColumnIndex,
    },
    /// The reply does not have the requested number of entries.
    #[error("{count} {what} in reply to a request for {asked}")]
    WrongCount {
        /// The kind of the entries.
        what: &'static str,
        /// The number of entries.
        count: usize,
        /// The requested number.
        asked: usize,
    },
    /// The reply has a header of another height than requested.
    #[error("a header of height {actual}, expected {expected}")]
    WrongHeight {
        /// The requested height.
        expected: u64,
        /// The header's height.
        actual: u64,
    },
}

impl ShapeError {
    /// Whose fault it is: the peer's that sent the message.
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Checks that a list is not empty and not over its limit.
pub(super) fn check_count(
    what: &'static str,
    count: usize,
    limit: usize,
) -> Result<(), ShapeError> {
    if count == 0 {
        return Err(ShapeError::Empty { what });
    }
    if count > limit {
        return Err(ShapeError::TooMany { what, count, limit });
    }
    Ok(())
}

/// A set of columns that refuses to take one twice: bit `c` of the set is column `c`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpectedColumns(u128);

impl ExpectedColumns {
    /// The set of these columns.
    pub(super) fn of(columns: &[ColumnIndex]) -> Self {
        Self(
            columns
                .iter()
                .fold(0, |set, column| set | 1 << column.get()),
        )
    }

    /// The set of these columns, none of which may be there twice.
    pub(super) fn distinct(columns: &[ColumnIndex]) -> Result<Self, ShapeError> {
        let mut seen = Self::default();
        columns.iter().try_for_each(|column| seen.insert(*column))?;
        Ok(seen)
    }

    pub(super) fn insert(&mut self, column: ColumnIndex) -> Result<(), ShapeError> {
        let bit = 1u128 << column.get();
        if self.0 & bit != 0 {
            return Err(ShapeError::DuplicateColumn { column });
        }
        self.0 |= bit;
        Ok(())
    }

    /// Removes a column from the set. A column that is not in it was not requested, or came twice.
    pub(super) fn take(&mut self, column: ColumnIndex) -> Result<(), ShapeError> {
        let bit = 1u128 << column.get();
        if self.0 & bit == 0 {
            return Err(ShapeError::UnaskedColumn { column });
        }
        self.0 &= !bit;
        Ok(())
    }
}
