use weft_chain::{Block, Height, Parent};
use weft_test_chain::{TestChain, namespace, unsigned_blob, unsigned_block, unsigned_finality};

use super::*;
use crate::store::{Location, Pooled, StoreError};

pub(super) fn start() -> Parent {
    Parent {
        chain_id: identity().chain_id,
        height: Height::GENESIS,
        hash: identity().genesis,
        time: 1,
        validator_set_root: weft_encoding::Digest::from_bytes([7; 32]),
    }
}

pub(super) fn commit(store: &Store, block: &Block) -> Result<(), StoreError> {
    store.commit_block(block, &unsigned_finality(block))
}

#[test]
fn a_block_is_found_by_height_blob_and_namespace() {
    let folder = Folder::new();
    let store = folder.open();
    let (a, b) = (namespace("a"), namespace("b"));
    let first: Vec<_> = [(a, 1, 3), (b, 2, 64), (a, 3, 1)]
        .map(|(namespace, seed, rows)| unsigned_blob(namespace, seed, rows))
        .into();
    let second = vec![unsigned_blob(b, 4, 2)];
    let one = unsigned_block(&start(), first.clone());
    let two = unsigned_block(&one.header.as_parent(), Vec::new());
    let three = unsigned_block(&two.header.as_parent(), second.clone());

    assert_eq!(store.head().unwrap(), None);
    assert_eq!(store.put_certified(&first[1]).unwrap(), Pooled::New);
    for block in [&one, &two, &three] {
        commit(&store, block).unwrap();
    }
    drop(store);

    let store = folder.open();
    assert_eq!(store.head().unwrap().unwrap().header, three.header);
    for block in [&one, &two, &three] {
        let height = block.header.height;
        let signed = store.signed_header(height).unwrap().unwrap();
        assert_eq!(
            (signed.header, signed.finality),
            (block.header.clone(), unsigned_finality(block))
        );
        assert_eq!(store.body(height).unwrap().unwrap(), block.body);
    }
    assert_eq!(store.body(Height::new(4)).unwrap(), None);
    let rows: Vec<_> = first
        .iter()
        .map(|blob| store.location(&blob.header.id()).unwrap().unwrap())
        .collect();
    let at = |height, first_row| Location {
        height: Height::new(height),
        first_row,
        expiry: Height::new(1_000),
    };
    assert_eq!(rows, [at(1, 0), at(1, 3), at(1, 67)]);
    assert_eq!(
        store.location(&second[0].header.id()).unwrap(),
        Some(at(3, 0))
    );
    for blob in first.iter().chain(&second) {
        let id = blob.header.id();
        assert_eq!(store.blob_header(&id).unwrap().as_ref(), Some(&blob.header));
        assert_eq!(
            store.certificate(&id).unwrap().as_ref(),
            Some(&blob.certificate)
        );
        assert_eq!(store.expiry(&id).unwrap(), Some(blob.certificate.expiry));
    }

    let heights = |namespace, from, to| {
        let heights = store.namespace_heights(namespace, Height::new(from), Height::new(to));
        heights
            .unwrap()
            .into_iter()
            .map(Height::get)
            .collect::<Vec<_>>()
    };
    assert_eq!(heights(&a, 0, u64::MAX), [1]);
    assert_eq!(heights(&b, 0, u64::MAX), [1, 3]);
    assert_eq!(heights(&b, 1, 2), [1]);
    assert_eq!(heights(&b, 2, 3), [3]);
    assert_eq!(heights(&b, 3, 2), [0; 0]);
    assert_eq!(heights(&namespace("c"), 0, u64::MAX), [0; 0]);
}

#[test]
fn only_the_next_block_is_taken() {
    let store = Folder::new().open();
    let one = unsigned_block(&start(), vec![unsigned_blob(namespace("a"), 1, 1)]);
    let two = unsigned_block(
        &one.header.as_parent(),
        vec![unsigned_blob(namespace("a"), 2, 1)],
    );

    let stranger = Parent {
        hash: HeaderHash::from_bytes([9; 32]),
        ..start()
    };
    let orphan = unsigned_block(&stranger, Vec::new());
    assert!(matches!(
        commit(&store, &orphan),
        Err(StoreError::WrongParent { .. })
    ));
    assert!(matches!(
        commit(&store, &two),
        Err(StoreError::NotNext { height, expected }) if (height.get(), expected.get()) == (2, 1)
    ));
    let error = store
        .commit_block(&one, &unsigned_finality(&two))
        .unwrap_err();
    assert!(matches!(error, StoreError::WrongCertificate { .. }));
    assert_eq!(store.head().unwrap(), None);

    commit(&store, &one).unwrap();
    commit(&store, &one).unwrap();
    let fork = unsigned_block(&start(), Vec::new());
    assert!(matches!(
        commit(&store, &fork),
        Err(StoreError::Fork { .. })
    ));
    commit(&store, &two).unwrap();
    commit(&store, &one).unwrap();
    assert_eq!(store.head().unwrap().unwrap().header, two.header);
}

