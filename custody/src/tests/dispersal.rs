use std::num::NonZeroUsize;

use weft_chain::{Height, SecretKey, availability_message};
use weft_encoding::{Fault, MAX_BLOB_ROWS};
use weft_network::{Offence, Refusal};
use weft_test_chain::{namespace, unsigned_blob};

use super::*;
use crate::workers::Workers;
use crate::{CustodianConfig, CustodyError};

fn blob(seed: u64) -> TestBlob {
    TestBlob::new(namespace("custody"), seed, 2)
}

#[tokio::test]
async fn a_signature_says_verified_and_stored() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 1);
    let blob = blob(1);
    let request = member.dispersal(&blob, 50);
    let signature = member.custodian.disperse(request.clone()).await.unwrap();
    let id = blob.header.id();
    let message = availability_message(
        &chain.genesis.chain_id,
        &id,
        &chain.set.root(),
        Height::new(50),
    );
    signature
        .verify(&message, &chain.keys[1].public_key())
        .unwrap();
    assert_eq!(member.store.held_columns(&id).unwrap(), member.columns);
    assert_eq!(member.store.expiry(&id).unwrap(), Some(Height::new(50)));
    let held = member.columns.iter().next().unwrap();
    assert_eq!(
        member.store.column(&id, held).unwrap(),
        Some(blob.coded.column(held))
    );

    // Again: the same signature, and nothing is verified or stored twice.
    let stored = member.metrics.stored_columns.get();
    assert_eq!(stored, member.columns.len() as u64);
    assert_eq!(member.custodian.disperse(request).await.unwrap(), signature);
    assert_eq!(member.metrics.stored_columns.get(), stored);
    assert_eq!(
        member
            .metrics
            .requests
            .with_label_values(&["disperse", "ok"])
            .get(),
        2
    );

    // Another expiry is another signed statement, and moves the blob's expiry.
    let later = member
        .custodian
        .disperse(member.dispersal(&blob, 60))
        .await
        .unwrap();
    assert_ne!(later, signature);
    assert_eq!(member.store.expiry(&id).unwrap(), Some(Height::new(60)));
}

#[tokio::test]
async fn the_four_signatures_make_a_certificate() {
    let chain = TestChain::new(4);
    let blob = blob(2);
    let chain_id = &chain.genesis.chain_id;
    let mut builder = weft_chain::CertificateBuilder::availability(
        chain_id,
        blob.header.id(),
        &chain.set,
        Height::new(50),
    );
    for index in 0..4 {
        let member = Member::new(&chain, index);
        let signature = member
            .custodian
            .disperse(member.dispersal(&blob, 50))
            .await
            .unwrap();
        builder
            .add(ValidatorIndex::new(index).unwrap(), signature)
            .unwrap();
    }
    builder
        .build()
        .unwrap()
        .verify(chain_id, &chain.set)
        .unwrap();
}

#[tokio::test]
async fn what_does_not_verify_is_neither_signed_nor_stored() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 0);
    let (blob, other) = (blob(3), blob(4));
    let good = member.dispersal(&blob, 50);
    let mut of_another = good.clone();
    of_another.columns[3].column.cells[0] = other.coded.columns_cell(&of_another, 3);
    let mut swapped = good.clone();
    swapped.columns[5].column.cells.swap(0, 1);
    let mut proof = good.clone();
    proof.columns[31].proof = proof.columns[30].proof;
    let mut path = good.clone();
    path.columns[0].path = path.columns[1].path;
    let mut short = good.clone();
    short.columns[2].column.cells.pop();
    let mut commitment = good.clone();
    commitment.header.commitments[1] = weft_encoding::Commitment::from_bytes([0xff; 48]);
    let cases = [
        ("cell", of_another),
        ("order", swapped),
        ("proof", proof),
        ("path", path),
        ("short", short),
        ("commitment", commitment),
    ];
    for (name, request) in cases {
        let id = request.header.id();
        let error = member.custodian.disperse(request).await.unwrap_err();
        let offence = error.offence();
        assert_eq!(offence, Some(Offence::InvalidProof), "{name}: {error:?}");
        assert!(
            matches!(error.refusal(), Refusal::Invalid(_)),
            "{name}: {error:?}"
        );
        assert!(member.store.held_columns(&id).unwrap().is_empty(), "{name}");
        assert_eq!(member.store.blob_header(&id).unwrap(), None, "{name}");
    }
    member.custodian.disperse(good).await.unwrap();
}

