//! A consensus engine's proofs that heights are decided, for peers with the same engine.

use weft_chain::Height;

use super::error::StoreError;
use super::open::Store;
use super::tables::{COMMIT_PROOFS, height_key};

impl Store {
    /// Stores the engine's proof that `height` is decided: bytes that only the engine reads. A
    /// later proof of the same height replaces it.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn keep_commit_proof(&self, height: Height, proof: &[u8]) -> Result<(), StoreError> {
        let proof = proof.to_vec();
        self.write(move |transaction| {
            transaction
                .open_table(COMMIT_PROOFS)?
                .insert(&height_key(height), proof.as_slice())?;
            Ok(())
        })
    }

    /// The engine's proof that `height` is decided, if one is stored.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn commit_proof(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.read()?.open_table(COMMIT_PROOFS)?;
        let proof = table.get(&height_key(height))?;
        Ok(proof.map(|guard| guard.value().to_vec()))
    }
}
