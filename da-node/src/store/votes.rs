//! The vote lock: at most one header a height is ever signed, across crashes.

use redb::ReadableTable;
use weft_chain::{HeaderHash, Height};

use super::error::StoreError;
use super::open::Store;
use super::tables::{VOTES, height_key};

impl Store {
    /// Records a vote before it is signed. The same vote again is accepted.
    ///
    /// # Errors
    /// [`StoreError::VoteConflict`] if another header has this height's vote: local, and the
    /// caller must not sign. The engine's: local, and the caller must not sign either.
    pub fn lock_vote(&self, height: Height, header: HeaderHash) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut votes = transaction.open_table(VOTES)?;
            let locked = votes.get(&height_key(height))?.map(|guard| *guard.value());
            match locked.map(HeaderHash::from_bytes) {
                Some(locked) if locked != header => Err(StoreError::VoteConflict {
                    height,
                    locked,
                    refused: header,
                }),
                Some(_) => Ok(()),
                None => {
                    votes.insert(&height_key(height), header.as_bytes())?;
                    Ok(())
                }
            }
        })
    }

    /// The header that has this node's vote at `height`.
    ///
    /// # Errors
    /// The engine's. Local.
    pub fn vote_lock(&self, height: Height) -> Result<Option<HeaderHash>, StoreError> {
        let table = self.read()?.open_table(VOTES)?;
        let locked = table.get(&height_key(height))?;
        Ok(locked.map(|guard| HeaderHash::from_bytes(*guard.value())))
    }
}
