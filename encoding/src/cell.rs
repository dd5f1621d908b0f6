//! Cells: the unit that is sampled, sent and repaired.

use std::fmt;
use std::sync::Arc;

use crate::algebra::Scalar;
use crate::row::{elements_scaled, first_non_canonical, scalars_of_canonical};
use crate::{CELL_BYTES, Digest, ELEMENTS_PER_CELL, Fault, merkle};

/// Bytes that are not a cell. Fault: the caller, or the peer that sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// Not 2,048 bytes.
    #[error("a cell of {len} bytes where {expected} are expected")]
    Length {
        /// Bytes given.
        len: usize,
        /// Bytes of a cell.
        expected: usize,
    },
    /// An element that is not below the field's modulus.
    #[error("element {element} of the cell is not below the field's modulus")]
    NonCanonical {
        /// Which element, 0..63.
        element: usize,
    },
}

impl CellError {
    /// Whose fault this is: the caller's. Decoding of a peer's message reports it as the peer's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// 64 consecutive field elements of an extended row, 2,048 bytes, in EIP-7594's order.
///
/// Every element is below the modulus, which the constructor checks. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Cell(Arc<[u8]>);

impl Cell {
    /// Checks and copies 2,048 bytes: 64 big-endian elements.
    ///
    /// # Errors
    /// [`CellError`] on another length or an element that is not canonical. Fault: the caller.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CellError> {
        if bytes.len() != CELL_BYTES {
            return Err(CellError::Length {
                len: bytes.len(),
                expected: CELL_BYTES,
            });
        }
        match first_non_canonical(bytes) {
            Some(element) => Err(CellError::NonCanonical { element }),
            None => Ok(Self(bytes.into())),
        }
    }

    /// As [`Cell::from_bytes`], for bytes of a row, which were checked before.
    pub(crate) fn from_checked_bytes(bytes: &[u8; CELL_BYTES]) -> Self {
        Self(bytes.as_slice().into())
    }

    /// The 2,048 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The cell's leaf in its column's Merkle tree.
    pub fn hash(&self) -> Digest {
        merkle::leaf_hash(&self.0)
    }

    /// The 64 elements.
    pub(crate) fn elements(&self) -> Vec<Scalar> {
        scalars_of_canonical(&self.0)
    }

    /// The 64 elements divided by 2^256, see [`Scalar::from_bytes_be_scaled`].
    pub(crate) fn elements_scaled(&self) -> [Scalar; ELEMENTS_PER_CELL] {
        elements_scaled(&self.0)
    }

    /// The inverse of [`Cell::elements_scaled`].
    pub(crate) fn from_elements_scaled(elements: &[Scalar; ELEMENTS_PER_CELL]) -> Self {
        let bytes = elements.map(Scalar::to_bytes_be_scaled);
        Self(bytes.as_flattened().into())
    }

    /// # Panics
    /// If there are not 64 elements: a defect of the caller.
    pub(crate) fn from_elements(elements: &[Scalar]) -> Self {
        assert_eq!(elements.len(), ELEMENTS_PER_CELL, "a cell has 64 elements");
        Self(
            elements
                .iter()
                .flat_map(|element| element.to_bytes_be())
                .collect(),
        )
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell({}..)", hex::encode(&self.0[..8]))
    }
}

/// 2,048 raw bytes; decoding refuses elements that are not canonical.
#[cfg(feature = "borsh")]
mod wire {
    use std::io::{Error, ErrorKind, Read, Result, Write};

    use borsh::{BorshDeserialize, BorshSerialize};

    use super::Cell;
    use crate::CELL_BYTES;

    impl BorshSerialize for Cell {
        fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
            writer.write_all(&self.0)
        }
    }

    impl BorshDeserialize for Cell {
        fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
            let mut bytes = [0; CELL_BYTES];
            reader.read_exact(&mut bytes)?;
            Self::from_bytes(&bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lengths_and_elements_are_checked() {
        let mut bytes = vec![0; CELL_BYTES];
        assert!(Cell::from_bytes(&bytes).is_ok());
        bytes[63 * 32] = 0xff;
        assert_eq!(
            Cell::from_bytes(&bytes),
            Err(CellError::NonCanonical { element: 63 })
        );
        assert_eq!(
            Cell::from_bytes(&bytes[..2047]),
            Err(CellError::Length {
                len: 2047,
                expected: CELL_BYTES
            })
        );
    }

    #[cfg(feature = "borsh")]
    #[test]
    fn the_wire_form_is_the_bytes_and_decoding_checks_them() {
        let mut bytes = vec![7; CELL_BYTES];
        let cell = Cell::from_bytes(&bytes).unwrap();
        assert_eq!(borsh::to_vec(&cell).unwrap(), bytes);
        assert_eq!(borsh::from_slice::<Cell>(&bytes).unwrap(), cell);
        assert!(borsh::from_slice::<Cell>(&bytes[1..]).is_err());
        bytes[32] = 0xff;
        assert!(borsh::from_slice::<Cell>(&bytes).is_err());
    }
}
