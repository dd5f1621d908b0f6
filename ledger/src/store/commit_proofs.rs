//! What a consensus engine keeps to convince others of its kind that a height is decided.

use weft_chain::Height;

use super::error::StoreError;
use super::open::Store;
use super::tables::{COMMIT_PROOFS, height_key};

impl Store {
    /// Keeps the engine's proof that `height` is decided: bytes that only the engine reads. A
    /// later proof of the same height replaces it.
    ///
    /// # Errors
    /// The database's. Local.
    pub fn keep_commit_proof(&self, height: Height, proof: &[u8]) -> Result<(), StoreError> {
        let proof = proof.to_vec();
        self.write(move |transaction| {
            transaction
                .open_table(COMMIT_PROOFS)?
                .insert(&height_key(height), proof.as_slice())?;
            Ok(())
        })
    }

    /// The database's proof that `height` is decided, if it has kept one.
    ///
    /// # Errors
    /// The database's. Local.
    pub fn commit_proof(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.read()?.open_table(COMMIT_PROOFS)?;
        let proof = table.get(&height_key(height))?;
        Ok(proof.map(|guard| guard.value().to_vec()))
    }
}
