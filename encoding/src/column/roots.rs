//! Column roots and the columns root.
//!
//! ```text
//! leaf of a column root     H(00 | cell, 2,048 bytes)          n of them, first row first
//! leaf of the columns root  H(00 | column root, 32 bytes)      128 of them
//! ```

use crate::{COLUMNS, Cell, ColumnIndex, Digest, Row, eip7594, merkle, threads};

use super::unverified::{ColumnPath, PATH_HASHES};

/// Root over the hashes of a column's cells; hashes n x 2,048 bytes.
pub(crate) fn column_root<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Digest {
    let hashes: Vec<Digest> = cells.into_iter().map(Cell::hash).collect();
    merkle::root(&hashes)
}

/// Whether `root` is the root of column `index` under the columns root.
pub(crate) fn root_is_at(
    root: &Digest,
    index: ColumnIndex,
    path: &ColumnPath,
    columns_root: Digest,
) -> bool {
    let leaf = merkle::leaf_hash(root.as_bytes());
    merkle::verify_path(leaf, index.get(), COLUMNS, path.hashes(), columns_root)
}

/// The tree over a blob's 128 column roots.
#[derive(Clone, Debug)]
pub(crate) struct ColumnRoots {
    leaves: Vec<Digest>,
    root: Digest,
}

/// R of rows: the root over the 128 column roots of their horizontal extension.
///
/// Cost: an extension of each row and 256 KiB of hashing a row. Source: the design, section 3.
pub fn columns_root(rows: &[Row]) -> Digest {
    ColumnRoots::of_rows(&threads::map(rows, eip7594::compute_cells)).root()
}

impl ColumnRoots {
    /// The tree over the column roots of extended rows, each of 128 cells.
    pub(crate) fn of_rows(rows: &[Vec<Cell>]) -> Self {
        let columns: Vec<ColumnIndex> = ColumnIndex::all().collect();
        let leaves = threads::map(&columns, |column| {
            let root = column_root(rows.iter().map(|row| &row[column.get()]));
            merkle::leaf_hash(root.as_bytes())
        });
        let root = merkle::root(&leaves);
        Self { leaves, root }
    }

    /// Replaces the roots of these columns by a false one.
    #[cfg(feature = "test-utils")]
    pub(crate) fn misname(&mut self, columns: &[ColumnIndex]) {
        for column in columns {
            self.leaves[column.get()] = merkle::leaf_hash(b"no column has this root");
        }
        self.root = merkle::root(&self.leaves);
    }

    /// R, the columns root.
    pub(crate) fn root(&self) -> Digest {
        self.root
    }

    /// The path of one column; 126 hashes.
    pub(crate) fn path(&self, column: ColumnIndex) -> ColumnPath {
        let path = merkle::path(&self.leaves, column.get());
        let hashes: [Digest; PATH_HASHES] = path
            .try_into()
            .expect("a leaf of 128 has a path of 7 hashes");
        ColumnPath::from_hashes(hashes)
    }
}
