//! The progress of a custodian's backfill.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;
use weft_sampling::ColumnSet;

use super::error::StoreError;
use super::open::Store;
use super::tables::{CUSTODY, decode, encode};

const PROGRESS: &str = "progress";

/// The cursor of the backfill: up to this height, none of these columns is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CustodyProgress {
    /// The columns that this node owned of every blob.
    pub owned: ColumnSet,
    /// The height up to which all of them are stored for every unexpired blob, with their cell
    /// proofs.
    pub complete_to: Height,
}

impl Store {
    /// Replaces the stored cursor.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn keep_custody_progress(&self, progress: CustodyProgress) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction
                .open_table(CUSTODY)?
                .insert(PROGRESS, encode(&progress).as_slice())?;
            Ok(())
        })
    }

    /// The stored cursor; the default if there is none.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn custody_progress(&self) -> Result<CustodyProgress, StoreError> {
        let table = self.read()?.open_table(CUSTODY)?;
        let kept = table.get(PROGRESS)?;
        Ok(kept
            .map(|bytes| decode("custody", bytes.value()))
            .transpose()?
            .unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_encoding::ColumnIndex;
    use weft_test_chain::TestChain;

    use super::*;

    #[test]
    fn the_last_cursor_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weft.redb");
        let genesis = TestChain::new(4).genesis;
        let store = Store::open(&path, &genesis).unwrap();
        assert_eq!(
            store.custody_progress().unwrap(),
            CustodyProgress::default()
        );
        let mut last = CustodyProgress::default();
        for height in [5, 3] {
            last = CustodyProgress {
                owned: ColumnIndex::all().take(7).collect(),
                complete_to: Height::new(height),
            };
            store.keep_custody_progress(last).unwrap();
        }
        drop(store);
        let store = Store::open(&path, &genesis).unwrap();
        assert_eq!(store.custody_progress().unwrap(), last);
    }
}
