//! How far a custodian has what it owns.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;
use weft_sampling::ColumnSet;

use super::error::StoreError;
use super::open::Store;
use super::tables::{CUSTODY, decode, encode};

const PROGRESS: &str = "progress";

/// The cursor of the backfill: nothing lacks of these columns up to this height.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CustodyProgress {
    /// The columns of every blob that were owned.
    pub owned: ColumnSet,
    /// The height up to which every unexpired blob has all of them here, with their cell proofs.
    pub complete_to: Height,
}

impl Store {
    /// Keeps the cursor in the place of the last one.
    ///
    /// # Errors
    /// The database's. Local.
    pub fn keep_custody_progress(&self, progress: CustodyProgress) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction
                .open_table(CUSTODY)?
                .insert(PROGRESS, encode(&progress).as_slice())?;
            Ok(())
        })
    }

    /// The cursor that was kept last; without one, nothing is known.
    ///
    /// # Errors
    /// The database's, or a damaged value. Local.
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
