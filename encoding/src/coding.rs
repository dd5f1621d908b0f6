//! Coding one blob: from rows to everything that is dispersed.
//!
//! ```text
//!   rows ----> commitments --------------.
//!     |                                  v
//!     '-> 128 cells each -> R -------> gamma -> F -> one FK20 -> 128 column proofs
//! ```
//!
//! Source: the design, sections 2 and 3.

use crate::column::{BlobBinding, ColumnRoots, column_proofs, gamma};
use crate::{
    Cell, CellProof, Column, ColumnIndex, ColumnProof, Commitment, Digest, Fault, MAX_BLOB_ROWS,
    NAMESPACE_BYTES, Row, UnverifiedColumn, blob_to_kzg_commitment, compute_cells, eip7594,
    threads,
};

/// Rows or cells that cannot be coded. Fault: always the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// No rows, or more than the limit.
    #[error("{found} rows where 1..={max} are allowed")]
    RowCount {
        /// Rows given.
        found: usize,
        /// The most rows allowed.
        max: usize,
    },
    /// A row that is not a parity row of the extended column.
    #[error("row {row} is not a parity row: those are {first}..{end}")]
    NotAParityRow {
        /// The row asked for.
        row: usize,
        /// The first parity row, n.
        first: usize,
        /// One past the last parity row, 2n.
        end: usize,
    },
}

impl EncodeError {
    /// Whose fault it is: the caller's.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// A coded blob: its rows, commitments, cells and column proofs.
///
/// Immutable. Holds 128 cells for each row, 256 KiB.
#[derive(Clone, Debug)]
pub struct CodedBlob {
    rows: Vec<Row>,
    commitments: Vec<Commitment>,
    /// For each row its 128 cells.
    cells: Vec<Vec<Cell>>,
    roots: ColumnRoots,
    proofs: Vec<ColumnProof>,
}

/// Codes a blob of 1..=64 rows for a namespace.
///
/// The rows are committed to and extended, one row a thread under the feature `parallel`; then one
/// FK20 makes the proofs of all 128 columns, whatever the number of rows. Cost: a 4,096-point
/// multi-scalar multiplication and two transforms a row, and one FK20.
///
/// # Errors
/// [`EncodeError::RowCount`]. Fault: the caller.
pub fn code_blob(
    namespace: &[u8; NAMESPACE_BYTES],
    rows: Vec<Row>,
) -> Result<CodedBlob, EncodeError> {
    code(namespace, rows, |_| {})
}

/// Codes a blob whose columns root names false roots for these columns, as a dishonest poster does that
/// derives gamma and the proofs from that root. Every other column verifies.
///
/// # Errors
/// As [`code_blob`].
#[cfg(feature = "test-utils")]
pub fn code_misnamed_blob(
    namespace: &[u8; NAMESPACE_BYTES],
    rows: Vec<Row>,
    misnamed: &[ColumnIndex],
) -> Result<CodedBlob, EncodeError> {
    code(namespace, rows, |roots| roots.misname(misnamed))
}

/// `change` is applied to the column roots before gamma is made from them.
fn code(
    namespace: &[u8; NAMESPACE_BYTES],
    rows: Vec<Row>,
    change: impl FnOnce(&mut ColumnRoots),
) -> Result<CodedBlob, EncodeError> {
    if rows.is_empty() || rows.len() > MAX_BLOB_ROWS {
        return Err(EncodeError::RowCount {
            found: rows.len(),
            max: MAX_BLOB_ROWS,
        });
    }
    let (commitments, cells): (Vec<Commitment>, Vec<Vec<Cell>>) = threads::map(&rows, |row| {
        (blob_to_kzg_commitment(row), compute_cells(row))
    })
    .into_iter()
    .unzip();
    let mut roots = ColumnRoots::of_rows(&cells);
    change(&mut roots);
    let binding = BlobBinding {
        namespace: *namespace,
        commitments,
        columns_root: roots.root(),
    };
    let proofs = column_proofs(&rows, gamma(&binding));
    Ok(CodedBlob {
        rows,
        commitments: binding.commitments,
        cells,
        roots,
        proofs,
    })
}

impl CodedBlob {
    /// The n rows that were coded.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// One commitment for each row.
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// R, the columns root, which the blob's header names.
    pub fn columns_root(&self) -> Digest {
        self.roots.root()
    }

    /// The 128 cells of a row; `None` outside of the rows.
    pub fn cells(&self, row: usize) -> Option<&[Cell]> {
        self.cells.get(row).map(Vec::as_slice)
    }

    /// One column with its proof and its path, n x 2,048 bytes. Shares the cells.
    pub fn column(&self, index: ColumnIndex) -> UnverifiedColumn {
        let cells = self
            .cells
            .iter()
            .map(|row| row[index.get()].clone())
            .collect();
        UnverifiedColumn {
            column: Column { index, cells },
            proof: self.proofs[index.get()],
            path: self.roots.path(index),
        }
    }
}

/// The 128 cell proofs of a row, by FK20.
///
/// A gateway makes them after dispersal. Source: EIP-7594.
pub fn cell_proofs(row: &Row) -> Vec<CellProof> {
    eip7594::cell_proofs_of(&row.coefficients())
}

/// The row whose first 64 cells these are.
pub(crate) fn row_of_data_cells<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Row {
    let bytes: Vec<u8> = cells
        .into_iter()
        .flat_map(|cell| cell.as_bytes())
        .copied()
        .collect();
    Row::from_bytes(&bytes).expect("64 cells of canonical elements are a row")
}
