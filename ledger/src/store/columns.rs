//! The columns that this node stores.
//!
//! A *held* column has its column proof and path, as it was dispersed. A column that the blob's
//! columns root misnames has no path: a custodian repairs its cells and serves them with cell
//! proofs alone.

use redb::ReadableTable;
use weft_chain::{BlobHeader, BlobId, Height};
use weft_encoding::{
    CELL_BYTES, Cell, Column, ColumnIndex, ColumnPath, ColumnProof, UnverifiedColumn,
    VerifiedColumn,
};
use weft_sampling::ColumnSet;

use super::blobs::keep_header;
use super::error::StoreError;
use super::open::Store;
use super::segments::segments_of;
use super::tables::{
    COLUMN_CELLS, COLUMN_PROOFS, SegmentKey, column_byte, column_key, encode, get, segment_key,
};

impl Store {
    /// Keeps verified columns of one blob, with its header, at least until `expiry`.
    ///
    /// Idempotent: a column that is already there is left as it is, since the blob id binds every
    /// cell of it.
    ///
    /// Cost: one commit; each column takes its cells and 272 bytes.
    ///
    /// # Errors
    /// [`StoreError::ForeignColumn`] if a column was verified for another blob: caller. A database
    /// error: local.
    pub fn put_columns(
        &self,
        header: &BlobHeader,
        expiry: Height,
        columns: Vec<VerifiedColumn>,
    ) -> Result<(), StoreError> {
        let blob = header.id();
        let is_foreign = |column: &&VerifiedColumn| column.commitments() != header.commitments;
        if let Some(column) = columns.iter().find(is_foreign) {
            return Err(StoreError::ForeignColumn {
                blob,
                column: column.index(),
            });
        }
        let header = encode(header);
        self.write(move |transaction| {
            keep_header(transaction, &blob, &header, expiry)?;
            let mut proofs = transaction.open_table(COLUMN_PROOFS)?;
            let mut cells = transaction.open_table(COLUMN_CELLS)?;
            for column in columns {
                let key = column_key(&blob, column.index());
                if proofs.get(&key)?.is_some() {
                    continue;
                }
                proofs.insert(&key, encode(&(column.proof(), column.path())).as_slice())?;
                insert_cells(&mut cells, &blob, column.index(), column.cells())?;
            }
            Ok(())
        })
    }

    /// Keeps repaired columns of one blob that have no path to its columns root, at least until
    /// `expiry`.
    ///
    /// The caller has derived the cells from the committed rows. Their cell proofs are kept by
    /// [`Store::put_cell_proofs`]. A column whose cells are already here is left as it is.
    ///
    /// Cost: one commit; each column takes its cells.
    ///
    /// # Errors
    /// [`StoreError::CellCount`] unless each column has one cell per row: caller. A database error:
    /// local.
    pub fn put_repaired_columns(
        &self,
        header: &BlobHeader,
        expiry: Height,
        columns: Vec<Column>,
    ) -> Result<(), StoreError> {
        let (blob, expected) = (header.id(), header.rows());
        let mut counts = columns.iter().map(|column| column.cells.len());
        if let Some(found) = counts.find(|found| *found != expected) {
            return Err(StoreError::CellCount { found, expected });
        }
        let header = encode(header);
        self.write(move |transaction| {
            keep_header(transaction, &blob, &header, expiry)?;
            let mut cells = transaction.open_table(COLUMN_CELLS)?;
            for column in columns {
                let first = segment_key(&blob, column_byte(column.index), 0);
                if cells.get(&first)?.is_none() {
                    insert_cells(&mut cells, &blob, column.index, &column.cells)?;
                }
            }
            Ok(())
        })
    }