#[test]
fn no_blob_is_ordered_twice() {
    let store = Folder::new().open();
    let blob = unsigned_blob(namespace("a"), 1, 1);
    let one = unsigned_block(&start(), vec![blob.clone()]);
    commit(&store, &one).unwrap();
    let other = unsigned_blob(namespace("a"), 2, 1);
    let two = unsigned_block(&one.header.as_parent(), vec![other.clone(), blob.clone()]);
    assert!(matches!(
        commit(&store, &two),
        Err(StoreError::AlreadyOrdered { blob: refused, height })
            if refused == blob.header.id() && height.get() == 1
    ));
    // Nothing of the refused block is there.
    assert_eq!(store.location(&other.header.id()).unwrap(), None);
    assert_eq!(store.body(Height::new(2)).unwrap(), None);
    assert_eq!(store.head().unwrap().unwrap().header, one.header);
}

#[test]
fn a_blob_that_comes_again_is_found_at_its_newest_block() {
    let store = Folder::new().open();
    let early = unsigned_blob(namespace("a"), 1, 1);
    let mut late = early.clone();
    late.certificate.expiry = Height::new(1_500);
    let one = unsigned_block(&start(), vec![early.clone()]);
    let other = unsigned_blob(namespace("a"), 2, 3);
    let two = unsigned_block(&one.header.as_parent(), vec![other, late.clone()]);
    commit(&store, &one).unwrap();
    assert_eq!(store.put_certified(&early).unwrap(), Pooled::Ordered);
    assert_eq!(store.put_certified(&late).unwrap(), Pooled::New);
    assert_eq!(store.pending().unwrap(), [late.clone()]);

    commit(&store, &two).unwrap();
    assert!(store.pending().unwrap().is_empty());
    let id = early.header.id();
    let newest = Location {
        height: Height::new(2),
        first_row: 3,
        expiry: Height::new(1_500),
    };
    assert_eq!(store.location(&id).unwrap(), Some(newest));
    assert_eq!(store.certificate(&id).unwrap(), Some(late.certificate));
    // Both blocks have it.
    let (from, to) = (Height::FIRST, Height::new(9));
    let heights = store.namespace_heights(&namespace("a"), from, to).unwrap();
    assert_eq!(heights, [Height::FIRST, Height::new(2)]);
    assert_eq!(store.body(Height::FIRST).unwrap(), Some(one.body));
}

#[test]
fn every_blob_of_a_block_is_kept_to_the_latest_expiry_in_it() {
    let store = Folder::new().open();
    let blob = |seed, expiry| {
        let mut blob = unsigned_blob(namespace("a"), seed, 1);
        blob.certificate.expiry = Height::new(expiry);
        blob
    };
    let (short, long) = (blob(1, 100), blob(2, 130));
    store.put_certified(&short).unwrap();
    let one = unsigned_block(&start(), vec![short.clone(), long.clone()]);
    commit(&store, &one).unwrap();
    let expired = |height| store.expired(Height::new(height), 10).unwrap();
    for blob in [&short, &long] {
        let expiry = store.expiry(&blob.header.id()).unwrap();
        assert_eq!(expiry, Some(Height::new(130)));
    }
    assert_eq!(expired(130), []);
    assert_eq!(expired(131).len(), 2);

    // An earlier block's blobs stay kept when one of them comes again.
    let again = blob(1, 150);
    let two = unsigned_block(&one.header.as_parent(), vec![again]);
    commit(&store, &two).unwrap();
    assert_eq!(expired(131), [long.header.id()]);
    assert_eq!(expired(150), [long.header.id()]);
    assert_eq!(expired(151).len(), 2);
}

#[test]
fn a_signed_block_is_stored_with_its_certificates() {
    let chain = TestChain::new(4);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("weft.redb"), &chain.genesis).unwrap();
    let header = unsigned_blob(namespace("a"), 1, 2).header;
    let blob = chain.certify(&header, Height::new(50));
    let (block, finality) = chain.block(&chain.start(), vec![blob.clone()]);
    store.put_certified(&blob).unwrap();
    store.commit_block(&block, &finality).unwrap();
    let head = store.head().unwrap().unwrap();
    head.verify(&chain.genesis.chain_id, &chain.set).unwrap();
    let certificate = store.certificate(&header.id()).unwrap().unwrap();
    certificate
        .verify(&chain.genesis.chain_id, &chain.set)
        .unwrap();
}