trait ColumnsCell {
    fn columns_cell(&self, request: &DisperseRequest, place: usize) -> weft_encoding::Cell;
}

impl ColumnsCell for weft_encoding::CodedBlob {
    /// This blob's cell in the column that the request has at `place`.
    fn columns_cell(&self, request: &DisperseRequest, place: usize) -> weft_encoding::Cell {
        self.column(request.columns[place].column.index)
            .column
            .cells[0]
            .clone()
    }
}

#[tokio::test]
async fn exactly_its_own_columns_are_taken() {
    let chain = TestChain::new(4);
    let (member, neighbour) = (Member::new(&chain, 0), Member::new(&chain, 1));
    let blob = blob(5);
    let own = member.dispersal(&blob, 50);

    let mut fewer = own.clone();
    fewer.columns.pop();
    let mut more = own.clone();
    let foreign = ColumnIndex::all()
        .find(|column| !member.columns.contains(*column))
        .unwrap();
    more.columns.push(blob.coded.column(foreign));
    let mut none = own.clone();
    none.columns.clear();
    for request in [fewer, more, none, neighbour.dispersal(&blob, 50)] {
        let error = member.custodian.disperse(request).await.unwrap_err();
        assert!(
            matches!(error, CustodyError::WrongColumns { assigned: 32, .. }),
            "{error:?}"
        );
        assert_eq!(error.fault(), Fault::Caller);
    }
    let mut twice = own.clone();
    twice.columns[1] = twice.columns[0].clone();
    let error = member.custodian.disperse(twice).await.unwrap_err();
    assert!(matches!(error, CustodyError::DuplicateColumn { .. }));
    assert!(
        member
            .store
            .held_columns(&blob.header.id())
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_custodian_signs_no_tiny_expiry() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 0);
    let parent = member.order(&chain, &chain.start(), Vec::new());
    member.order(&chain, &parent, Vec::new());
    let blob = blob(10);
    let id = blob.header.id();
    // The next block is block 3, the retention 80 blocks and its slack 40.
    for expiry in [3, 4, 42] {
        let request = member.dispersal(&blob, expiry);
        let error = member.custodian.disperse(request).await.unwrap_err();
        assert!(matches!(error, CustodyError::Expiry(_)), "{error}");
        assert_eq!(error.fault(), Fault::Caller);
        assert!(error.to_string().contains("43 to 123"), "{error}");
        assert!(member.store.held_columns(&id).unwrap().is_empty());
    }
    let request = member.dispersal(&blob, 43);
    member.custodian.disperse(request).await.unwrap();
    assert_eq!(member.store.expiry(&id).unwrap(), Some(Height::new(43)));
}

#[tokio::test]
async fn bounds_come_before_mathematics() {
    let chain = TestChain::new(4);
    let member = Member::with(&chain, 0, |options| options.max_block_rows = 63);
    let blob = blob(6);
    for (expiry, fits) in [
        (0, false),
        (2, false),
        (40, false),
        (41, true),
        (121, true),
        (122, false),
    ] {
        let outcome = member
            .custodian
            .disperse(member.dispersal(&blob, expiry))
            .await;
        match outcome {
            Ok(_) => assert!(fits, "{expiry}"),
            Err(error) => {
                assert!(!fits, "{expiry}: {error}");
                assert!(matches!(error, CustodyError::Expiry(_)));
                assert!(error.to_string().contains("41 to 121"), "{error}");
            }
        }
    }

    let mut large = member.dispersal(&blob, 50);
    large.header = unsigned_blob(namespace("large"), 1, MAX_BLOB_ROWS).header;
    let error = member.custodian.disperse(large).await.unwrap_err();
    assert!(matches!(
        error,
        CustodyError::TooManyRows {
            rows: 64,
            limit: 63
        }
    ));

    let mut wrong = member.dispersal(&blob, 50);
    wrong.header.byte_len = 1;
    let error = member.custodian.disperse(wrong).await.unwrap_err();
    assert!(matches!(error, CustodyError::Header(_)), "{error:?}");
}

