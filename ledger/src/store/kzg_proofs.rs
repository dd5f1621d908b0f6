//! The EIP-4844 proofs of a blob's rows, which receipts carry.

use weft_chain::BlobId;
use weft_encoding::KzgProof;

use super::error::StoreError;
use super::open::Store;
use super::tables::{KZG_PROOFS, blob_key};

const PROOF_BYTES: usize = 48;

impl Store {
    /// Keeps the EIP-4844 proofs of a blob's rows, one a row in order.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn put_kzg_proofs(&self, blob: &BlobId, proofs: &[KzgProof]) -> Result<(), StoreError> {
        let key = blob_key(blob);
        let bytes: Vec<u8> = proofs
            .iter()
            .flat_map(|proof| proof.as_bytes())
            .copied()
            .collect();
        self.write(move |transaction| {
            transaction
                .open_table(KZG_PROOFS)?
                .insert(&key, bytes.as_slice())?;
            Ok(())
        })
    }

    /// The EIP-4844 proofs of a blob's rows, once they are made.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn kzg_proofs(&self, blob: &BlobId) -> Result<Option<Vec<KzgProof>>, StoreError> {
        let table = self.read()?.open_table(KZG_PROOFS)?;
        let Some(bytes) = table.get(&blob_key(blob))? else {
            return Ok(None);
        };
        let (proofs, rest) = bytes.value().as_chunks::<PROOF_BYTES>();
        if !rest.is_empty() {
            let length = bytes.value().len();
            return Err(StoreError::damaged(
                "kzg_proofs",
                format!("{length} bytes of proofs"),
            ));
        }
        Ok(Some(
            proofs.iter().copied().map(KzgProof::from_bytes).collect(),
        ))
    }
}
