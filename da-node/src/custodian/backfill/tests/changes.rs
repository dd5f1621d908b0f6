//! Changes of the validator set.

use super::*;
use crate::fixtures::namespace;
use crate::gateway::{Gateway, GatewayConfig, GatewayMetrics, GatewayParts, Route};
use crate::pool::{Pool, PoolConfig, PoolMetrics};

/// A reader at a member's node, which holds nothing by itself.
async fn reader(member: &Member) -> Gateway {
    let registry = Registry::new();
    let (ledger, network) = (member.ledger.clone(), member.network.clone());
    let metrics = PoolMetrics::register(&registry).unwrap();
    let config = PoolConfig::default();
    let pool = Pool::open(ledger.clone(), network.clone(), config, metrics);
    Gateway::start(GatewayParts {
        store: ledger.store().clone(),
        directory: ledger.directory().clone(),
        ledger,
        network,
        pool: pool.await.unwrap(),
        custodian: Some(member.custodian.clone()),
        assignments: member.assignments.clone(),
        workers: Workers::per_core(),
        config: GatewayConfig::default(),
        metrics: GatewayMetrics::new(&registry).unwrap(),
        shutdown: member.shutdown.clone(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn new_custodians_get_their_columns_and_a_reader_reads_without_an_old_one() {
    // Validators 0 to 3; then 4 comes and 0 goes.
    let mut network = TestNetwork::started(5, 4, &[0, 1, 2, 3, 4]).await;
    let old = of(&network.everyone, &[0, 1, 2, 3]);
    let new = of(&network.everyone, &[1, 2, 3, 4]);
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

    // The new set stands; who has left it still serves what it holds.
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

    // Then it is gone for good, and so is the store of a reader that holds nothing.
    network.stop(0).await;
    network.sample(1, 4, &blob, first(joined, 4)).await;
    let gateway = reader(network.member(1)).await;
    let read = timeout(PATIENCE, gateway.read(blob.header.id()));
    let read = read.await.unwrap().unwrap();
    assert_eq!(read.route, Route::Columns);
    let batch = blob.header.layout;
    let expected = batch.batch_from_rows(blob.coded.rows(), blob.header.byte_len);
    assert_eq!(read.batch.unwrap(), expected.unwrap());
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_validator_alone_held_is_repaired_by_those_that_own_it_now() {
    let mut network = TestNetwork::started(5, 4, &[1, 2, 3, 4]).await;
    let old = of(&network.everyone, &[0, 1, 2, 3]);
    let new = of(&network.everyone, &[1, 2, 3, 4]);
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
