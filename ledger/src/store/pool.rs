//! Certified blobs that no block has ordered yet.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{AvailabilityCertificate, BlobHeader, BlobId, CertifiedBlob};

use super::blobs::keep_header;
use super::chain::Location;
use super::error::StoreError;
use super::open::Store;
use super::tables::{
    BLOB_HEADERS, CERTIFICATES, LOCATIONS, PENDING, PENDING_INDEX, blob_key, encode, get,
};

/// What [`Store::put_certified`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooled {
    /// The blob was not there: it now waits to be ordered.
    New,
    /// It was waiting under a certificate that expires earlier, which this one replaces.
    Renewed,
    /// It was waiting already.
    Known,
    /// A block has ordered it already, under a certificate that expires no earlier.
    Ordered,
}

impl Store {
    /// Adds a certified blob to those that wait for a block. The caller has verified the
    /// certificate.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn put_certified(&self, blob: &CertifiedBlob) -> Result<Pooled, StoreError> {
        let blob = blob.clone();
        self.write(move |transaction| {
            let id = blob.header.id();
            let key = blob_key(&id);
            let locations = transaction.open_table(LOCATIONS)?;
            let ordered = get::<32, Location>(&locations, "locations", &key)?;
            if ordered.is_some_and(|at| at.expiry >= blob.certificate.expiry) {
                return Ok(Pooled::Ordered);
            }
            let mut certificates = transaction.open_table(CERTIFICATES)?;
            let mut index = transaction.open_table(PENDING_INDEX)?;
            let waits = index.get(&key)?.is_some();
            if waits {
                let stored =
                    get::<32, AvailabilityCertificate>(&certificates, "certificates", &key)?;
                if stored.is_some_and(|stored| stored.expiry >= blob.certificate.expiry) {
                    return Ok(Pooled::Known);
                }
            } else {
                let mut pending = transaction.open_table(PENDING)?;
                let last = pending
                    .last()?
                    .map_or(0, |(key, _)| u64::from_be_bytes(*key.value()));
                let number = (last + 1).to_be_bytes();
                pending.insert(&number, &key)?;
                index.insert(&key, &number)?;
            }
            certificates.insert(&key, encode(&blob.certificate).as_slice())?;
            keep_header(
                transaction,
                &id,
                &encode(&blob.header),
                blob.certificate.expiry,
            )?;
            Ok(if waits { Pooled::Renewed } else { Pooled::New })
        })
    }

    /// The certified blobs that wait for a block, in the order of their arrival.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn pending(&self) -> Result<Vec<CertifiedBlob>, StoreError> {
        let transaction = self.read()?;
        let headers = transaction.open_table(BLOB_HEADERS)?;
        let certificates = transaction.open_table(CERTIFICATES)?;
        let mut blobs = Vec::new();
        for entry in transaction.open_table(PENDING)?.iter()? {
            let (_, guard) = entry?;
            let key = guard.value();
            let header = get::<32, BlobHeader>(&headers, "blob_headers", key)?;
            let certificate =
                get::<32, AvailabilityCertificate>(&certificates, "certificates", key)?;
            let (Some(header), Some(certificate)) = (header, certificate) else {
                let blob = BlobId::from_bytes(*key);
                return Err(StoreError::damaged(
                    "pending",
                    format!("blob {blob} has no entry"),
                ));
            };
            blobs.push(CertifiedBlob {
                header,
                certificate,
            });
        }
        Ok(blobs)
    }

    /// Drops waiting blobs whose certificates can no longer be ordered.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn remove_pending(&self, blobs: &[BlobId]) -> Result<(), StoreError> {
        let blobs = blobs.to_vec();
        self.write(move |transaction| {
            for blob in &blobs {
                forget_pending(transaction, blob)?;
            }
            Ok(())
        })
    }

    /// The newest certificate of a blob: of the waiting blob, of the blob that waited until no
    /// block could include it, or of the newest block that ordered it.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn certificate(
        &self,
        blob: &BlobId,
    ) -> Result<Option<AvailabilityCertificate>, StoreError> {
        get(
            &self.read()?.open_table(CERTIFICATES)?,
            "certificates",
            &blob_key(blob),
        )
    }
}

/// Drops a blob from those that wait, if it is there.
pub(super) fn forget_pending(
    transaction: &WriteTransaction,
    blob: &BlobId,
) -> Result<(), StoreError> {
    let number = transaction
        .open_table(PENDING_INDEX)?
        .remove(&blob_key(blob))?
        .map(|guard| *guard.value());
    if let Some(number) = number {
        transaction.open_table(PENDING)?.remove(&number)?;
    }
    Ok(())
}
