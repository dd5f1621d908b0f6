//! Blob headers, and the height until which each blob is kept.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{BlobHeader, BlobId, Height};

use super::error::StoreError;
use super::open::Store;
use super::tables::{
    BLOB_EXPIRY, BLOB_HEADERS, EXPIRY_INDEX, blob_key, expiry_key, get, height_key, height_of,
};

impl Store {
    /// The header of a blob.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn blob_header(&self, blob: &BlobId) -> Result<Option<BlobHeader>, StoreError> {
        get(
            &self.read()?.open_table(BLOB_HEADERS)?,
            "blob_headers",
            &blob_key(blob),
        )
    }

    /// The height until which a blob is kept: the latest expiry of its dispersals and of its
    /// certificates, waiting or in a block.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn expiry(&self, blob: &BlobId) -> Result<Option<Height>, StoreError> {
        let table = self.read()?.open_table(BLOB_EXPIRY)?;
        Ok(table
            .get(&blob_key(blob))?
            .map(|guard| height_of(guard.value())))
    }

    /// Up to `limit` blobs whose expiry is below `height`, the earliest first.
    ///
    /// Cost: one range read, no matter how many blobs are stored.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn expired(&self, height: Height, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        let table = self.read()?.open_table(EXPIRY_INDEX)?;
        let (first, end) = ([0; 40], expiry_key(height, &BlobId::from_bytes([0; 32])));
        table
            .range::<&[u8; 40]>(&first..&end)?
            .take(limit)
            .map(|entry| {
                let (key, ()) = entry.map(|(key, _)| (key, ()))?;
                let mut blob = [0; 32];
                blob.copy_from_slice(&key.value()[8..]);
                Ok(BlobId::from_bytes(blob))
            })
            .collect()
    }
}

/// Keeps the encoded header of `blob`, and the blob at least until `expiry`.
pub(super) fn keep_header(
    transaction: &WriteTransaction,
    blob: &BlobId,
    header: &[u8],
    expiry: Height,
) -> Result<(), StoreError> {
    transaction
        .open_table(BLOB_HEADERS)?
        .insert(&blob_key(blob), header)?;
    keep_until(transaction, blob, expiry)
}

/// Keeps `blob` at least until `expiry`. An earlier expiry never shortens a later one.
pub(super) fn keep_until(
    transaction: &WriteTransaction,
    blob: &BlobId,
    expiry: Height,
) -> Result<(), StoreError> {
    let mut expiries = transaction.open_table(BLOB_EXPIRY)?;
    let stored = expiries
        .get(&blob_key(blob))?
        .map(|guard| height_of(guard.value()));
    if stored.is_some_and(|stored| stored >= expiry) {
        return Ok(());
    }
    let mut index = transaction.open_table(EXPIRY_INDEX)?;
    if let Some(stored) = stored {
        index.remove(&expiry_key(stored, blob))?;
    }
    index.insert(&expiry_key(expiry, blob), ())?;
    expiries.insert(&blob_key(blob), &height_key(expiry))?;
    Ok(())
}
