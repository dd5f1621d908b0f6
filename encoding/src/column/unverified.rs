//! Columns as they travel from poster to custodian, and verified columns.

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
    /// Index of the cells in their rows.
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
    /// The path with these hashes, lowest first, not checked.
    pub const fn from_hashes(hashes: [Digest; PATH_HASHES]) -> Self {
        Self(hashes)
    }

    /// The hashes, lowest first.
    pub const fn hashes(&self) -> &[Digest; PATH_HASHES] {
        &self.0
    }
}

/// An unverified column: its cells, and the proof and path against a blob's header.
///
/// This form travels; [`ColumnVerifier`](crate::ColumnVerifier) makes a [`VerifiedColumn`] of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct UnverifiedColumn {
    /// The cells.
    pub column: Column,
    /// One proof for all of them.
    pub proof: ColumnProof,
    /// From the column's root to the columns root.
    pub path: ColumnPath,
}

/// What identifies a blob's columns; columns of different blobs never mix.
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
    inner: UnverifiedColumn,
    blob: Arc<BlobBinding>,
}

impl VerifiedColumn {
    pub(crate) fn new(inner: UnverifiedColumn, blob: Arc<BlobBinding>) -> Self {
        Self { inner, blob }
    }

    /// The column's index.
    pub fn index(&self) -> ColumnIndex {
        self.inner.column.index
    }

    /// One cell of each of the blob's n rows, first row first.
    pub fn cells(&self) -> &[Cell] {
        &self.inner.column.cells
    }

    /// The proof of all the cells.
    pub fn proof(&self) -> ColumnProof {
        self.inner.proof
    }

    /// The path from the column's root to the blob's columns root.
    pub fn path(&self) -> &ColumnPath {
        &self.inner.path
    }

    /// Commitments of the blob's n rows, against which the cells were verified.
    pub fn commitments(&self) -> &[Commitment] {
        &self.blob.commitments
    }

    /// The unverified form, which travels: its receiver verifies it again.
    pub fn into_unverified(self) -> UnverifiedColumn {
        self.inner
    }

    /// The unverified form, borrowed.
    pub fn as_unverified(&self) -> &UnverifiedColumn {
        &self.inner
    }

    pub(crate) fn is_of(&self, blob: &Arc<BlobBinding>) -> bool {
        Arc::ptr_eq(&self.blob, blob) || self.blob == *blob
    }
}
