use weft_chain::{Block, Height, Parent};
use weft_test_chain::unsigned_block;

use super::chain::{commit, start};
use super::*;
use crate::store::StoreError;

fn hash(byte: u8) -> HeaderHash {
    HeaderHash::from_bytes([byte; 32])
}

#[test]
fn a_vote_is_locked_for_good_and_for_its_round_alone() {
    let folder = Folder::new();
    let (one, other) = (hash(1), hash(2));
    let height = Height::new(5);
    let store = folder.open();
    assert_eq!(store.vote_lock(height, 0).unwrap(), None);
    store.lock_vote(height, 0, one).unwrap();
    drop(store);

    let store = folder.open();
    store.lock_vote(height, 0, one).unwrap();
    let error = store.lock_vote(height, 0, other).unwrap_err();
    assert!(matches!(
        error,
        StoreError::VoteConflict { height: at, round: 0, locked, refused }
            if (at, locked, refused) == (height, one, other)
    ));
    assert_eq!(store.vote_lock(height, 0).unwrap(), Some(one));
    // Another round, and the same round of another height, are other votes.
    store.lock_vote(height, 1, other).unwrap();
    store.lock_vote(height, u32::MAX, one).unwrap();
    store.lock_vote(Height::new(6), 0, other).unwrap();
    assert_eq!(store.vote_lock(height, 1).unwrap(), Some(other));
    assert!(store.lock_vote(height, 1, one).is_err());
}

#[test]
fn a_refused_write_does_not_harm_those_beside_it() {
    let store = Folder::new().open();
    let height = Height::new(1);
    store.lock_vote(height, 0, hash(0)).unwrap();
    std::thread::scope(|scope| {
        // Every second writer tries to lock another header.
        let writers: Vec<_> = (0..32u8)
            .map(|byte| {
                let store = &store;
                let round = u32::from(byte % 2) * u32::from(byte);
                scope.spawn(move || (byte, round, store.lock_vote(height, round, hash(byte))))
            })
            .collect();
        for writer in writers {
            let (byte, round, outcome) = writer.join().unwrap();
            let free = byte == 0 || byte % 2 == 1;
            assert_eq!(outcome.is_ok(), free, "{byte} in round {round}");
            let expected = if byte % 2 == 0 { 0 } else { byte };
            assert_eq!(
                store.vote_lock(height, round).unwrap(),
                Some(hash(expected))
            );
        }
    });
}

/// Five blocks in a row.
fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for _ in 0..5 {
        let parent: Parent = blocks
            .last()
            .map_or_else(start, |block| block.header.as_parent());
        blocks.push(unsigned_block(&parent, Vec::new()));
    }
    blocks
}

#[test]
fn locks_below_the_head_leave_with_the_commit_and_no_vote_comes_back_there() {
    let folder = Folder::new();
    let store = folder.open();
    let at = |height| Height::new(height);
    for block in blocks() {
        let height = block.header.height;
        for round in [0, 1, u32::MAX] {
            store.lock_vote(height, round, hash(1)).unwrap();
            // A vote of the next height is locked already when this one is committed.
            store
                .lock_vote(at(height.get() + 1), round, hash(1))
                .unwrap();
        }
        commit(&store, &block).unwrap();
        assert_eq!(
            store.vote_count().unwrap(),
            6,
            "of the head and of the next"
        );
    }
    drop(store);

    let store = folder.open();
    assert_eq!(store.vote_count().unwrap(), 6);
    for round in [0, 1, 7, u32::MAX] {
        for height in [1, 4] {
            assert_eq!(store.vote_lock(at(height), round).unwrap(), None);
            // Neither the locked header nor another: the lock is dropped.
            for header in [hash(1), hash(2)] {
                let error = store.lock_vote(at(height), round, header).unwrap_err();
                assert!(
                    matches!(
                        error,
                        StoreError::VoteTooLate { height: refused, head }
                            if (refused, head) == (at(height), at(5))
                    ),
                    "{error}"
                );
            }
        }
    }
    for height in [5, 6] {
        assert_eq!(store.vote_lock(at(height), 0).unwrap(), Some(hash(1)));
        store.lock_vote(at(height), 0, hash(1)).unwrap();
        let error = store.lock_vote(at(height), 0, hash(2)).unwrap_err();
        assert!(matches!(error, StoreError::VoteConflict { .. }), "{error}");
    }
}

#[test]
fn a_block_that_is_refused_takes_no_lock_away() {
    let folder = Folder::new();
    let store = folder.open();
    let blocks = blocks();
    for height in 1..=3 {
        store.lock_vote(Height::new(height), 0, hash(1)).unwrap();
    }
    commit(&store, &blocks[0]).unwrap();
    commit(&store, &blocks[2]).unwrap_err();
    // The head's own block again changes nothing either.
    commit(&store, &blocks[0]).unwrap();
    drop(store);
    let store = folder.open();
    for height in 1..=3 {
        let lock = store.vote_lock(Height::new(height), 0).unwrap();
        assert_eq!(lock, Some(hash(1)), "height {height}");
    }
}
