use weft_chain::Height;

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
        // Every second one wants the vote that is taken.
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
