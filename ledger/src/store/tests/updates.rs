use weft_chain::{Block, BlockBody, Height, ValidatorIndex};
use weft_test_chain::{TestChain, unsigned_finality};

use super::*;

#[test]
fn a_block_s_update_is_written_down_with_it() {
    let chain = TestChain::new(4);
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open(folder.path().join("weft.redb"), &chain.genesis).unwrap();
    let update = chain.update(&TestChain::new(5), 9);
    let body = BlockBody {
        blobs: Vec::new(),
        update: Some(update.clone()),
    };
    let proposer = ValidatorIndex::new(0).unwrap();
    let root = chain.set.root();
    let block = Block::build(&chain.start(), 1_000, proposer, root, body).unwrap();
    let store = open();
    assert!(store.validator_updates().unwrap().is_empty());
    store
        .commit_block(&block, &unsigned_finality(&block))
        .unwrap();
    drop(store);

    let store = open();
    assert_eq!(
        store.validator_updates().unwrap(),
        std::slice::from_ref(&update)
    );
    assert_eq!(
        store.validator_update(Height::new(9)).unwrap(),
        Some(update)
    );
    assert_eq!(store.validator_update(Height::new(1)).unwrap(), None);
}

#[test]
fn offered_updates_are_what_was_kept_last() {
    let chain = TestChain::new(4);
    let folder = Folder::new();
    let updates: Vec<_> = (5..8)
        .map(|first| chain.update(&TestChain::new(5), first))
        .collect();
    folder.open().keep_offered_updates(&updates).unwrap();
    assert_eq!(folder.open().offered_updates().unwrap(), updates);
    folder.open().keep_offered_updates(&updates[1..2]).unwrap();
    assert_eq!(folder.open().offered_updates().unwrap(), updates[1..2]);
    folder.open().keep_offered_updates(&[]).unwrap();
    assert!(folder.open().offered_updates().unwrap().is_empty());
}