    /// A blob's column as it was dispersed, with its proof and path.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn column(
        &self,
        blob: &BlobId,
        index: ColumnIndex,
    ) -> Result<Option<UnverifiedColumn>, StoreError> {
        let transaction = self.read()?;
        let proofs = transaction.open_table(COLUMN_PROOFS)?;
        let proof = get::<33, (ColumnProof, ColumnPath)>(
            &proofs,
            "column_proofs",
            &column_key(blob, index),
        )?;
        let Some((proof, path)) = proof else {
            return Ok(None);
        };
        let cells = cells_of(&transaction.open_table(COLUMN_CELLS)?, blob, index)?;
        Ok(Some(UnverifiedColumn {
            column: Column { index, cells },
            proof,
            path,
        }))
    }

    /// The cells of a column that is held or was repaired.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn column_cells(
        &self,
        blob: &BlobId,
        index: ColumnIndex,
    ) -> Result<Option<Vec<Cell>>, StoreError> {
        let table = self.read()?.open_table(COLUMN_CELLS)?;
        let cells = cells_of(&table, blob, index)?;
        Ok((!cells.is_empty()).then_some(cells))
    }

    /// The cell of one of the blob's own rows, without reading the rest of its column.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn cell(
        &self,
        blob: &BlobId,
        index: ColumnIndex,
        row: usize,
    ) -> Result<Option<Cell>, StoreError> {
        let Ok(row) = u8::try_from(row) else {
            return Ok(None);
        };
        let line = column_byte(index);
        let (first, last) = (segment_key(blob, line, 0), segment_key(blob, line, row));
        let table = self.read()?.open_table(COLUMN_CELLS)?;
        let Some(segment) = table.range::<&[u8; 34]>(&first..=&last)?.next_back() else {
            return Ok(None);
        };
        let (key, bytes) = segment?;
        let offset = usize::from(row - key.value()[33]) * CELL_BYTES;
        bytes
            .value()
            .get(offset..offset + CELL_BYTES)
            .map(stored_cell)
            .transpose()
    }

    /// The columns of a blob whose cells are stored: held and repaired ones.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn columns_with_cells(&self, blob: &BlobId) -> Result<ColumnSet, StoreError> {
        let table = self.read()?.open_table(COLUMN_CELLS)?;
        let mut present = ColumnSet::default();
        for index in ColumnIndex::all() {
            if table
                .get(&segment_key(blob, column_byte(index), 0))?
                .is_some()
            {
                present.insert(index);
            }
        }
        Ok(present)
    }

    /// The columns of a blob that are held as they were dispersed.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn held_columns(&self, blob: &BlobId) -> Result<ColumnSet, StoreError> {
        let table = self.read()?.open_table(COLUMN_PROOFS)?;
        let mut held = ColumnSet::default();
        for index in ColumnIndex::all() {
            if table.get(&column_key(blob, index))?.is_some() {
                held.insert(index);
            }
        }
        Ok(held)
    }
}

fn insert_cells(
    table: &mut redb::Table<'_, &'static SegmentKey, &'static [u8]>,
    blob: &BlobId,
    index: ColumnIndex,
    cells: &[Cell],
) -> Result<(), StoreError> {
    let bytes: Vec<u8> = cells
        .iter()
        .flat_map(|cell| cell.as_bytes())
        .copied()
        .collect();
    for (first, segment) in segments_of(&bytes) {
        let first = u8::try_from(first).expect("a blob has at most 64 rows");
        table.insert(&segment_key(blob, column_byte(index), first), segment)?;
    }
    Ok(())
}

/// The cells of a column, first row first; empty if the column is not stored.
fn cells_of(
    table: &impl ReadableTable<&'static SegmentKey, &'static [u8]>,
    blob: &BlobId,
    index: ColumnIndex,
) -> Result<Vec<Cell>, StoreError> {
    let line = column_byte(index);
    let (first, last) = (segment_key(blob, line, 0), segment_key(blob, line, u8::MAX));
    let mut cells = Vec::new();
    for segment in table.range::<&[u8; 34]>(&first..=&last)? {
        let (_, bytes) = segment?;
        for cell in bytes.value().chunks(CELL_BYTES) {
            cells.push(stored_cell(cell)?);
        }
    }
    Ok(cells)
}

fn stored_cell(bytes: &[u8]) -> Result<Cell, StoreError> {
    Cell::from_bytes(bytes).map_err(|error| StoreError::damaged("column_cells", error))
}
