//! The layout of a batch's bytes in rows of field elements, in both directions.
//!
//! ```text
//! packed   element = 00 | 31 bytes of batch        4096 x 31 = 126,976 batch bytes a row
//! raw      element = 32 bytes of batch, < r        4096 x 32 = 131,072 batch bytes a row
//! ```
//!
//! `packed` takes any bytes, fills rows in order and pads the last one with zeros. `raw` takes a
//! batch that already is a whole number of rows, such as an Ethereum blob, and keeps it as it is,
//! so that its versioned hashes equal Ethereum's. Source: the design, section 2.

use std::fmt;
use std::str::FromStr;

use crate::hex_text::serde_as_text;
use crate::{
    BYTES_PER_ELEMENT, ELEMENTS_PER_ROW, Fault, MAX_BLOB_ROWS, PACKED_BYTES_PER_ROW, ROW_BYTES,
    Row, RowError,
};

const PACKED_BYTES_PER_ELEMENT: usize = BYTES_PER_ELEMENT - 1;

/// The layout of a batch in rows, as a blob header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
#[cfg_attr(feature = "borsh", borsh(use_discriminant = true))]
#[repr(u8)]
pub enum Layout {
    /// 31 bytes of batch in each element, zero padded.
    Packed = 0,
    /// The batch is whole rows of canonical elements, byte for byte.
    Raw = 1,
}

/// A batch that does not fit a layout, or rows that do not hold one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A batch without a byte. Fault: the caller.
    #[error("the batch is empty, it takes at least 1 byte")]
    Empty,
    /// More rows than [`MAX_BLOB_ROWS`]. Fault: the caller.
    #[error("the batch has {len} bytes, the limit of this layout is {max}")]
    TooLarge {
        /// Bytes in the batch.
        len: u64,
        /// The most bytes that a blob of this layout holds.
        max: u64,
    },
    /// A raw batch that is not a whole number of rows. Fault: the caller.
    #[error("a raw batch is a multiple of {row_bytes} bytes, this one has {len}")]
    NotWholeRows {
        /// Bytes in the batch.
        len: u64,
        /// Bytes in a row.
        row_bytes: u64,
    },
    /// An element of a raw batch that is not below the scalar field's modulus. Fault: the caller.
    #[error(
        "element {element} of row {row} is not below the field's modulus, \
         73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
    )]
    NonCanonical {
        /// Row that holds the element.
        row: usize,
        /// Index of the element in the row, 0 to 4095.
        element: usize,
    },
    /// Another number of rows than the byte length takes. Fault: the caller.
    #[error("{len} bytes take {expected} rows in this layout, found {found}")]
    WrongRowCount {
        /// Bytes in the batch.
        len: u64,
        /// Rows that the bytes take.
        expected: usize,
        /// Rows that were given.
        found: usize,
    },
    /// A row with padding that is not zero. Fault: the caller.
    #[error(transparent)]
    NonZeroPadding(#[from] NonZeroPadding),
    /// A name that no layout has. Fault: the caller.
    #[error("unknown layout {name:?}, the layouts are \"packed\" and \"raw\"")]
    UnknownName {
        /// The name that was given, at most its first 32 characters.
        name: String,
    },
}

/// A byte of padding in a packed row is not zero. Fault: the poster, who made the row.
///
/// Padding is zero so that a batch has exactly one sequence of rows. It is the only rule that the right
/// number of valid [`Row`]s can break, and one row proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte} of row {row} is padding and not zero")]
pub struct NonZeroPadding {
    /// Row that holds the byte.
    pub row: usize,
    /// Index of the byte in the row, 0 to 131,071.
    pub byte: usize,
}

impl LayoutError {
    /// Whose fault it is: always the caller's, who chose the bytes.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

impl Layout {
    /// Bytes of batch that one row holds.
    pub const fn bytes_per_row(self) -> usize {
        match self {
            Self::Packed => PACKED_BYTES_PER_ROW,
            Self::Raw => ROW_BYTES,
        }
    }

    /// Bytes of the largest batch: [`MAX_BLOB_ROWS`] full rows.
    pub const fn max_bytes(self) -> u64 {
        (MAX_BLOB_ROWS * self.bytes_per_row()) as u64
    }

