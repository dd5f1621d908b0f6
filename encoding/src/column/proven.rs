//! Columns on their way from coder to custodian, and columns that were checked.

use std::sync::Arc;

use crate::{COLUMNS, Cell, ColumnIndex, ColumnProof, Commitment, Digest};

/// Hashes from a column's root to the columns root: the tree over 128 leaves is 7 deep.
pub(crate) const PATH_HASHES: usize = COLUMNS.ilog2() as usize;

/// The cells with the same index in all of a blob's rows, first row first: n x 2,048 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct Column {
    /// Place of the cells in their rows.
    pub index: ColumnIndex,
    /// One cell of each of the blob's n rows.
    pub cells: Vec<Cell>,
}

/// The 7 sibling hashes that lead from a column's root to the columns root, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct ColumnPath([Digest; PATH_HASHES]);

impl ColumnPath {
    /// Takes the hashes as they are, lowest first; only verification says what they are worth.
    pub const fn from_hashes(hashes: [Digest; PATH_HASHES]) -> Self {
        Self(hashes)
    }

    /// The hashes, lowest first.
    pub const fn hashes(&self) -> &[Digest; PATH_HASHES] {
        &self.0
    }
}

/// A column with what proves it against a blob's header; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct ProvenColumn {
    /// The cells.
    pub column: Column,
    /// One proof for all of them.
    pub proof: ColumnProof,
    /// From the column's root to the columns root.
    pub path: ColumnPath,
}

/// What a blob's columns were verified against; columns of different blobs never mix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BlobBinding {
    pub(crate) namespace: [u8; crate::NAMESPACE_BYTES],
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) columns_root: Digest,
}

/// A column that a [`ColumnVerifier`](crate::ColumnVerifier) accepted for its blob.
///
/// Only verification makes one; it has no decoding and no `Default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedColumn {
    proven: ProvenColumn,
    blob: Arc<BlobBinding>,
}

impl VerifiedColumn {
    pub(crate) fn new(proven: ProvenColumn, blob: Arc<BlobBinding>) -> Self {
        Self { proven, blob }
    }

    /// The column's place in its rows.
    pub fn index(&self) -> ColumnIndex {
        self.proven.column.index
    }

    /// One cell of each of the blob's n rows, first row first.
    pub fn cells(&self) -> &[Cell] {
        &self.proven.column.cells
    }

    /// The proof that all the cells passed with.
    pub fn proof(&self) -> ColumnProof {
        self.proven.proof
    }

    /// The path from the column's root to the blob's columns root.
    pub fn path(&self) -> &ColumnPath {
        &self.proven.path
    }

    /// Commitments of the blob's n rows, which the cells were verified against.
    pub fn commitments(&self) -> &[Commitment] {
        &self.blob.commitments
    }

    /// The form that travels; whoever receives it verifies again.
    pub fn into_proven(self) -> ProvenColumn {
        self.proven
    }

    /// The form that travels, borrowed.
    pub fn as_proven(&self) -> &ProvenColumn {
        &self.proven
    }

    pub(crate) fn is_of(&self, blob: &Arc<BlobBinding>) -> bool {
        Arc::ptr_eq(&self.blob, blob) || self.blob == *blob
    }
}
