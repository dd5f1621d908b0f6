//! The columns that this node holds.

use redb::ReadableTable;
use weft_chain::{BlobHeader, BlobId, Height};
use weft_encoding::{
    CELL_BYTES, Cell, Column, ColumnIndex, ColumnPath, ColumnProof, ProvenColumn, VerifiedColumn,
};
use weft_sampling::ColumnSet;

use super::blobs::keep_until;
use super::error::StoreError;
use super::open::Store;
use super::segments::segments_of;
use super::tables::{
    BLOB_HEADERS, COLUMN_CELLS, COLUMN_PROOFS, blob_key, column_byte, column_key, encode, get,
    segment_key,
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
    /// [`StoreError::ForeignColumn`] if a column was verified for another blob: caller. The
    /// engine's: local.
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
            transaction
                .open_table(BLOB_HEADERS)?
                .insert(&blob_key(&blob), header.as_slice())?;
            keep_until(transaction, &blob, expiry)?;
            let mut proofs = transaction.open_table(COLUMN_PROOFS)?;
            let mut cells = transaction.open_table(COLUMN_CELLS)?;
            for column in columns {
                let key = column_key(&blob, column.index());
                if proofs.get(&key)?.is_some() {
                    continue;
                }
                proofs.insert(&key, encode(&(column.proof(), column.path())).as_slice())?;
                let bytes: Vec<u8> = column
                    .cells()
                    .iter()
                    .flat_map(|cell| cell.as_bytes())
                    .copied()
                    .collect();
                for (first, segment) in segments_of(&bytes) {
                    let first = u8::try_from(first).expect("a blob has at most 64 rows");
                    let key = segment_key(&blob, column_byte(column.index()), first);
                    cells.insert(&key, segment)?;
                }
            }
            Ok(())
        })
    }

    /// A blob's column as it was dispersed, with its proof and path.
    ///
    /// # Errors
    /// The engine's, or a damaged value. Local.
    pub fn column(
        &self,
        blob: &BlobId,
        index: ColumnIndex,
    ) -> Result<Option<ProvenColumn>, StoreError> {
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
        let line = column_byte(index);
        let (first, last) = (segment_key(blob, line, 0), segment_key(blob, line, u8::MAX));
        let mut cells = Vec::new();
        for segment in transaction
            .open_table(COLUMN_CELLS)?
            .range::<&[u8; 34]>(&first..=&last)?
        {
            let (_, bytes) = segment?;
            for cell in bytes.value().chunks(CELL_BYTES) {
                cells.push(stored_cell(cell)?);
            }
        }
        Ok(Some(ProvenColumn {
            column: Column { index, cells },
            proof,
            path,
        }))
    }

    /// The cell of one of the blob's own rows, without reading the rest of its column.
    ///
    /// # Errors
    /// The engine's, or a damaged value. Local.
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

    /// Which of a blob's columns are here.
    ///
    /// # Errors
    /// The engine's. Local.
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

fn stored_cell(bytes: &[u8]) -> Result<Cell, StoreError> {
    Cell::from_bytes(bytes).map_err(|error| StoreError::damaged("column_cells", error))
}