    /// Number of rows that a batch of `byte_len` bytes takes, 1..=64.
    ///
    /// # Errors
    /// [`LayoutError::Empty`], [`LayoutError::TooLarge`] and, in the raw layout,
    /// [`LayoutError::NotWholeRows`]; the caller's fault.
    pub fn row_count(self, byte_len: u64) -> Result<usize, LayoutError> {
        if byte_len == 0 {
            return Err(LayoutError::Empty);
        }
        let max = self.max_bytes();
        let len = usize::try_from(byte_len)
            .ok()
            .filter(|_| byte_len <= max)
            .ok_or(LayoutError::TooLarge { len: byte_len, max })?;
        if self == Self::Raw && !len.is_multiple_of(ROW_BYTES) {
            return Err(LayoutError::NotWholeRows {
                len: byte_len,
                row_bytes: ROW_BYTES as u64,
            });
        }
        Ok(len.div_ceil(self.bytes_per_row()))
    }

    /// Lays a batch out in rows; the inverse of [`Layout::batch_from_rows`].
    ///
    /// Copies the batch once; the raw layout also compares every element with the modulus.
    ///
    /// # Errors
    /// As [`Layout::row_count`], and [`LayoutError::NonCanonical`]; the caller's fault.
    pub fn rows_from_batch(self, batch: &[u8]) -> Result<Vec<Row>, LayoutError> {
        self.row_count(batch.len() as u64)?;
        batch
            .chunks(self.bytes_per_row())
            .enumerate()
            .map(|(row, bytes)| {
                let checked = match self {
                    Self::Packed => Row::from_bytes(&pack(bytes)),
                    Self::Raw => Row::from_bytes(bytes),
                };
                checked.map_err(|error| refused_row(error, row))
            })
            .collect()
    }

    /// Reads the batch of `byte_len` bytes back out of its rows.
    ///
    /// Exactly one sequence of rows holds a batch: each of them passes [`Layout::check_row`].
    ///
    /// # Errors
    /// As [`Layout::row_count`], [`LayoutError::WrongRowCount`] and, in the packed layout,
    /// [`LayoutError::NonZeroPadding`] of the first row that has any; the caller's fault.
    pub fn batch_from_rows(self, rows: &[Row], byte_len: u64) -> Result<Vec<u8>, LayoutError> {
        let expected = self.row_count(byte_len)?;
        if rows.len() != expected {
            let found = rows.len();
            return Err(LayoutError::WrongRowCount {
                len: byte_len,
                expected,
                found,
            });
        }
        let mut batch = Vec::with_capacity(expected * self.bytes_per_row());
        for (index, row) in rows.iter().enumerate() {
            self.check_row(byte_len, index, row)?;
            match self {
                Self::Packed => unpack(row.as_bytes(), &mut batch),
                Self::Raw => batch.extend_from_slice(row.as_bytes()),
            }
        }
        batch.truncate(usize::try_from(byte_len).unwrap_or(usize::MAX));
        Ok(batch)
    }

    /// Checks one row by itself: whether it can be row `index` of a batch of `byte_len` bytes.
    ///
    /// As many rows as the batch takes hold one if and only if each passes. Any row passes in the
    /// raw layout. Beyond the batch's end a packed row is all padding. Looks at each byte once.
    ///
    /// # Errors
    /// [`NonZeroPadding`], the first of the row; the fault of whoever made the row.
    pub fn check_row(self, byte_len: u64, index: usize, row: &Row) -> Result<(), NonZeroPadding> {
        if self == Self::Raw {
            return Ok(());
        }
        let before = (index as u64).saturating_mul(PACKED_BYTES_PER_ROW as u64);
        let content = usize::try_from(byte_len.saturating_sub(before)).unwrap_or(usize::MAX);
        match first_non_zero_padding(row.as_bytes(), content) {
            Some(byte) => Err(NonZeroPadding { row: index, byte }),
            None => Ok(()),
        }
    }
}

/// One row of elements from at most 126,976 bytes.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut row = vec![0; ELEMENTS_PER_ROW * BYTES_PER_ELEMENT];
    let elements = row.chunks_exact_mut(BYTES_PER_ELEMENT);
    for (element, content) in elements.zip(bytes.chunks(PACKED_BYTES_PER_ELEMENT)) {
        element[1..=content.len()].copy_from_slice(content);
    }
    row
}

