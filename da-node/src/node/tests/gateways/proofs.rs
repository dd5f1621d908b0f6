//! Cell proofs reach the custodians in spite of crashes and restarts.

use weft_ledger::store::Store;
use weft_ledger::testing::await_ordered;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_gateway_pushes_what_it_had_acknowledged() {
    let mut network = TestNetwork::started([0, 1, 2, 3]).await;
    let (blob, orphan) = (
        TestBlob::new(namespace("spool"), 1, 2),
        TestBlob::new(namespace("spool"), 2, 1),
    );
    let (id, orphan_id) = (blob.header.id(), orphan.header.id());
    network.disperse(&blob).await;
    // The disk of a gateway that is killed right after it has answered one post, and between the
    // spool and the certificate of another.
    let path = network.folders[GATEWAY].path().join("weft.redb");
    let store = Store::open(&path, &network.chain.genesis).unwrap();
    store.put_spool(&id, blob.coded.rows()).unwrap();
    store.put_certified(&network.certified(&blob)).unwrap();
    store.put_spool(&orphan_id, orphan.coded.rows()).unwrap();
    drop(store);

    // One custodian is down for now.
    network.stop(3).await;
    network.start(GATEWAY).await;
    for place in [0, 1, 2] {
        until("proofs", || has_proofs(&network, place, id)).await;
    }
    let store = network.node(GATEWAY).store().clone();
    until("the orphan to go", || {
        store.spool(&orphan_id).unwrap().is_none()
    })
    .await;
    drop(store);

    // A shutdown in the middle of the pushes loses nothing.
    network.stop(GATEWAY).await;
    let store = Store::open(&path, &network.chain.genesis).unwrap();
    assert_eq!(store.spooled().unwrap(), [id], "one is still without");
    drop(store);
    network.start(GATEWAY).await;
    network.start(3).await;
    until("proofs", || has_proofs(&network, 3, id)).await;
    let store = network.node(GATEWAY).store().clone();
    until("the spool to end", || store.spooled().unwrap().is_empty()).await;
    let proofs = blob.cell_proofs();
    for (column, row) in ColumnIndex::all().zip(0..) {
        let stored = store.cell_proofs(&id, column).unwrap().unwrap();
        assert_eq!(stored, [proofs[0][row], proofs[1][row]]);
    }
    drop(store);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_never_got_its_columns_is_let_go_in_the_end() {
    let mut network = TestNetwork::new();
    // Its columns may arrive by backfill, so the proofs are pushed until the patience is over.
    network.config.certify_deadline = Duration::from_millis(500);
    network.config.push_patience = Duration::from_secs(2);
    for place in [0, 1, 2] {
        network.start(place).await;
    }
    let blob = TestBlob::new(namespace("spool"), 3, 1);
    network.disperse(&blob).await;
    network.start(3).await;
    let path = network.folders[GATEWAY].path().join("weft.redb");
    let store = Store::open(&path, &network.chain.genesis).unwrap();
    store
        .put_spool(&blob.header.id(), blob.coded.rows())
        .unwrap();
    store.put_certified(&network.certified(&blob)).unwrap();
    drop(store);
    network.start(GATEWAY).await;
    let store = network.node(GATEWAY).store().clone();
    until("the spool to end", || store.spooled().unwrap().is_empty()).await;
    for place in [0, 1, 2] {
        assert!(has_proofs(&network, place, blob.header.id()));
    }
    assert!(!has_proofs(&network, 3, blob.header.id()));
    drop(store);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_are_offered_until_a_custodian_has_its_columns_by_backfill() {
    let mut network = TestNetwork::new();
    network.config.certify_deadline = Duration::from_millis(500);
    for place in [0, 1, 2] {
        network.start(place).await;
    }
    let blob = TestBlob::new(namespace("spool"), 4, 1);
    network.disperse(&blob).await;
    // Written while the gateway is down: a running one removes rows without a certificate.
    let id = blob.header.id();
    let path = network.folders[GATEWAY].path().join("weft.redb");
    let store = Store::open(&path, &network.chain.genesis).unwrap();
    store.put_spool(&id, blob.coded.rows()).unwrap();
    store.put_certified(&network.certified(&blob)).unwrap();
    drop(store);
    network.start(GATEWAY).await;
    let store = network.node(GATEWAY).store().clone();
    for place in [0, 1, 2] {
        until("proofs", || has_proofs(&network, place, id)).await;
    }
    assert!(
        !store.spooled().unwrap().is_empty(),
        "one lacks its columns"
    );
    // It was offline, and repairs its columns once their block is decided: the gateway gossips the
    // blob until the proposer has ordered it.
    network.backfill = true;
    network.start(3).await;
    let ordered = await_ordered(network.node(3).ledger(), id);
    timeout(PATIENCE, ordered).await.expect("ordered in time");
    until("the spool to end", || store.spooled().unwrap().is_empty()).await;
    assert!(has_proofs(&network, 3, id));
    drop(store);
    network.shutdown().await;
}
