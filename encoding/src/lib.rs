//! Rows, cells, commitments and proofs: two-dimensional Reed-Solomon coding with KZG commitments
//! over BLS12-381, whose rows are EIP-4844 blobs and whose cells are EIP-7594's.
//!
//! ```text
//!   batch ──layout──> rows ──────────────> commitments          eip4844
//!                      │
//!                      ├── 128 cells each, cell proofs          eip7594
//!                      │     │
//!                      │     └── column roots, column proofs    column, merkle
//!                      │
//!                      └── parity rows (derived)                vertical, matrix
//! ```
//!
//! Pure: no clock, no randomness of the system, no network, no files. What is random comes from
//! hashes of what is checked. Everything is deterministic and may be called from any thread.
//!
//! Cargo features: `parallel` (default) spreads the work over rayon's threads; `borsh` adds the
//! canonical wire encoding.

mod algebra;
mod cell;
mod digest;
pub mod eip4844;
pub mod eip7594;
mod fault;
mod hex_text;
mod index;
mod points;
mod row;
mod setup;
mod threads;
mod verify_error;

pub use algebra::PointError;
pub use cell::{Cell, CellError};
pub use digest::Digest;
pub use eip4844::{
    OpeningError, blob_to_kzg_commitment, compute_blob_kzg_proof, compute_challenge,
    compute_kzg_proof, verify_blob_kzg_proof, verify_blob_kzg_proof_batch, verify_kzg_proof,
};
pub use eip7594::{
    RecoverError, compute_cells, compute_cells_and_kzg_proofs,
    compute_verify_cell_kzg_proof_batch_challenge, prepare_prover, recover_cells,
    recover_cells_and_kzg_proofs, verify_cell_kzg_proof_batch,
};
pub use fault::Fault;
pub use hex_text::HexError;
pub use index::{CellCoord, ColumnIndex, IndexError, RowIndex};
pub use points::{CellProof, ColumnProof, Commitment, KzgProof};
pub use row::{Row, RowError};
pub use verify_error::{Input, VerifyError};

// Layouts, the column proof, the vertical code, repair, and coding of a whole blob.
mod coding;
mod column;
#[cfg(test)]
mod fixtures;
mod hash_to_scalar;
mod layout;
mod matrix;
pub mod merkle;
#[cfg(test)]
mod properties;
mod repair_error;
mod verify_each;
mod vertical;

#[cfg(feature = "test-utils")]
pub use coding::code_misnamed_blob;
pub use coding::{CodedBlob, EncodeError, cell_proofs, code_blob};
pub use column::{Column, ColumnPath, ColumnVerifier, ProvenColumn, VerifiedColumn, columns_root};
pub use layout::{Layout, LayoutError, NonZeroPadding};
pub use matrix::{
    MatrixCommitments, MatrixRepair, ProvenCell, RepairedMatrix, VerifiedCell,
    smallest_unrepairable,
};
pub use repair_error::RepairError;
pub use vertical::{
    parity_cell, parity_cell_proof, parity_cell_proofs, parity_cells, parity_commitments,
    repair_column,
};

/// Field elements in a row.
pub const ELEMENTS_PER_ROW: usize = 4096;
/// Field elements in a row after the horizontal extension.
pub const ELEMENTS_PER_EXTENDED_ROW: usize = 2 * ELEMENTS_PER_ROW;
/// Bytes of a field element.
pub const BYTES_PER_ELEMENT: usize = 32;
/// Bytes of a row.
pub const ROW_BYTES: usize = ELEMENTS_PER_ROW * BYTES_PER_ELEMENT;
/// Field elements in a cell.
pub const ELEMENTS_PER_CELL: usize = 64;
/// Bytes of a cell.
pub const CELL_BYTES: usize = ELEMENTS_PER_CELL * BYTES_PER_ELEMENT;
/// Columns, which is cells in an extended row.
pub const COLUMNS: usize = ELEMENTS_PER_EXTENDED_ROW / ELEMENTS_PER_CELL;
/// Columns that hold the data; any that many give the rest.
pub const DATA_COLUMNS: usize = COLUMNS / 2;
/// Bytes of a batch that a row holds in the layout `packed`, 31 in each element.
pub const PACKED_BYTES_PER_ROW: usize = ELEMENTS_PER_ROW * (BYTES_PER_ELEMENT - 1);
/// Rows of the largest blob.
pub const MAX_BLOB_ROWS: usize = 64;
/// Rows of the largest block.
pub const MAX_BLOCK_ROWS: usize = 256;
/// Bytes of a namespace.
pub const NAMESPACE_BYTES: usize = 29;
