//! The block that this node proposes: a stored one of the height, or a new one.

use weft_chain::{Block, BlockBody, CertifiedBlob, Height, ValidatorIndex, VerifiedUpdate};
use weft_ledger::store::StoreError;
use weft_ledger::{Head, check_update};
use weft_network::unix_ms;

use super::application::Shared;
use super::error::ProposeError;
use super::selection::select;
use super::{RoundProposers, ValidBlock};

/// The block to propose on the head in this round, durable when this returns. Blocks on the store.
///
/// In a round in which this node has signed a header, only the block with that header is proposed.
///
/// Stored blocks come first, for two reasons. This node may have signed its own stored block, and a
/// second one would be equivocation. Other validators have seen a stored block of an earlier
/// proposer: proposing it again converges where a new block in each round would not.
pub(super) fn propose(
    node: &Shared,
    proposers: &RoundProposers,
    empty: bool,
) -> Result<Option<ValidBlock>, ProposeError> {
    let head = node.ledger.head();
    let height = head.next_height();
    let proposer = node
        .validator_at(height)
        .ok_or(ProposeError::NotValidator { height })?;

    let store = node.ledger.store();
    let locked = store.vote_lock(height, proposers.round)?;
    let (own, others): (Vec<Block>, Vec<Block>) = store
        .proposals(height)?
        .into_iter()
        .filter(|block| block.header.parent == head.hash)
        .filter(|block| locked.is_none_or(|locked| block.header.hash() == locked))
        .partition(|block| block.header.proposer == proposer);
    if let Some(block) = own.into_iter().next() {
        // It was valid when it was stored. If it is not valid now, the clock has gone back: wait
        // for it.
        let valid = node.verify(head, proposers, block);
        return valid.map(Some).map_err(ProposeError::Invalid);
    }
    for block in others {
        if let Ok(valid) = node.verify(head, proposers, block) {
            return Ok(Some(valid));
        }
    }
    if let Some(locked) = locked {
        return Err(ProposeError::LostProposal { height, locked });
    }
    let Some(block) = build(node, &head, proposer, empty)? else {
        return Ok(None);
    };
    let valid = node
        .verify(head, proposers, block)
        .map_err(ProposeError::Invalid)?;
    store.keep_proposal(valid.block())?;
    Ok(Some(valid))
}

/// A new block on `head`; `None` when there is nothing to put in it and `empty` is false.
fn build(
    node: &Shared,
    head: &Head,
    proposer: ValidatorIndex,
    empty: bool,
) -> Result<Option<Block>, ProposeError> {
    let (rules, height) = (node.ledger.rules(), head.next_height());
    let blobs = choose(node, height)?;
    let update = offered(node, height);
    if blobs.is_empty() && update.is_none() && !empty {
        return Ok(None);
    }
    let next_set_root = rules.next_set_root(height, update.as_ref());
    let body = BlockBody {
        blobs,
        update: update.map(VerifiedUpdate::into_signed),
    };
    let parent = rules.parent(head);
    let block = Block::build(&parent, unix_ms(), proposer, next_set_root, body)?;
    Ok(Some(block))
}

/// Pending blobs that a block at `height` can order, chosen fairly.
fn choose(node: &Shared, height: Height) -> Result<Vec<CertifiedBlob>, StoreError> {
    let (rules, store) = (node.ledger.rules(), node.ledger.store());
    let sets = rules.sets.all_certifying(height);
    let mut candidates = Vec::new();
    for blob in node.pool.pending() {
        let certificate = &blob.certificate;
        let (id, root) = (&certificate.blob_id, certificate.validator_set_root);
        let is_due = rules.retention.check_expiry(certificate.expiry, height);
        if is_due.is_ok()
            && sets.iter().any(|set| set.root() == root)
            && store
                .location(id)?
                .is_none_or(|earlier| rules.check_again(id, &earlier, height).is_ok())
        {
            candidates.push(blob);
        }
    }
    let max_rows = usize::from(rules.max_block_rows);
    Ok(select(candidates, max_rows)
        .iter()
        .map(|blob| (**blob).clone())
        .collect())
}

/// The oldest offered update that a block at `height` may have.
fn offered(node: &Shared, height: Height) -> Option<VerifiedUpdate> {
    node.ledger
        .offered_updates()
        .iter()
        .find_map(|signed| check_update(node.ledger.rules(), height, signed).ok())
}