fn unpack(row: &[u8], batch: &mut Vec<u8>) {
    for element in row.chunks_exact(BYTES_PER_ELEMENT) {
        batch.extend_from_slice(&element[1..]);
    }
}

/// The first byte of a packed row that is not zero and holds none of the row's `content` bytes.
fn first_non_zero_padding(row: &[u8], content: usize) -> Option<usize> {
    let mut elements = row.chunks_exact(BYTES_PER_ELEMENT).enumerate();
    elements.find_map(|(place, element)| {
        let before = place * PACKED_BYTES_PER_ELEMENT;
        let end = 1 + content.saturating_sub(before).min(PACKED_BYTES_PER_ELEMENT);
        let byte = match element[0] {
            0 => end + element[end..].iter().position(|byte| *byte != 0)?,
            _ => 0,
        };
        Some(place * BYTES_PER_ELEMENT + byte)
    })
}

/// The layout's own name for what [`Row`] refused.
fn refused_row(error: RowError, row: usize) -> LayoutError {
    match error {
        RowError::NonCanonical { element } => LayoutError::NonCanonical { row, element },
        RowError::Length { len, expected } => LayoutError::NotWholeRows {
            len: len as u64,
            row_bytes: expected as u64,
        },
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Packed => "packed",
            Self::Raw => "raw",
        })
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(name: &str) -> Result<Self, LayoutError> {
        match name {
            "packed" => Ok(Self::Packed),
            "raw" => Ok(Self::Raw),
            _ => Err(LayoutError::UnknownName {
                name: name.chars().take(32).collect(),
            }),
        }
    }
}

