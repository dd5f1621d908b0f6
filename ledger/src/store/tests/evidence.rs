use weft_chain::Height;
use weft_test_chain::TestChain;

use super::*;
use crate::store::{EquivocationKind, EvidenceRecord};

fn record(height: u64, round: u32, validator: usize, kind: EquivocationKind) -> EvidenceRecord {
    EvidenceRecord {
        height: Height::new(height),
        round,
        validator: TestChain::new(2).keys[validator].public_key(),
        kind,
        first: vec![1; 200],
        second: vec![2; 200],
    }
}

#[test]
fn evidence_is_kept_once_and_given_latest_first() {
    let folder = Folder::new();
    let store = folder.open();
    let records = [
        record(5, 0, 0, EquivocationKind::Proposal),
        record(5, 1, 0, EquivocationKind::Prevote),
        record(300, 0, 1, EquivocationKind::Precommit),
        record(5, 0, 0, EquivocationKind::Precommit),
    ];
    assert_eq!(store.evidence_count().unwrap(), 0);
    assert_eq!(store.keep_evidence(&records[..2]).unwrap(), 2);
    let mut other_bytes = records[0].clone();
    other_bytes.first = vec![9];
    assert_eq!(store.keep_evidence(&[other_bytes]).unwrap(), 0);
    assert_eq!(store.keep_evidence(&records).unwrap(), 2);
    drop(store);

    let store = folder.open();
    assert_eq!(store.evidence_count().unwrap(), 4);
    let order = [2, 1, 3, 0].map(|place| records[place].clone());
    assert_eq!(store.evidence(10).unwrap(), order);
    assert_eq!(store.evidence(1).unwrap(), order[..1]);
}

#[test]
fn a_commit_proof_is_kept_by_height() {
    let folder = Folder::new();
    let store = folder.open();
    assert_eq!(store.commit_proof(Height::new(1)).unwrap(), None);
    store.keep_commit_proof(Height::new(1), &[1; 5000]).unwrap();
    store.keep_commit_proof(Height::new(2), &[]).unwrap();
    drop(store);
    let store = folder.open();
    let proof = store.commit_proof(Height::new(1)).unwrap();
    assert_eq!(proof, Some(vec![1; 5000]));
    assert_eq!(store.commit_proof(Height::new(2)).unwrap(), Some(vec![]));
}
