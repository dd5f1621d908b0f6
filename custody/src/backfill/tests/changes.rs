//! Changes of the validator set.

use std::collections::BTreeMap;

use weft_network::GetColumns;
use weft_test_chain::namespace;

use super::*;

/// Reads a blob at the member `by` without storing it: each column, verified, from a running
/// validator of `chain` that owns it.
async fn read(network: &TestNetwork, chain: &TestChain, by: usize, blob: &TestBlob) -> Vec<u8> {
    let mut columns = BTreeMap::new();
    let running = (0..network.members.len()).filter(|place| network.members[*place].is_some());
    for place in running {
        let request = GetColumns {
            blob_id: blob.header.id(),
            columns: owned(chain, &network.everyone, place).iter().collect(),
        };
        let member = network.member(by);
        let reply = if place == by {
            member.custodian.columns(request).await.unwrap()
        } else {
            let peer = network.member(place).network.local_peer_id();
            member.network.request(peer, request).await.unwrap()
        };
        assert!(reply.refused.is_empty(), "validator {place}");
        columns.extend(reply.columns.into_iter().map(|c| (c.column.index, c)));
    }
    let verifier = blob.header.verifier().unwrap();
    let columns = verifier
        .verify_batch(columns.into_values().collect())
        .unwrap();
    let rows = verifier.repair_rows(&columns).unwrap();
    blob.header
        .layout
        .batch_from_rows(&rows, blob.header.byte_len)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_custodians_get_their_columns_and_a_reader_reads_without_an_old_one() {
    // Validators 0 to 3; then 4 comes and 0 goes.
    let mut network = TestNetwork::started(5, 4, &[0, 1, 2, 3, 4]).await;
    let old = network.everyone.of(&[0, 1, 2, 3]);
    let new = network.everyone.of(&[1, 2, 3, 4]);
    let blob = TestBlob::new(namespace("change"), 7, 2);
    network.hold(&old, &blob, &[0, 1, 2, 3]).await;
    network.order(&[&blob]).await;
    for place in 1..5 {
        network.backfill(place);
        network.member(place).complete(1).await;
    }
    let none = network.member(4).backfill.as_ref().unwrap().status();
    assert_eq!(none.borrow().owned, 0, "not a validator yet");

    let update = Some(old.update(&new, 4));
    let blobs = Vec::new();
    network.decide(&old, BlockBody { blobs, update }).await;
    // As soon as the change is scheduled, the columns of the coming set are fetched.
    for place in 1..5 {
        let member = network.member(place);
        let columns = owned(&new, &network.everyone, place);
        let mut status = member.backfill.as_ref().unwrap().status();
        let done = |status: &CustodyStatus| {
            status.owned >= columns.len() as u64 && status.complete_to >= Height::new(2)
        };
        timeout(PATIENCE, status.wait_for(done))
            .await
            .unwrap()
            .unwrap();
        assert!(member.has(&blob, columns), "validator {place}");
        assert_eq!(member.columns_had("repair"), 0, "all are held by old ones");
    }
    let joined = owned(&new, &network.everyone, 4);
    assert_eq!(network.member(4).columns_had("copy"), joined.len() as u64);

    // The new set is in force; the validator that left it still serves what it holds.
    for chain in [&old, &new] {
        network.decide(chain, BlockBody::default()).await;
    }
    let left = owned(&old, &network.everyone, 0);
    network.sample(1, 0, &blob, first(left, 4)).await;
    for place in 1..5 {
        let status = network.member(place).complete(4).await;
        let columns = owned(&new, &network.everyone, place);
        assert_eq!(status.owned, columns.len() as u64);
    }

    // Then it is gone for good: what the new custodians hold is enough for a reader.
    network.stop(0).await;
    network.sample(1, 4, &blob, first(joined, 4)).await;
    let expected = blob.header.layout;
    let expected = expected.batch_from_rows(blob.coded.rows(), blob.header.byte_len);
    assert_eq!(read(&network, &new, 1, &blob).await, expected.unwrap());
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_validator_alone_held_is_repaired_by_those_that_own_it_now() {
    let mut network = TestNetwork::started(5, 4, &[1, 2, 3, 4]).await;
    let old = network.everyone.of(&[0, 1, 2, 3]);
    let new = network.everyone.of(&[1, 2, 3, 4]);
    let blob = TestBlob::new(namespace("lost"), 8, 1);
    // Validator 0 is gone with its columns before the change.
    network.hold(&old, &blob, &[1, 2, 3]).await;
    network.order(&[&blob]).await;
    let update = Some(old.update(&new, 3));
    let blobs = Vec::new();
    network.decide(&old, BlockBody { blobs, update }).await;
    network.decide(&new, BlockBody::default()).await;
    for place in 1..5 {
        network.backfill(place);
    }
    let mut repaired = 0;
    for place in 1..5 {
        let member = network.member(place);
        member.complete(3).await;
        assert!(member.has(&blob, owned(&new, &network.everyone, place)));
        repaired += member.columns_had("repair");
    }
    assert!(
        repaired > 0,
        "the lost columns were nowhere to be copied from"
    );
    network.shutdown().await;
}