serde_as_text!(Layout);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// r, the modulus of BLS12-381's scalar field, big-endian.
    const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn packed_batches_of_any_length_come_back(
            len in prop_oneof![
                1usize..200,
                PACKED_BYTES_PER_ROW - 2..PACKED_BYTES_PER_ROW + 3,
                1usize..4 * PACKED_BYTES_PER_ROW,
            ],
            salt in any::<u8>(),
        ) {
            let batch: Vec<u8> = (0..=250).map(|byte: u8| byte ^ salt).cycle().take(len).collect();
            let rows = Layout::Packed.rows_from_batch(&batch).unwrap();
            prop_assert_eq!(rows.len(), Layout::Packed.row_count(len as u64).unwrap());
            let back = Layout::Packed.batch_from_rows(&rows, len as u64).unwrap();
            prop_assert!(back == batch, "bytes differ");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A batch's rows with one byte changed: there is a batch, or the one row alone shows that
        /// there is none.
        #[test]
        fn rows_hold_a_batch_or_one_row_shows_that_they_hold_none(
            len in 1usize..3 * PACKED_BYTES_PER_ROW,
            row in 0usize..3,
            byte in 0usize..ROW_BYTES,
            near_the_end in any::<bool>(),
        ) {
            let mut rows = Layout::Packed.rows_from_batch(&vec![7; len]).unwrap();
            let (row, byte) = if near_the_end {
                let (last, left) = (rows.len() - 1, (len - 1) % PACKED_BYTES_PER_ROW);
                (last, (left / 31 * 32 + left % 31 + byte % 3).min(ROW_BYTES - 1))
            } else {
                (row % rows.len(), byte)
            };
            let mut changed = rows[row].as_bytes().to_vec();
            changed[byte] ^= 1;
            rows[row] = Row::from_bytes(&changed).unwrap();
            let of_row = Layout::Packed.check_row(len as u64, row, &rows[row]);
            let place = row * PACKED_BYTES_PER_ROW + byte / 32 * 31 + (byte % 32).saturating_sub(1);
            let is_padding = byte % 32 == 0 || place >= len;
            prop_assert_eq!(of_row, if is_padding { Err(NonZeroPadding { row, byte }) } else { Ok(()) });
            match Layout::Packed.batch_from_rows(&rows, len as u64) {
                Ok(batch) => {
                    prop_assert!(!is_padding);
                    prop_assert!(Layout::Packed.rows_from_batch(&batch).unwrap() == rows, "rows differ");
                }
                Err(error) => prop_assert_eq!(error, NonZeroPadding { row, byte }.into()),
            }
        }
    }

    #[test]
    fn any_row_is_a_raw_one_and_none_but_zeros_lies_beyond_a_packed_batch() {
        let bytes: Vec<u8> = (0u8..113).cycle().take(ROW_BYTES).collect();
        let row = Row::from_bytes(&bytes).unwrap();
        assert_eq!(Layout::Raw.check_row(131_072, 0, &row), Ok(()));
        let zeros = Row::from_bytes(&[0; ROW_BYTES]).unwrap();
        for (index, byte_len) in [(1, 5), (usize::MAX, u64::MAX), (64, 5)] {
            let packed = |row| Layout::Packed.check_row(byte_len, index, row);
            assert_eq!(packed(&zeros), Ok(()));
            assert_eq!(
                packed(&row),
                Err(NonZeroPadding {
                    row: index,
                    byte: 1
                })
            );
        }
    }

    #[test]
    fn packing_puts_a_zero_before_every_31_bytes() {
        let rows = Layout::Packed.rows_from_batch(&[0xff; 33]).unwrap();
        let mut expected = vec![0u8; ROW_BYTES];
        expected[1..32].fill(0xff);
        expected[33..35].fill(0xff);
        assert_eq!(rows[0].as_bytes(), expected);
    }

    #[test]
    fn raw_batches_are_kept_as_they_are() {
        let batch: Vec<u8> = (0u8..113).cycle().take(2 * ROW_BYTES).collect();
        let rows = Layout::Raw.rows_from_batch(&batch).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].as_bytes(), &batch[ROW_BYTES..]);
        assert_eq!(
            Layout::Raw
                .batch_from_rows(&rows, batch.len() as u64)
                .unwrap(),
            batch
        );
    }

    #[test]
    fn raw_names_the_element_that_is_not_canonical() {
        let mut batch = vec![0u8; 2 * ROW_BYTES];
        let place = ROW_BYTES + 7 * BYTES_PER_ELEMENT;
        batch[place..place + 32].copy_from_slice(&hex::decode(MODULUS).unwrap());
        assert_eq!(
            Layout::Raw.rows_from_batch(&batch).unwrap_err(),
            LayoutError::NonCanonical { row: 1, element: 7 }
        );
        batch[place + 31] = 0;
        assert!(
            Layout::Raw.rows_from_batch(&batch).is_ok(),
            "r - 1 is canonical"
        );
    }

    #[test]
    fn lengths_outside_of_the_limits_are_refused_with_the_limit() {
        for layout in [Layout::Packed, Layout::Raw] {
            assert_eq!(layout.rows_from_batch(&[]).unwrap_err(), LayoutError::Empty);
            let max = layout.max_bytes();
            assert_eq!(layout.row_count(max).unwrap(), MAX_BLOB_ROWS);
            for len in [max + 1, u64::MAX] {
                let error = layout.row_count(len).unwrap_err();
                assert_eq!(error, LayoutError::TooLarge { len, max });
                assert_eq!(error.fault(), Fault::Caller);
            }
        }
        assert_eq!(
            Layout::Raw.rows_from_batch(&[0; 33]).unwrap_err(),
            LayoutError::NotWholeRows {
                len: 33,
                row_bytes: 131_072
            }
        );
    }

    #[test]
    fn rows_that_hold_no_batch_of_that_length_are_refused() {
        let rows = Layout::Packed.rows_from_batch(&[7; 40]).unwrap();
        assert_eq!(
            Layout::Packed.batch_from_rows(&rows, 39).unwrap_err(),
            NonZeroPadding { row: 0, byte: 41 }.into()
        );
        assert_eq!(
            Layout::Packed
                .batch_from_rows(&rows, PACKED_BYTES_PER_ROW as u64 + 1)
                .unwrap_err(),
            LayoutError::WrongRowCount {
                len: 126_977,
                expected: 2,
                found: 1
            }
        );
        let mut top = vec![0u8; ROW_BYTES];
        top[64] = 1;
        let rows = [Row::from_bytes(&top).unwrap()];
        assert_eq!(
            Layout::Packed.batch_from_rows(&rows, 1).unwrap_err(),
            NonZeroPadding { row: 0, byte: 64 }.into()
        );
    }

    #[test]
    fn names_are_read_and_written() {
        for layout in [Layout::Packed, Layout::Raw] {
            assert_eq!(layout.to_string().parse::<Layout>().unwrap(), layout);
        }
        assert!(matches!(
            "Raw".parse::<Layout>(),
            Err(LayoutError::UnknownName { .. })
        ));
    }
}
