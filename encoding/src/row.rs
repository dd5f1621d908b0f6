//! Rows: EIP-4844 blobs.

use std::fmt;
use std::sync::Arc;

use crate::algebra::{CellMatrix, Domain, Scalar};
use crate::{
    BYTES_PER_ELEMENT, CELL_BYTES, DATA_COLUMNS, ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, Fault,
    ROW_BYTES,
};

/// Bytes that are not a row. Fault: the caller, or the peer that sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// Not 131,072 bytes.
    #[error("a row of {len} bytes where {expected} are expected")]
    Length {
        /// Bytes given.
        len: usize,
        /// Bytes of a row.
        expected: usize,
    },
    /// An element that is not below the field's modulus.
    #[error("element {element} of the row is not below the field's modulus")]
    NonCanonical {
        /// Which element, 0..4095.
        element: usize,
    },
}

impl RowError {
    /// Whose fault this is: the caller's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// 4096 field elements, 131,072 bytes: byte for byte an EIP-4844 blob.
///
/// Every element is below the modulus, which the constructor checks. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Row(Arc<[u8]>);

impl Row {
    /// Checks and copies 131,072 bytes: 4096 big-endian elements.
    ///
    /// # Errors
    /// [`RowError`] on another length or an element that is not canonical. Fault: the caller.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RowError> {
        if bytes.len() != ROW_BYTES {
            return Err(RowError::Length {
                len: bytes.len(),
                expected: ROW_BYTES,
            });
        }
        match first_non_canonical(bytes) {
            Some(element) => Err(RowError::NonCanonical { element }),
            None => Ok(Self(bytes.into())),
        }
    }

    /// The 131,072 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The 4096 elements: the row's polynomial on the 4096 roots of unity in bit-reversed order.
    #[cfg(test)]
    pub(crate) fn elements(&self) -> Vec<Scalar> {
        scalars_of_canonical(&self.0)
    }

    /// The 4096 coefficients of the row's polynomial, lowest first. About 0.2 ms.
    pub(crate) fn coefficients(&self) -> Vec<Scalar> {
        let inverse_size = Domain::of_size(ELEMENTS_PER_ROW).inverse_size();
        let matrix = self.coefficient_matrix(Scalar::SCALING * inverse_size);
        (0..DATA_COLUMNS)
            .flat_map(|place| matrix.coefficients(place))
            .collect()
    }

    /// The coefficients in 64 rows of 64, times 4096 and a factor, and divided by 2^256 because
    /// the elements are read without a multiplication.
    pub(crate) fn coefficient_matrix(&self, factor: Scalar) -> CellMatrix {
        let mut matrix = CellMatrix::zeros(DATA_COLUMNS);
        for (place, cell) in self.0.chunks_exact(CELL_BYTES).enumerate() {
            matrix.set_values(place, &elements_scaled(cell));
            matrix.interpolate_cell(place, place);
        }
        matrix.interpolate_across(0..DATA_COLUMNS, 0);
        for place in 0..DATA_COLUMNS {
            matrix.scale(place, factor);
        }
        matrix
    }

    /// # Panics
    /// If there are not 4096 elements: a defect of the caller.
    #[cfg(test)]
    pub(crate) fn from_elements(elements: &[Scalar]) -> Self {
        assert_eq!(elements.len(), ELEMENTS_PER_ROW, "a row has 4096 elements");
        Self(
            elements
                .iter()
                .flat_map(|element| element.to_bytes_be())
                .collect(),
        )
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({}..)", hex::encode(&self.0[..8]))
    }
}

/// The first element that is not below the modulus; `bytes` is a whole number of elements.
pub(crate) fn first_non_canonical(bytes: &[u8]) -> Option<usize> {
    let (elements, _) = bytes.as_chunks::<BYTES_PER_ELEMENT>();
    elements
        .iter()
        .position(|element| !Scalar::is_canonical(element))
}

/// The elements in bytes that were checked before.
pub(crate) fn scalars_of_canonical(bytes: &[u8]) -> Vec<Scalar> {
    let (elements, _) = bytes.as_chunks::<BYTES_PER_ELEMENT>();
    elements
        .iter()
        .map(|element| Scalar::from_bytes_be(element).expect("checked when the bytes were taken"))
        .collect()
}

/// As [`scalars_of_canonical`], of one cell's bytes, divided by 2^256: without a multiplication.
pub(crate) fn elements_scaled(cell: &[u8]) -> [Scalar; ELEMENTS_PER_CELL] {
    let (elements, _) = cell.as_chunks::<BYTES_PER_ELEMENT>();
    std::array::from_fn(|i| Scalar::from_bytes_be_scaled(&elements[i]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lengths_and_elements_are_checked() {
        let mut bytes = vec![0; ROW_BYTES];
        assert!(Row::from_bytes(&bytes).is_ok());
        bytes[77 * 32] = 0x74;
        assert_eq!(
            Row::from_bytes(&bytes),
            Err(RowError::NonCanonical { element: 77 })
        );
        assert_eq!(
            Row::from_bytes(&bytes[1..]),
            Err(RowError::Length {
                len: ROW_BYTES - 1,
                expected: ROW_BYTES
            })
        );
        assert!(Row::from_bytes(&[]).is_err());
    }

    #[test]
    fn elements_round_trip() {
        let elements: Vec<Scalar> = (0..4096u64).map(|i| Scalar::from_u64(i * i)).collect();
        let row = Row::from_elements(&elements);
        assert_eq!(row.elements(), elements);
        assert_eq!(Row::from_bytes(row.as_bytes()).unwrap(), row);
    }
}