#[tokio::test]
async fn without_a_validators_key_nothing_is_signed() {
    let chain = TestChain::new(4);
    let gateway = Member::with(&chain, 0, |options| options.key = None);
    let stranger = Member::with(&chain, 0, |options| {
        options.key = Some(SecretKey::generate(&[99; 32]))
    });
    let blob = blob(7);
    for member in [gateway, stranger] {
        let error = member
            .custodian
            .disperse(member.dispersal(&blob, 50))
            .await
            .unwrap_err();
        assert!(matches!(error, CustodyError::NotCustodian));
        assert_eq!(
            (error.refusal(), error.fault()),
            (Refusal::NotServed, Fault::Retry)
        );
    }
}

#[tokio::test]
async fn proofs_are_verified_against_what_is_held() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 2);
    let (blob, other) = (blob(8), blob(9));
    let (id, proofs) = (blob.header.id(), blob.cell_proofs());
    let good = member.proofs(&blob, &proofs);

    let error = member
        .custodian
        .push_proofs(good.clone())
        .await
        .unwrap_err();
    assert!(matches!(error, CustodyError::UnknownBlob { .. }));
    member
        .custodian
        .disperse(member.dispersal(&blob, 50))
        .await
        .unwrap();

    let mut swapped = good.clone();
    swapped.columns[7].proofs.swap(0, 1);
    let mut of_another = good.clone();
    of_another.columns[0].proofs[1] = other.cell_proofs()[1][of_another.columns[0].column.get()];
    for request in [swapped, of_another] {
        let error = member.custodian.push_proofs(request).await.unwrap_err();
        assert_eq!(error.fault(), Fault::Peer, "{error:?}");
    }
    let mut foreign = good.clone();
    foreign.columns[0].column = ColumnIndex::all()
        .find(|column| !member.columns.contains(*column))
        .unwrap();
    let mut short = good.clone();
    short.columns[1].proofs.pop();
    let error = member.custodian.push_proofs(short).await.unwrap_err();
    assert!(matches!(
        error,
        CustodyError::ProofCount {
            proofs: 1,
            rows: 2,
            ..
        }
    ));
    for held in member.columns.iter() {
        assert_eq!(member.store.cell_proofs(&id, held).unwrap(), None);
    }

    // The proofs of a column that is not held are refused; the others are stored.
    let error = member.custodian.push_proofs(foreign).await.unwrap_err();
    assert!(matches!(error, CustodyError::NotHeld { .. }), "{error:?}");
    assert_eq!(member.metrics.stored_cell_proofs.get(), 62);

    for _ in 0..2 {
        member.custodian.push_proofs(good.clone()).await.unwrap();
        assert_eq!(member.metrics.stored_cell_proofs.get(), 64);
    }
    for entry in &good.columns {
        let stored = member.store.cell_proofs(&id, entry.column).unwrap();
        assert_eq!(stored.as_ref(), Some(&entry.proofs));
    }
}

#[tokio::test]
async fn a_full_queue_is_busy_and_not_longer() {
    let chain = TestChain::new(4);
    let workers = Workers::new(NonZeroUsize::MIN);
    let member = Member::with(&chain, 0, |options| {
        options.workers = workers.clone();
        let queue = NonZeroUsize::new(2).unwrap();
        options.config = CustodianConfig {
            queue,
            ..CustodianConfig::default()
        };
    });
    let (release, held) = std::sync::mpsc::channel::<()>();
    let blocker = tokio::spawn(async move { workers.run(move || held.recv()).await });
    let request = || get_columns(BlobId::from_bytes([0; 32]), [column(0)]);
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (custodian, request) = (member.custodian.clone(), request());
            tokio::spawn(async move { custodian.columns(request).await })
        })
        .collect();
    // The runtime has one thread: both run until they wait before this continues.
    tokio::task::yield_now().await;
    let error = member.custodian.columns(request()).await.unwrap_err();
    assert!(matches!(error, CustodyError::Busy { limit: 2 }));
    assert_eq!(error.refusal(), Refusal::Busy);
    drop(release);
    blocker.await.unwrap().unwrap().unwrap_err();
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    member.custodian.columns(request()).await.unwrap();
}

#[test]
fn a_local_failure_tells_the_peer_nothing() {
    let error = CustodyError::from(weft_ledger::store::StoreError::Stopped);
    assert_eq!(
        (error.refusal(), error.fault()),
        (Refusal::Failed, Fault::Local)
    );
}
