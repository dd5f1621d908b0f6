//! Proposed blocks of undecided heights.
//!
//! A validator that has signed a header must be able to propose that header again after a crash,
//! and to complete the block when its header is decided. So a block is stored before this node
//! proposes or signs it, and kept until its height is decided.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{Block, HeaderHash, Height};

use super::error::StoreError;
use super::open::Store;
use super::tables::{
    HEADERS, PROPOSALS, ProposalKey, decode, encode, height_key, proposal_key, proposal_range,
};
use super::votes::voted;

/// Most blocks kept for one height.
pub const MAX_PROPOSALS: usize = 64;

/// Bytes of the arrival number before a kept block.
const NUMBER: usize = 8;

impl Store {
    /// Stores a block of an undecided height. Does nothing if the block is stored already or its
    /// height is decided.
    ///
    /// At most [`MAX_PROPOSALS`] are kept for a height; beyond that, the oldest that this node has
    /// not signed is dropped.
    ///
    /// # Errors
    /// [`StoreError::TooManyProposals`] when this node has signed all of them. A database error.
    /// Local.
    pub fn keep_proposal(&self, block: &Block) -> Result<(), StoreError> {
        let height = block.header.height;
        let key = proposal_key(height, &block.header.hash());
        // Engines hand over the same block repeatedly, and a read costs no fsync.
        if self.read()?.open_table(PROPOSALS)?.get(&key)?.is_some() {
            return Ok(());
        }
        let block = encode(block);
        self.write(move |transaction| keep(transaction, height, &key, &block))
    }

    /// The stored block with this header hash.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn proposal(&self, height: Height, hash: &HeaderHash) -> Result<Option<Block>, StoreError> {
        let table = self.read()?.open_table(PROPOSALS)?;
        let kept = table.get(&proposal_key(height, hash))?;
        kept.map(|guard| Ok(numbered(guard.value())?.1)).transpose()
    }

    /// The blocks kept for a height, in order of arrival.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn proposals(&self, height: Height) -> Result<Vec<Block>, StoreError> {
        let table = self.read()?.open_table(PROPOSALS)?;
        let (first, last) = proposal_range(height);
        let mut kept = Vec::new();
        for entry in table.range::<&ProposalKey>(&first..=&last)? {
            kept.push(numbered(entry?.1.value())?);
        }
        kept.sort_by_key(|(number, _)| *number);
        Ok(kept.into_iter().map(|(_, block)| block).collect())
    }
}

fn keep(
    transaction: &WriteTransaction,
    height: Height,
    key: &ProposalKey,
    block: &[u8],
) -> Result<(), StoreError> {
    let decided = transaction
        .open_table(HEADERS)?
        .last()?
        .is_some_and(|(head, _)| *head.value() >= height_key(height));
    let mut table = transaction.open_table(PROPOSALS)?;
    if decided || table.get(key)?.is_some() {
        return Ok(());
    }
    let (first, last) = proposal_range(height);
    let mut kept = Vec::new();
    for entry in table.range::<&ProposalKey>(&first..=&last)? {
        let (key, value) = entry?;
        kept.push((number(value.value())?, *key.value()));
    }
    kept.sort_unstable();
    let next = kept.last().map_or(0, |(number, _)| number + 1);
    if kept.len() >= MAX_PROPOSALS {
        let voted = voted(transaction, height)?;
        let oldest = kept
            .iter()
            .find(|(_, key)| !voted.iter().any(|hash| proposal_key(height, hash) == *key));
        let (_, oldest) = oldest.ok_or(StoreError::TooManyProposals {
            height,
            max: MAX_PROPOSALS,
        })?;
        table.remove(oldest)?;
    }
    let value = [&u64::to_be_bytes(next), block].concat();
    table.insert(key, value.as_slice())?;
    Ok(())
}

/// Drops the proposals of `height` and of all heights below.
pub(super) fn forget_proposals(
    transaction: &WriteTransaction,
    height: Height,
) -> Result<(), StoreError> {
    let (first, _) = proposal_range(Height::GENESIS);
    let (_, last) = proposal_range(height);
    transaction
        .open_table(PROPOSALS)?
        .retain_in::<&ProposalKey, _>(&first..=&last, |_, _| false)?;
    Ok(())
}

fn number(value: &[u8]) -> Result<u64, StoreError> {
    let number = value.first_chunk::<NUMBER>();
    let number = number.ok_or_else(|| StoreError::damaged("proposals", "no arrival number"))?;
    Ok(u64::from_be_bytes(*number))
}

fn numbered(value: &[u8]) -> Result<(u64, Block), StoreError> {
    let number = number(value)?;
    let block = value.get(NUMBER..).unwrap_or_default();
    Ok((number, decode("proposals", block)?))
}
