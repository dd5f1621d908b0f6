//! Single cells of an extended matrix, before and after verification.

use std::sync::Arc;

use crate::{Cell, CellCoord, CellProof, Commitment};

/// An unverified cell with its coordinate and its proof. 2,099 bytes on the wire.
///
/// This form travels; [`MatrixCommitments`](crate::MatrixCommitments) makes a [`VerifiedCell`] of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct UnverifiedCell {
    /// Row of the extended matrix and column.
    pub coord: CellCoord,
    /// The 64 elements.
    pub cell: Cell,
    /// Proof against the commitment of the row, which is derived for parity rows.
    pub proof: CellProof,
}

/// A cell that [`MatrixCommitments`](crate::MatrixCommitments) accepted at its coordinate.
///
/// Only verification makes one; it has no decoding and no `Default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCell {
    inner: UnverifiedCell,
    /// Commitments of the matrix's n original rows.
    matrix: Arc<[Commitment]>,
}

impl VerifiedCell {
    pub(super) fn new(inner: UnverifiedCell, matrix: Arc<[Commitment]>) -> Self {
        Self { inner, matrix }
    }

    /// Row of the extended matrix and column.
    pub fn coord(&self) -> CellCoord {
        self.inner.coord
    }

    /// The 64 elements.
    pub fn cell(&self) -> &Cell {
        &self.inner.cell
    }

    /// The proof of the cell.
    pub fn proof(&self) -> CellProof {
        self.inner.proof
    }

    /// The unverified form, which travels: its receiver verifies it again.
    pub fn into_unverified(self) -> UnverifiedCell {
        self.inner
    }

    pub(super) fn matrix(&self) -> &Arc<[Commitment]> {
        &self.matrix
    }
}

#[cfg(all(test, feature = "borsh"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{CELL_BYTES, ColumnIndex, RowIndex};

    /// Row in two bytes, column in one, cell, proof.
    #[test]
    fn the_wire_form_is_frozen() {
        let unverified = UnverifiedCell {
            coord: CellCoord {
                row: RowIndex::new(0x0102).unwrap(),
                column: ColumnIndex::new(5).unwrap(),
            },
            cell: Cell::from_bytes(&[6; CELL_BYTES]).unwrap(),
            proof: CellProof::from_bytes([7; 48]),
        };
        let expected = [&[2, 1, 5][..], &[6; CELL_BYTES], &[7; 48]].concat();
        assert_eq!(borsh::to_vec(&unverified).unwrap(), expected);
        assert_eq!(
            borsh::from_slice::<UnverifiedCell>(&expected).unwrap(),
            unverified
        );
    }
}
