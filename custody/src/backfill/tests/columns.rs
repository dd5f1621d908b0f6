//! Columns and proofs that dispersal did not deliver: by repair, from a replica, once.

use weft_test_chain::namespace;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_was_away_repairs_its_columns_and_answers_samples() {
    let mut network = TestNetwork::started(4, 4, &[0, 1, 2, 3]).await;
    let blob = TestBlob::new(namespace("away"), 1, 2);
    network.hold(&network.chain, &blob, &[0, 1, 2]).await;
    network.order(&[&blob]).await;
    let columns = owned(&network.chain, &network.everyone, 3);
    network.backfill(3);
    let member = network.member(3);
    let status = member.complete(1).await;
    let expected = CustodyStatus {
        owned: columns.len() as u64,
        missing: 0,
        complete_to: Height::new(1),
    };
    assert_eq!(status, expected);
    assert!(member.has(&blob, columns));
    // Four validators hold each column once: there is no replica to copy from.
    assert_eq!(member.columns_had("repair"), columns.len() as u64);
    assert_eq!(member.columns_had("copy"), 0);
    assert_eq!(member.proofs_had("made"), columns.len() as u64);
    network.sample(0, 3, &blob, first(columns, 8)).await;
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_holds_is_copied_and_a_restart_asks_nobody() {
    let mut network = TestNetwork::started(7, 7, &[0, 1, 2, 3, 4, 5, 6]).await;
    let blob = TestBlob::new(namespace("replica"), 2, 1);
    network
        .hold(&network.chain, &blob, &[0, 1, 2, 3, 4, 5])
        .await;
    network.order(&[&blob]).await;
    let columns = owned(&network.chain, &network.everyone, 6);
    network.backfill(6);
    let member = network.member(6);
    member.complete(1).await;
    assert!(member.has(&blob, columns));
    assert_eq!(member.columns_had("copy"), columns.len() as u64);
    assert_eq!(member.columns_had("repair"), 0);
    assert_eq!(member.proofs_had("copy"), columns.len() as u64);
    assert_eq!(member.proofs_had("made"), 0);

    network.stop(6).await;
    let asked = |network: &TestNetwork| -> usize {
        (0..6).map(|place| network.member(place).asked()).sum()
    };
    let before = asked(&network);
    assert!(before > 0);
    network.start(6, None).await;
    let saved = network.member(6).ledger.store().custody_progress().unwrap();
    assert_eq!((saved.owned, saved.complete_to), (columns, Height::new(1)));
    network.backfill(6);
    network.member(6).complete(1).await;
    // A complete blob is checked and left alone.
    network.order(&[]).await;
    network.member(6).complete(2).await;
    assert_eq!(asked(&network), before);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_too_few_hold_is_tried_again_until_more_do() {
    let mut network = TestNetwork::started(4, 4, &[0, 1, 3]).await;
    let blob = TestBlob::new(namespace("late"), 3, 1);
    network.hold(&network.chain, &blob, &[0]).await;
    network.order(&[&blob]).await;
    network.backfill(3);
    let columns = owned(&network.chain, &network.everyone, 3);
    let member = network.member(3);
    let mut status = member.backfill.as_ref().unwrap().status();
    let missing = columns.len() as u64;
    timeout(
        PATIENCE,
        status.wait_for(|status| status.missing == missing),
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!(status.borrow().complete_to, Height::GENESIS);
    // Another custodian gets its columns, so 64 are available.
    network.hold(&network.chain, &blob, &[1]).await;
    let status = member.complete(1).await;
    assert_eq!(status.missing, 0);
    assert!(member.has(&blob, columns));
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_alone_are_had_where_the_columns_are_held() {
    let mut network = TestNetwork::started(4, 4, &[0, 1, 2]).await;
    let blob = TestBlob::new(namespace("proofs"), 4, 2);
    network.hold(&network.chain, &blob, &[0, 1]).await;
    // Validator 2 has its columns from the dispersal, but their proofs were not pushed.
    let columns = owned(&network.chain, &network.everyone, 2);
    let store = network.member(2).ledger.store();
    store
        .put_columns(&blob.header, Height::new(90), blob.verified(columns))
        .unwrap();
    network.order(&[&blob]).await;
    network.backfill(2);
    let member = network.member(2);
    member.complete(1).await;
    assert!(member.has(&blob, columns));
    assert_eq!(member.columns_had("repair") + member.columns_had("copy"), 0);
    assert_eq!(member.proofs_had("made"), columns.len() as u64);
    network.shutdown().await;
}
