//! Updates of the validator set: in decided blocks, and waiting for a block.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{Height, SignedValidatorUpdate};

use super::error::StoreError;
use super::open::Store;
use super::tables::{OFFERED_UPDATES, VALIDATOR_UPDATES, decode, encode, get, height_key};

impl Store {
    /// Every update in a decided block, by the first height of the set that it introduces.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn validator_updates(&self) -> Result<Vec<SignedValidatorUpdate>, StoreError> {
        let table = self.read()?.open_table(VALIDATOR_UPDATES)?;
        let entries = table.iter()?;
        entries
            .map(|entry| decode("validator_updates", entry?.1.value()))
            .collect()
    }

    /// The update in a decided block whose set begins at `first`.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn validator_update(
        &self,
        first: Height,
    ) -> Result<Option<SignedValidatorUpdate>, StoreError> {
        get(
            &self.read()?.open_table(VALIDATOR_UPDATES)?,
            "validator_updates",
            &height_key(first),
        )
    }

    /// Replaces the updates that wait for a block with these. The caller has verified them and
    /// bounds their number.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn keep_offered_updates(
        &self,
        updates: &[SignedValidatorUpdate],
    ) -> Result<(), StoreError> {
        let updates: Vec<Vec<u8>> = updates.iter().map(encode).collect();
        self.write(move |transaction| {
            let mut table = transaction.open_table(OFFERED_UPDATES)?;
            table.retain(|_, _| false)?;
            for (number, update) in (0u64..).zip(&updates) {
                table.insert(&number.to_be_bytes(), update.as_slice())?;
            }
            Ok(())
        })
    }

    /// The updates that wait for a block, in the order in which they were stored.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn offered_updates(&self) -> Result<Vec<SignedValidatorUpdate>, StoreError> {
        let table = self.read()?.open_table(OFFERED_UPDATES)?;
        let entries = table.iter()?;
        entries
            .map(|entry| decode("offered_updates", entry?.1.value()))
            .collect()
    }
}

/// Stores the update of a decided block.
pub(super) fn schedule(
    transaction: &WriteTransaction,
    update: &SignedValidatorUpdate,
) -> Result<(), StoreError> {
    let first = height_key(update.update.first_height);
    transaction
        .open_table(VALIDATOR_UPDATES)?
        .insert(&first, encode(update).as_slice())?;
    Ok(())
}
