//! Dispersal around a change of the validator set, and what other custodians are served.

use weft_chain::{ValidatorSet, availability_message};
use weft_encoding::{Digest, Fault};
use weft_network::{GetCellProofs, Refusal};
use weft_test_chain::namespace;

use super::*;
use crate::CustodyError;

/// The dispersal to `key` by `set`.
fn dispersal(
    set: &ValidatorSet,
    key: usize,
    chain: &TestChain,
    blob: &TestBlob,
) -> DisperseRequest {
    let own = set.index_of(&chain.keys[key].public_key()).unwrap();
    let columns = CustodyAssignment::new(set).unwrap().columns_of(own);
    DisperseRequest {
        header: blob.header.clone(),
        validator_set_root: set.root(),
        expiry: Height::new(50),
        columns: columns.iter().map(|c| blob.coded.column(c)).collect(),
    }
}

#[tokio::test]
async fn columns_are_taken_by_the_last_the_current_and_the_coming_set_and_no_other() {
    let chain = TestChain::new(7);
    let of = |count| TestChain::new(count).set;
    let (oldest, last, current, coming, later) = (of(3), of(4), of(5), of(6), of(7));
    let sets = ValidatorSets::constant(oldest.clone());
    sets.schedule(Height::new(1), last.clone());
    let member = Member::with(&chain, 1, |options| options.sets = sets.clone());
    // The next block is block 2.
    member.order(&chain, &chain.start(), Vec::new());
    sets.schedule(Height::new(2), current.clone());
    sets.schedule(Height::new(3), coming.clone());
    sets.schedule(Height::new(4), later.clone());

    let blob = TestBlob::new(namespace("change"), 1, 1);
    for set in [&last, &current, &coming] {
        let request = dispersal(set, 1, &chain, &blob);
        let signature = member.custodian.disperse(request).await.unwrap();
        let message = availability_message(
            &chain.genesis.chain_id,
            &blob.header.id(),
            &set.root(),
            Height::new(50),
        );
        signature
            .verify(&message, &chain.keys[1].public_key())
            .unwrap();
    }
    for set in [&oldest, &later] {
        let request = dispersal(set, 1, &chain, &blob);
        let error = member.custodian.disperse(request).await.unwrap_err();
        assert!(matches!(error, CustodyError::UnknownSet { root } if root == set.root()));
        // This node's chain or the gateway's may be behind: neither is at fault.
        let expected = (Refusal::NotYet, Fault::Retry, None);
        assert_eq!((error.refusal(), error.fault(), error.offence()), expected);
    }
    // The columns of one set under the name of another.
    let request = DisperseRequest {
        validator_set_root: last.root(),
        ..dispersal(&current, 1, &chain, &blob)
    };
    let error = member.custodian.disperse(request).await.unwrap_err();
    assert!(
        matches!(error, CustodyError::WrongColumns { .. }),
        "{error}"
    );
    let request = DisperseRequest {
        validator_set_root: Digest::ZERO,
        ..dispersal(&current, 1, &chain, &blob)
    };
    let error = member.custodian.disperse(request).await.unwrap_err();
    assert!(matches!(error, CustodyError::UnknownSet { .. }), "{error}");
}

#[tokio::test]
async fn a_validator_signs_by_the_sets_that_it_is_in() {
    let chain = TestChain::new(5);
    let (current, coming) = (TestChain::new(4).set, chain.set.clone());
    let sets = ValidatorSets::constant(current.clone());
    sets.schedule(Height::new(9), coming.clone());
    let joins = Member::with(&chain, 4, |options| options.sets = sets);
    let blob = TestBlob::new(namespace("joins"), 2, 1);
    let request = DisperseRequest {
        validator_set_root: current.root(),
        ..dispersal(&coming, 4, &chain, &blob)
    };
    let error = joins.custodian.disperse(request).await.unwrap_err();
    assert!(matches!(error, CustodyError::NotCustodian), "{error}");
    let request = dispersal(&coming, 4, &chain, &blob);
    joins.custodian.disperse(request).await.unwrap();
}

#[tokio::test]
async fn cell_proofs_are_given_as_far_as_they_are_here() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 2);
    let blob = TestBlob::new(namespace("proofs"), 3, 2);
    let held: Vec<ColumnIndex> = member.columns.iter().collect();
    let foreign = ColumnIndex::all().find(|c| !held.contains(c)).unwrap();
    let request = GetCellProofs {
        blob_id: blob.header.id(),
        columns: vec![foreign, held[0], held[1]],
    };
    let ask = || member.custodian.cell_proofs(request.clone());
    let refused =
        |reason: [Refusal; 3]| -> Vec<_> { request.columns.iter().copied().zip(reason).collect() };
    let unknown = Refusal::Unknown;
    let reply = ask().await.unwrap();
    assert_eq!(
        reply.refused,
        refused([unknown.clone(), unknown.clone(), unknown])
    );

    let dispersal = member.dispersal(&blob, 50);
    member.custodian.disperse(dispersal).await.unwrap();
    let reply = ask().await.unwrap();
    let expected = refused([Refusal::NotHeld, Refusal::NotYet, Refusal::NotYet]);
    assert_eq!((reply.refused, reply.columns.len()), (expected, 0));

    let proofs = blob.cell_proofs();
    member
        .custodian
        .push_proofs(member.proofs(&blob, &proofs))
        .await
        .unwrap();
    let reply = ask().await.unwrap();
    assert_eq!(reply.refused, [(foreign, Refusal::NotHeld)]);
    for (entry, column) in reply.columns.iter().zip(&held) {
        assert_eq!(entry.column, *column);
        let expected: Vec<_> = proofs.iter().map(|row| row[column.get()]).collect();
        assert_eq!(entry.proofs, expected);
    }
    assert_eq!(reply.columns.len(), 2);
}
