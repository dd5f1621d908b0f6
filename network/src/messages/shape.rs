//! What a message may look like, beyond what its encoding says.

use weft_encoding::{CellCoord, ColumnIndex, Fault};

/// A message that decodes but is not one that the protocol allows.
///
/// The fault is of whoever made the message: [`fault`](Self::fault) is [`Fault::Peer`] for a
/// message that was received. For one of our own, [`RequestError`](crate::RequestError) says
/// [`Fault::Caller`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A list that must not be empty is.
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
    #[error("column {} twice", .column.get())]
    DuplicateColumn {
        /// The column.
        column: ColumnIndex,
    },
    /// A cell is named twice.
    #[error("cell at row {}, column {} twice", .coord.row.get(), .coord.column.get())]
    DuplicateCell {
        /// The cell's place.
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
    /// The reply has a column that was not asked for.
    #[error("column {} was not asked for", .column.get())]
    UnaskedColumn {
        /// The column.
        column: ColumnIndex,
    },
    /// The reply has another number of entries than were asked for.
    #[error("{count} {what} in reply to {asked}")]
    WrongCount {
        /// What was asked for.
        what: &'static str,
        /// How many came.
        count: usize,
        /// How many were asked for.
        asked: usize,
    },
    /// The reply has a header of another height than its place says.
    #[error("a header of height {actual} where {expected} was asked for")]
    WrongHeight {
        /// The height asked for.
        expected: u64,
        /// The height that came.
        actual: u64,
    },
}

impl ShapeError {
    /// Whose fault a received message of this shape is.
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Checks the length of a list that must have something in it.
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

    /// Takes a column out of the set; one that is not there was not asked for, or came twice.
    pub(super) fn take(&mut self, column: ColumnIndex) -> Result<(), ShapeError> {
        let bit = 1u128 << column.get();
        if self.0 & bit == 0 {
            return Err(ShapeError::UnaskedColumn { column });
        }
        self.0 &= !bit;
        Ok(())
    }
}
