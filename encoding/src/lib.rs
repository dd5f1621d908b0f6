//! Data-availability coding: two-dimensional Reed-Solomon with KZG commitments over BLS12-381. A row is
//! an EIP-4844 blob, its cells and cell proofs are those of EIP-7594, on Ethereum's trusted setup.
//!
//! ```text
//!   batch ──layout──> rows ──────────────> commitments          EIP-4844
//!                      │
//!                      ├── 128 cells each, cell proofs          EIP-7594
//!                      │     │
//!                      │     └── column roots, column proofs    column, merkle
//!                      │
//!                      └── parity rows (derived)                vertical, matrix
//! ```
//!
//! # Quick start
//!
//! A poster codes a batch, custodians verify columns of the blob, and any 64 of the 128 columns give
//! the batch back:
//!
//! ```
//! use weft_encoding::{ColumnIndex, ColumnVerifier, Layout, NAMESPACE_BYTES, code_blob};
//!
//! let namespace = [0; NAMESPACE_BYTES];
//! let batch = b"a batch of a rollup's transactions";
//! let blob = code_blob(&namespace, Layout::Packed.rows_from_batch(batch)?)?;
//!
//! let verifier = ColumnVerifier::new(&namespace, blob.commitments(), blob.columns_root())?;
//! let columns = ColumnIndex::all().skip(64).map(|index| blob.column(index));
//! let verified = verifier.verify_batch(columns.collect())?;
//!
//! let rows = verifier.repair_rows(&verified)?;
//! assert_eq!(Layout::Packed.batch_from_rows(&rows, batch.len() as u64)?, batch);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/repair_from_half.rs` does the same with a file, and shows how a forged column is refused.
//!
//! # What is where
//!
//! | for | use |
//! |---|---|
//! | a batch's bytes in rows, and back | [`Layout`] |
//! | a whole blob, as its poster codes it | [`code_blob`], [`cell_proofs`] |
//! | a blob's columns | [`ColumnVerifier`], [`VerifiedColumn`] |
//! | single cells of a blob or a block, parity cells included | [`MatrixCommitments`], [`VerifiedCell`] |
//! | repair of rows from cells of any rows and columns | [`MatrixRepair`] |
//! | the vertical code alone | [`parity_cells`], [`parity_commitments`], [`repair_column`] |
//! | EIP-4844 under its own names | [`blob_to_kzg_commitment`], [`compute_kzg_proof`], [`compute_blob_kzg_proof`], [`compute_challenge`], [`verify_kzg_proof`], [`verify_blob_kzg_proof`], [`verify_blob_kzg_proof_batch`] |
//! | EIP-7594 under its own names | [`compute_cells`], [`compute_cells_and_kzg_proofs`], [`verify_cell_kzg_proof_batch`], [`recover_cells_and_kzg_proofs`] |
//!
//! Verification gives types that nothing else makes: [`VerifiedColumn`] and [`VerifiedCell`] have no
//! decoding, and repair takes no others. Each error says whose [`Fault`] it is.
//!
//! The crate has no clock, system randomness, network or files: challenges are hashes of what they check.
//! All results are deterministic, and every function may be called from any thread. Verification reads 67
//! points of the setup. The first call that commits or proves makes tables of at most 42 MiB;
//! [`prepare_prover`] makes them ahead of time. The crate computes with no secrets: its time depends on
//! values.
//!
//! # Features
//!
//! - `parallel` (default): spreads the work over rayon's thread pool.
//! - `borsh`: the canonical wire encoding.
//! - `serde`: text and JSON forms of ids, indices, points and names.
//! - `test-utils`: what attackers make, for tests of other crates.
//!
//! # Formats
//!
//! The bytes of cells, columns, proofs and roots are specified in `docs/formats.md` and frozen by
//! known-answer tests. The results of the EIPs' functions are compared with the official vectors and with
//! `c-kzg` and `rust_eth_kzg`.

mod algebra;
mod cell;
mod digest;
mod eip4844;
mod eip7594;
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
pub use hex_text::{HexError, bytes_from_hex};
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
pub use column::{
    Column, ColumnPath, ColumnVerifier, UnverifiedColumn, VerifiedColumn, columns_root,
};
pub use layout::{Layout, LayoutError, NonZeroPadding};
pub use matrix::{
    MatrixCommitments, MatrixRepair, RepairedMatrix, UnverifiedCell, VerifiedCell,
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
