//! The vote lock: this node signs at most one header per round, across crashes.
//!
//! Locks are kept from the head's height on. A height below the head is final: the commit of the
//! next block drops its locks, and no vote can be locked there any more, so a dropped lock never
//! permits a second vote.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{HeaderHash, Height};

use super::error::StoreError;
use super::open::Store;
use super::tables::{HEADERS, VOTES, VoteKey, height_of, vote_key};

impl Store {
    /// Records a vote before it is signed. The same vote again is accepted.
    ///
    /// # Errors
    /// [`StoreError::VoteConflict`] if another header has the vote of this height and round,
    /// [`StoreError::VoteTooLate`] below the head: local, and the caller must not sign. A database
    /// error: local, and the caller must not sign either.
    pub fn lock_vote(
        &self,
        height: Height,
        round: u32,
        header: HeaderHash,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            // Read inside the write transaction, because a commit drops locks in one.
            let last = transaction
                .open_table(HEADERS)?
                .last()?
                .map(|(key, _)| height_of(key.value()));
            if let Some(head) = last.filter(|head| height < *head) {
                return Err(StoreError::VoteTooLate { height, head });
            }
            let mut votes = transaction.open_table(VOTES)?;
            let key = vote_key(height, round);
            let locked = votes.get(&key)?.map(|guard| *guard.value());
            match locked.map(HeaderHash::from_bytes) {
                Some(locked) if locked != header => Err(StoreError::VoteConflict {
                    height,
                    round,
                    locked,
                    refused: header,
                }),
                Some(_) => Ok(()),
                None => {
                    votes.insert(&key, header.as_bytes())?;
                    Ok(())
                }
            }
        })
    }

    /// The header that has this node's vote in a round of `height`.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn vote_lock(&self, height: Height, round: u32) -> Result<Option<HeaderHash>, StoreError> {
        let table = self.read()?.open_table(VOTES)?;
        let locked = table.get(&vote_key(height, round))?;
        Ok(locked.map(|guard| HeaderHash::from_bytes(*guard.value())))
    }

    /// How many locks are kept.
    #[cfg(test)]
    pub(super) fn vote_count(&self) -> Result<u64, StoreError> {
        use redb::ReadableTableMetadata as _;
        Ok(self.read()?.open_table(VOTES)?.len()?)
    }
}

/// The headers that have this node's vote in any round of `height`.
pub(super) fn voted(
    transaction: &WriteTransaction,
    height: Height,
) -> Result<Vec<HeaderHash>, StoreError> {
    let votes = transaction.open_table(VOTES)?;
    let (first, last) = (vote_key(height, 0), vote_key(height, u32::MAX));
    let rounds = votes.range::<&VoteKey>(&first..=&last)?;
    rounds
        .map(|entry| Ok(HeaderHash::from_bytes(*entry?.1.value())))
        .collect()
}

/// Drops the locks of every height below `height`, which is being committed.
pub(super) fn forget_votes_below(
    transaction: &WriteTransaction,
    height: Height,
) -> Result<(), StoreError> {
    let first_kept = vote_key(height, 0);
    transaction
        .open_table(VOTES)?
        .retain_in::<&VoteKey, _>(..&first_kept, |_, _| false)?;
    Ok(())
}
