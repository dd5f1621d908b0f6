use weft_chain::{Block, Height, Parent};
use weft_test_chain::{namespace, unsigned_blob, unsigned_block, unsigned_finality};

use super::*;
use crate::store::{MAX_PROPOSALS, StoreError};

fn parent(height: u64) -> Parent {
    Parent {
        chain_id: identity().chain_id,
        height: Height::new(height - 1),
        hash: identity().genesis,
        time: 1,
        validator_set_root: weft_encoding::Digest::from_bytes([7; 32]),
    }
}

/// A block of this height; each seed makes another.
fn block(height: u64, seed: u64) -> Block {
    unsigned_block(
        &parent(height),
        vec![unsigned_blob(namespace("a"), seed, 1)],
    )
}

#[test]
fn kept_blocks_are_there_after_reopening_in_the_order_in_which_they_came() {
    let folder = Folder::new();
    let store = folder.open();
    let blocks: Vec<_> = (0..10).map(|seed| block(1, seed)).collect();
    for block in &blocks {
        store.keep_proposal(block).unwrap();
    }
    store.keep_proposal(&blocks[0]).unwrap();
    let other = block(2, 99);
    store.keep_proposal(&other).unwrap();
    drop(store);

    let store = folder.open();
    assert_eq!(store.proposals(Height::new(1)).unwrap(), blocks);
    assert_eq!(
        store.proposals(Height::new(2)).unwrap(),
        std::slice::from_ref(&other)
    );
    let hash = blocks[3].header.hash();
    let kept = store.proposal(Height::new(1), &hash).unwrap();
    assert_eq!(kept.as_ref(), Some(&blocks[3]));
    assert_eq!(store.proposal(Height::new(2), &hash).unwrap(), None);
}

#[test]
fn a_decided_height_forgets_its_proposals_and_those_below_and_keeps_no_more() {
    let store = Folder::new().open();
    let (decided, beside, above) = (block(1, 1), block(1, 2), block(2, 3));
    for block in [&decided, &beside, &above] {
        store.keep_proposal(block).unwrap();
    }
    store
        .commit_block(&decided, &unsigned_finality(&decided))
        .unwrap();
    assert!(store.proposals(Height::new(1)).unwrap().is_empty());
    assert_eq!(store.proposals(Height::new(2)).unwrap(), [above]);
    // A verification that ends after the decision stores nothing.
    store.keep_proposal(&beside).unwrap();
    assert!(store.proposals(Height::new(1)).unwrap().is_empty());
}

#[test]
fn the_oldest_block_without_a_vote_makes_room() {
    let store = Folder::new().open();
    let blocks: Vec<_> = (0..)
        .take(MAX_PROPOSALS + 2)
        .map(|seed| block(1, seed))
        .collect();
    let height = Height::new(1);
    for block in &blocks[..MAX_PROPOSALS] {
        store.keep_proposal(block).unwrap();
    }
    // The first has a vote, in some round.
    store.lock_vote(height, 7, blocks[0].header.hash()).unwrap();
    store.keep_proposal(&blocks[MAX_PROPOSALS]).unwrap();
    store.keep_proposal(&blocks[MAX_PROPOSALS + 1]).unwrap();
    let kept = store.proposals(height).unwrap();
    assert_eq!(kept.len(), MAX_PROPOSALS);
    assert_eq!(kept[0], blocks[0]);
    assert_eq!(kept[1..], blocks[3..]);
}

#[test]
fn blocks_with_a_vote_are_never_dropped() {
    let store = Folder::new().open();
    let height = Height::new(1);
    let blocks: Vec<_> = (0..)
        .take(MAX_PROPOSALS + 1)
        .map(|seed| block(1, seed))
        .collect();
    for (round, block) in (0..).zip(&blocks[..MAX_PROPOSALS]) {
        store.keep_proposal(block).unwrap();
        store.lock_vote(height, round, block.header.hash()).unwrap();
    }
    let error = store.keep_proposal(&blocks[MAX_PROPOSALS]).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::TooManyProposals {
                max: MAX_PROPOSALS,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(store.proposals(height).unwrap(), blocks[..MAX_PROPOSALS]);
}
