#![allow(clippy::unwrap_used)]

use std::time::Duration;

use weft_sampling::Verdict;
use weft_test_chain::GrowingChain;

use super::*;
use crate::follower::HeaderChain;

fn report(height: u64) -> HeightReport {
    let hash = HeaderHash::from_bytes([1; 32]);
    let verdict = Verdict::available(1, 9);
    HeightReport::new(
        Height::new(height),
        hash,
        1,
        1,
        &verdict,
        Duration::from_millis(5),
    )
}

#[test]
fn headers_and_reports_are_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("light.redb");
    let mut chain = GrowingChain::new("store-test", 1);
    for _ in 0..3 {
        chain.push_empty();
    }
    let mut verifier = HeaderChain::new(&chain.genesis, &chain.validators.set);
    let verified: Vec<_> = chain
        .blocks
        .iter()
        .map(|block| verifier.append(&block.signed).unwrap())
        .collect();
    {
        let store = Store::open(&path, &chain.genesis).unwrap();
        assert_eq!(store.tip().unwrap(), None);
        store.append(&verified[..2]).unwrap();
        store.append(&verified[2..]).unwrap();
        store.put_report(&report(2)).unwrap();
    }
    let store = Store::open(&path, &chain.genesis).unwrap();
    assert_eq!(store.tip().unwrap().as_ref(), Some(&chain.blocks[2].signed));
    assert_eq!(
        store.header(Height::new(1)).unwrap().as_ref(),
        Some(&chain.blocks[0].signed)
    );
    assert_eq!(store.header(Height::new(9)).unwrap(), None);
    assert_eq!(store.report(Height::new(2)).unwrap(), Some(report(2)));
    assert_eq!(store.report(Height::new(1)).unwrap(), None);
}

#[test]
fn updates_are_there_after_reopening_in_the_order_of_heights() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("light.redb");
    let chain = GrowingChain::new("store-test", 4);
    let [early, late] = [3, 300].map(|height| chain.update(&[0, 1, 2, 4], height));
    {
        let store = Store::open(&path, &chain.genesis).unwrap();
        assert_eq!(store.updates().unwrap(), []);
        store.put_update(Height::new(300), &late).unwrap();
        store.put_update(Height::new(3), &early).unwrap();
    }
    let store = Store::open(&path, &chain.genesis).unwrap();
    let expected = [(Height::new(3), early), (Height::new(300), late)];
    assert_eq!(store.updates().unwrap(), expected);
}

#[test]
fn the_first_height_without_a_report_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let chain = GrowingChain::new("store-test", 1);
    let store = Store::open(&dir.path().join("light.redb"), &chain.genesis).unwrap();
    let first = || store.first_unreported(Height::FIRST).unwrap().get();
    assert_eq!(first(), 1);
    for height in [1, 2, 4] {
        store.put_report(&report(height)).unwrap();
    }
    assert_eq!(first(), 3);
    store.put_report(&report(3)).unwrap();
    assert_eq!(first(), 5);
}

#[test]
fn a_damaged_record_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let chain = GrowingChain::new("store-test", 1);
    let store = Store::open(&dir.path().join("light.redb"), &chain.genesis).unwrap();
    let write = store.0.begin_write().unwrap();
    write
        .open_table(HEADERS)
        .unwrap()
        .insert(7, &b"garbage"[..])
        .unwrap();
    write.commit().unwrap();
    let error = store.header(Height::new(7)).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Corrupt {
                table: "headers",
                height: 7,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_unknown_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("light.redb");
    let chain = GrowingChain::new("store-test", 1);
    {
        let store = Store::open(&path, &chain.genesis).unwrap();
        let write = store.0.begin_write().unwrap();
        write
            .open_table(META)
            .unwrap()
            .insert("format", &[2, 0, 0, 0][..])
            .unwrap();
        write.commit().unwrap();
    }
    let error = Store::open(&path, &chain.genesis).unwrap_err();
    assert!(
        matches!(error, StoreError::Format { expected: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_chain_that_begins_anew_keeps_reports_of_before_and_no_headers_and_sets() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("light.redb");
    let mut chain = GrowingChain::new("store-test", 4);
    let mut verifier = HeaderChain::new(&chain.genesis, &chain.validators.set);
    let update = chain.change(&[0, 1, 2, 4], 1);
    let root = update.update.validator_set().unwrap().root();
    let verified = verifier.append(&chain.push_empty().signed).unwrap();
    let trusted = chain.push_empty().signed.header.clone();
    {
        let store = Store::open(&path, &chain.genesis).unwrap();
        store.append(&[verified]).unwrap();
        store.put_update(Height::new(2), &update).unwrap();
        store.put_report(&report(1)).unwrap();
        assert_eq!(store.sets().unwrap(), [(Height::new(2), root)]);
        assert_eq!(store.beginning().unwrap(), None);
        store.begin(&trusted).unwrap();
    }
    let store = Store::open(&path, &chain.genesis).unwrap();
    assert_eq!(store.beginning().unwrap(), Some(trusted));
    assert_eq!(store.tip().unwrap(), None);
    assert_eq!(store.sets().unwrap(), []);
    assert_eq!(store.updates().unwrap(), []);
    assert_eq!(store.report(Height::FIRST).unwrap(), Some(report(1)));
}
