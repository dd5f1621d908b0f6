//! The gateway's spool: the rows of a posted blob, until its cell proofs are made and pushed.
//!
//! Coding starts from the rows, so a gateway that crashed after it acknowledged a blob resumes the
//! background work from here.

use redb::ReadableTable;
use weft_chain::BlobId;
use weft_encoding::{CELL_BYTES, ROW_BYTES, Row};

use super::error::StoreError;
use super::open::Store;
use super::segments::segments_of;
use super::tables::{SPOOL_ROWS, SPOOLED, SpoolKey, blob_key, segment_key};

impl Store {
    /// Keeps the rows of a blob until [`Store::remove_spool`].
    ///
    /// Cost: one commit of 131,072 bytes a row.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn put_spool(&self, blob: &BlobId, rows: &[Row]) -> Result<(), StoreError> {
        let blob = *blob;
        let rows: Vec<(u8, Row)> = (0..).zip(rows.iter().cloned()).collect();
        self.write(move |transaction| {
            let mut table = transaction.open_table(SPOOL_ROWS)?;
            for (number, row) in &rows {
                for (first, segment) in segments_of(row.as_bytes()) {
                    let first = u8::try_from(first).expect("a row has 64 cells");
                    table.insert(&segment_key(&blob, *number, first), segment)?;
                }
            }
            transaction
                .open_table(SPOOLED)?
                .insert(&blob_key(&blob), ())?;
            Ok(())
        })
    }

    /// The spooled rows of a blob.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn spool(&self, blob: &BlobId) -> Result<Option<Vec<Row>>, StoreError> {
        let transaction = self.read()?;
        if transaction
            .open_table(SPOOLED)?
            .get(&blob_key(blob))?
            .is_none()
        {
            return Ok(None);
        }
        let (first, last) = spool_range(blob);
        let mut bytes = Vec::new();
        for segment in transaction
            .open_table(SPOOL_ROWS)?
            .range::<&SpoolKey>(&first..=&last)?
        {
            bytes.extend_from_slice(segment?.1.value());
        }
        let rows = bytes.chunks(ROW_BYTES).map(|row| {
            Row::from_bytes(row).map_err(|error| StoreError::damaged("spool_rows", error))
        });
        rows.collect::<Result<_, _>>().map(Some)
    }

    /// The blobs that are in the spool.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn spooled(&self) -> Result<Vec<BlobId>, StoreError> {
        let table = self.read()?.open_table(SPOOLED)?;
        table
            .iter()?
            .map(|entry| Ok(BlobId::from_bytes(*entry?.0.value())))
            .collect()
    }

    /// Drops a blob from the spool: its background work is done.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn remove_spool(&self, blob: &BlobId) -> Result<(), StoreError> {
        let blob = *blob;
        self.write(move |transaction| {
            let (first, last) = spool_range(&blob);
            transaction
                .open_table(SPOOL_ROWS)?
                .retain_in::<&SpoolKey, _>(&first..=&last, |_, _| false)?;
            transaction.open_table(SPOOLED)?.remove(&blob_key(&blob))?;
            Ok(())
        })
    }
}

const _: () = assert!(
    ROW_BYTES.is_multiple_of(CELL_BYTES),
    "a row is a whole number of cells"
);

fn spool_range(blob: &BlobId) -> (SpoolKey, SpoolKey) {
    (segment_key(blob, 0, 0), segment_key(blob, u8::MAX, u8::MAX))
}
