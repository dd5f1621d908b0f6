//! Positions in an extended matrix.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use crate::{COLUMNS, Fault, MAX_BLOCK_ROWS};

/// Rows of the largest extended matrix: original and parity rows of a full block.
const EXTENDED_ROWS: usize = 2 * MAX_BLOCK_ROWS;

/// An index outside of an extended matrix. Fault: the caller, or the peer that sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// No such column.
    #[error("column {value} is not below {limit}")]
    Column {
        /// The index given.
        value: usize,
        /// The number of columns.
        limit: usize,
    },
    /// No such row in any extended matrix.
    #[error("row {value} is not below {limit}")]
    Row {
        /// The index given.
        value: usize,
        /// Rows of the largest extended matrix.
        limit: usize,
    },
    /// Text that is not a decimal number.
    #[error("an index is a decimal number: {0}")]
    NotANumber(#[source] ParseIntError),
}

impl IndexError {
    /// Whose fault this is: the caller's. Decoding of a peer's message reports it as the peer's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Index of a column, 0 to 127; columns 0 to 63 hold the data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "usize", into = "usize")
)]
pub struct ColumnIndex(u8);

impl ColumnIndex {
    /// Checks that `index` is below 128.
    ///
    /// # Errors
    /// [`IndexError::Column`]. Fault: the caller.
    pub fn new(index: usize) -> Result<Self, IndexError> {
        match u8::try_from(index) {
            Ok(column) if index < COLUMNS => Ok(Self(column)),
            _ => Err(IndexError::Column {
                value: index,
                limit: COLUMNS,
            }),
        }
    }

    /// The index, below 128.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// All 128, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (0..=u8::MAX).take(COLUMNS).map(Self)
    }
}

/// Index of a row of an extended matrix, 0 to 511: over n original rows, rows n to 2n - 1 are parity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "usize", into = "usize")
)]
pub struct RowIndex(u16);

impl RowIndex {
    /// Checks that `index` is below 512, the rows of the largest extended matrix.
    ///
    /// # Errors
    /// [`IndexError::Row`]. Fault: the caller.
    pub fn new(index: usize) -> Result<Self, IndexError> {
        match u16::try_from(index) {
            Ok(row) if index < EXTENDED_ROWS => Ok(Self(row)),
            _ => Err(IndexError::Row {
                value: index,
                limit: EXTENDED_ROWS,
            }),
        }
    }

    /// The index, below 512.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// The position of one cell in an extended matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CellCoord {
    /// The row, a parity row from n on.
    pub row: RowIndex,
    /// The column.
    pub column: ColumnIndex,
}

/// `TryFrom`, `FromStr` and `Display` of an index, through its number.
macro_rules! index_conversions {
    ($type:ident) => {
        impl TryFrom<usize> for $type {
            type Error = IndexError;

            fn try_from(index: usize) -> Result<Self, IndexError> {
                Self::new(index)
            }
        }

        impl From<$type> for usize {
            fn from(index: $type) -> Self {
                index.get()
            }
        }

        impl FromStr for $type {
            type Err = IndexError;

            fn from_str(text: &str) -> Result<Self, IndexError> {
                Self::new(text.parse().map_err(IndexError::NotANumber)?)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

index_conversions!(ColumnIndex);
index_conversions!(RowIndex);

impl fmt::Display for CellCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} column {}", self.row, self.column)
    }
}

/// One byte for a column, two little-endian bytes for a row; decoding refuses what is out of range.
#[cfg(feature = "borsh")]
mod wire {
    use std::io::{Error, ErrorKind, Read, Result, Write};

    use borsh::{BorshDeserialize, BorshSerialize};

    use super::{ColumnIndex, RowIndex};

    impl BorshSerialize for ColumnIndex {
        fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
            self.0.serialize(writer)
        }
    }

    impl BorshDeserialize for ColumnIndex {
        fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
            Self::new(usize::from(u8::deserialize_reader(reader)?))
                .map_err(|error| Error::new(ErrorKind::InvalidData, error))
        }
    }

    impl BorshSerialize for RowIndex {
        fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
            self.0.serialize(writer)
        }
    }

    impl BorshDeserialize for RowIndex {
        fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
            Self::new(usize::from(u16::deserialize_reader(reader)?))
                .map_err(|error| Error::new(ErrorKind::InvalidData, error))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn limits_hold() {
        assert_eq!(ColumnIndex::new(127).unwrap().get(), 127);
        assert_eq!(
            ColumnIndex::new(128),
            Err(IndexError::Column {
                value: 128,
                limit: 128
            })
        );
        assert!(ColumnIndex::new(256).is_err());
        assert!(ColumnIndex::all().map(ColumnIndex::get).eq(0..128));
        assert_eq!(RowIndex::new(511).unwrap().get(), 511);
        assert_eq!(
            RowIndex::new(512),
            Err(IndexError::Row {
                value: 512,
                limit: 512
            })
        );
        assert!(RowIndex::new(65_536).is_err());
    }

    #[test]
    fn texts_are_decimal_and_within_the_limits() {
        assert_eq!("127".parse(), ColumnIndex::new(127));
        assert_eq!("511".parse(), RowIndex::new(511));
        assert!(matches!(
            "128".parse::<ColumnIndex>(),
            Err(IndexError::Column { value: 128, .. })
        ));
        for text in ["", "-1", "0x1", "1 "] {
            assert!(matches!(
                text.parse::<RowIndex>(),
                Err(IndexError::NotANumber(_))
            ));
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_has_the_numbers_and_is_checked() {
        let coord = CellCoord {
            row: RowIndex::new(300).unwrap(),
            column: ColumnIndex::new(5).unwrap(),
        };
        let json = serde_json::to_string(&coord).unwrap();
        assert_eq!(json, r#"{"row":300,"column":5}"#);
        assert_eq!(serde_json::from_str::<CellCoord>(&json).unwrap(), coord);
        assert!(serde_json::from_str::<ColumnIndex>("128").is_err());
        assert!(serde_json::from_str::<RowIndex>("512").is_err());
    }

    #[cfg(feature = "borsh")]
    #[test]
    fn coordinates_have_three_bytes_and_decoding_checks_them() {
        let coord = CellCoord {
            row: RowIndex::new(0x101).unwrap(),
            column: ColumnIndex::new(5).unwrap(),
        };
        let bytes = borsh::to_vec(&coord).unwrap();
        assert_eq!(bytes, [1, 1, 5]);
        assert_eq!(borsh::from_slice::<CellCoord>(&bytes).unwrap(), coord);
        assert!(borsh::from_slice::<CellCoord>(&[0, 2, 5]).is_err());
        assert!(borsh::from_slice::<CellCoord>(&[1, 1, 128]).is_err());
    }
}
