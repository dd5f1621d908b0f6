use weft_chain::{CertifiedBlob, Height, Parent};
use weft_test_chain::{namespace, unsigned_blob, unsigned_block, unsigned_finality};

use super::*;
use crate::store::Pooled;

fn blob(seed: u64) -> CertifiedBlob {
    unsigned_blob(namespace("pool"), seed, 1)
}

#[test]
fn blobs_wait_in_the_order_of_their_arrival() {
    let folder = Folder::new();
    let store = folder.open();
    let blobs: Vec<_> = (0..300).map(blob).collect();
    for blob in &blobs {
        assert_eq!(store.put_certified(blob).unwrap(), Pooled::New);
    }
    assert_eq!(store.put_certified(&blobs[7]).unwrap(), Pooled::Known);
    drop(store);

    let store = folder.open();
    assert_eq!(store.pending().unwrap(), blobs);
    store
        .remove_pending(&[blobs[0].header.id(), blobs[299].header.id()])
        .unwrap();
    store.remove_pending(&[blobs[0].header.id()]).unwrap();
    assert_eq!(store.pending().unwrap(), blobs[1..299]);
    assert_eq!(store.put_certified(&blobs[0]).unwrap(), Pooled::New);
    assert_eq!(store.pending().unwrap().last(), Some(&blobs[0]));
}

#[test]
fn a_certificate_that_lasts_longer_replaces_one_that_waits() {
    let store = Folder::new().open();
    let early = blob(1);
    let mut late = early.clone();
    late.certificate.expiry = early.certificate.expiry.saturating_add(1);
    let id = early.header.id();
    assert_eq!(store.put_certified(&early).unwrap(), Pooled::New);
    assert_eq!(store.put_certified(&late).unwrap(), Pooled::Renewed);
    assert_eq!(store.put_certified(&early).unwrap(), Pooled::Known);
    assert_eq!(store.pending().unwrap(), [late.clone()]);
    assert_eq!(
        store.certificate(&id).unwrap(),
        Some(late.certificate.clone())
    );
    assert_eq!(store.expiry(&id).unwrap(), Some(late.certificate.expiry));
}

#[test]
fn a_block_takes_its_blobs_from_those_that_wait() {
    let folder = Folder::new();
    let store = folder.open();
    let blobs: Vec<_> = (0..3).map(blob).collect();
    for blob in &blobs {
        store.put_certified(blob).unwrap();
    }
    let parent = Parent {
        chain_id: identity().chain_id,
        height: Height::GENESIS,
        hash: identity().genesis,
        time: 1,
        validator_set_root: weft_encoding::Digest::from_bytes([7; 32]),
    };
    // Another certificate of the same blob may be the one that is ordered.
    let mut ordered = blobs[1].clone();
    ordered.certificate.expiry = Height::new(1_500);
    let block = unsigned_block(&parent, vec![ordered.clone()]);
    store
        .commit_block(&block, &unsigned_finality(&block))
        .unwrap();
    assert_eq!(
        store.pending().unwrap(),
        [blobs[0].clone(), blobs[2].clone()]
    );
    assert_eq!(store.put_certified(&blobs[1]).unwrap(), Pooled::Ordered);
    assert_eq!(
        store.certificate(&blobs[1].header.id()).unwrap(),
        Some(ordered.certificate)
    );
    drop(store);
    assert_eq!(folder.open().pending().unwrap().len(), 2);
}
