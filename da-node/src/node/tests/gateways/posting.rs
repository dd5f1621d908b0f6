//! Posts, also ones that are cut short.

use tokio::time::timeout;
use weft_chain::BlockBody;
use weft_encoding::Fault;
use weft_gateway::{DispersalError, PostError, Route};
use weft_ledger::testing::{await_ordered, build_on};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_posted_once_and_read_through_a_gateway_that_holds_nothing() {
    let network = TestNetwork::started(0..=5).await;
    let mut events = network.gateway().events();
    let batch = batch(1, rows(2) - 7);
    let gateway = network.gateway();
    let (first, second) = tokio::join!(
        gateway.post(request(&batch, Wait::Ordered)),
        gateway.post(request(&batch, Wait::Certified)),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    let blob_id = first.receipt.blob_id;
    assert_eq!(second.receipt.blob_id, blob_id);
    assert!(first.known != second.known, "one of them did the work");
    assert!(first.receipt.ordered.is_some());

    phase(&mut events, |phase| *phase == Phase::CellProofs).await;
    let mut coded = 0;
    let mut events = gateway.events();
    let again = gateway.post(request(&batch, Wait::Ordered)).await.unwrap();
    assert!(again.known && again.receipt.kzg_proofs.is_some());
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event.phase, Phase::Dispersed { .. }));
        coded += usize::from(event.phase == Phase::Coded);
    }
    assert_eq!(coded, 1, "the id is known only after coding");

    let reader = network.node(GATEWAY + 1);
    timeout(PATIENCE, await_ordered(reader.ledger(), blob_id))
        .await
        .unwrap();
    let read = reader.gateway().unwrap().read(blob_id).await.unwrap();
    assert_eq!(read.batch.unwrap(), batch);
    assert_eq!(read.route, Route::Columns);
    assert_eq!(read.fetched_bytes, 64 * 2 * 2048);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_four_down_certifies_and_reads_and_two_down_name_the_stake() {
    let mut network = TestNetwork::new();
    network.config.certify_deadline = Duration::from_secs(3);
    network.config.max_posts = std::num::NonZeroUsize::MIN;
    for place in [0, 1, 2, GATEWAY] {
        network.start(place).await;
    }
    let certified = batch(2, 1000);
    let posted = network
        .gateway()
        .post(request(&certified, Wait::Ordered))
        .await
        .unwrap();
    let blob_id = posted.receipt.blob_id;
    let read = network.gateway().read(blob_id).await.unwrap();
    assert_eq!(read.batch.unwrap(), certified);

    network.stop(2).await;
    let gateway = network.gateway();
    let mut events = gateway.events();
    let lonely = request(&batch(3, 1000), Wait::Certified);
    let posting = tokio::spawn({
        let (gateway, request) = (gateway.clone(), lonely.clone());
        async move { gateway.post(request).await }
    });
    phase(&mut events, |phase| *phase == Phase::Coded).await;
    let busy = gateway.post(request(&certified, Wait::Certified)).await;
    assert!(matches!(busy, Err(PostError::Busy { max: 1 })), "{busy:?}");

    let error = posting.await.unwrap().unwrap_err();
    assert_eq!(error.fault(), Fault::Retry);
    assert!(error.to_string().contains("2 of 4 stake"), "{error}");
    let PostError::Dispersal(DispersalError::TooFewSignatures {
        signed,
        total,
        failures,
        ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((signed, total, failures.len()), (2, 4, 2));

    // Two of the three holders have 64 columns between them; nothing of the other post is left.
    let read = gateway.read(blob_id).await.unwrap();
    assert_eq!(read.batch.unwrap(), certified);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_is_late_still_gets_its_columns_and_then_their_proofs() {
    let mut network = TestNetwork::started([0, 1, 2, GATEWAY]).await;
    let request = request(&batch(8, 1000), Wait::Certified);
    let posted = network.gateway().post(request).await.unwrap();
    let blob_id = posted.receipt.blob_id;
    network.start(3).await;
    let owned = network.assignment().columns_of(index(3));
    let store = network.node(3).store();
    until("the columns", || {
        store.held_columns(&blob_id).unwrap() == owned
    })
    .await;
    until("their proofs", || has_proofs(&network, 3, blob_id)).await;
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_does_not_stop_its_post() {
    let network = TestNetwork::started([0, 1, 2, 3, GATEWAY]).await;
    let gateway = network.gateway().clone();
    let mut events = gateway.events();
    let request = request(&batch(4, 1000), Wait::Ordered);
    let posting = tokio::spawn({
        let (gateway, request) = (gateway.clone(), request.clone());
        async move { gateway.post(request).await }
    });
    // The post's task has started by its first event; the caller disconnects before its last.
    let blob_id = phase(&mut events, |phase| *phase == Phase::Coded)
        .await
        .blob_id;
    posting.abort();
    timeout(
        PATIENCE,
        await_ordered(network.node(GATEWAY).ledger(), blob_id),
    )
    .await
    .unwrap();
    assert!(gateway.post(request).await.unwrap().known);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_does_not_take_is_refused_before_anything_is_sent() {
    let mut network = TestNetwork::new();
    network.chain.genesis.max_block_rows = 1;
    network.start(GATEWAY).await;
    let refused = network
        .gateway()
        .post(request(&batch(5, rows(1) + 1), Wait::Certified))
        .await;
    let error = refused.unwrap_err();
    assert!(
        matches!(error, PostError::TooManyRows { rows: 2, max: 1 }),
        "{error}"
    );
    let error = network
        .gateway()
        .post(request(&Bytes::new(), Wait::Certified))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Caller);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_expired_unordered_is_made_anew() {
    let mut network = TestNetwork::started([0, 1, 2, 3]).await;
    let blob = TestBlob::new(namespace("gateway"), 6, 1);
    let batch = Bytes::from(batch_of(&blob));
    // Block 1 is decided, and with it the certificate expires.
    network
        .order(&[TestBlob::new(namespace("other"), 7, 1)])
        .await;
    network.start(GATEWAY).await;
    let node = network.node(GATEWAY);
    until("block 1", || node.ledger().head().height == Height::new(1)).await;
    let expired = network.chain.certify(&blob.header, Height::new(1));
    node.store().put_certified(&expired).unwrap();

    let posted = timeout(
        PATIENCE,
        network.gateway().post(request(&batch, Wait::Ordered)),
    );
    let posted = posted.await.unwrap().unwrap();
    assert!(!posted.known);
    assert_eq!(posted.receipt.blob_id, blob.header.id());
    assert!(posted.receipt.certificate.expiry > Height::new(1));
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_straddles_a_change_of_the_set_is_certified_by_the_new_one() {
    let mut network = TestNetwork::new();
    network.config.old_set_patience = Duration::from_millis(100);
    for place in [2, 3, GATEWAY] {
        network.start(place).await;
    }
    let gateway = network.gateway().clone();
    let mut events = gateway.events();
    let request = request(&batch(9, 1000), Wait::Ordered);
    let posting = tokio::spawn(async move { gateway.post(request).await });
    // Two of four have signed, and the others do not come back.
    let two = |phase: &Phase| matches!(phase, Phase::Dispersed { signed: 2, of: 4 });
    phase(&mut events, two).await;

    let next = network.chain.of(&[2, 3]);
    let update = Some(network.chain.update(&next, 2));
    let ledger = network.node(2).ledger();
    let (head, blobs) = (ledger.head(), Vec::new());
    let body = BlockBody { blobs, update };
    let block = build_on(ledger.rules(), &head, head.time + 1, body);
    let finality = network.chain.finalise(&block, &[0, 1, 2, 3]);
    for node in network.running() {
        let (block, finality) = (block.clone(), finality.clone());
        node.ledger().commit(block, finality).await.unwrap();
    }
    let posted = timeout(PATIENCE, posting).await.unwrap().unwrap().unwrap();
    let root = posted.receipt.certificate.validator_set_root;
    assert_eq!(root, next.set.root());
    assert!(posted.receipt.ordered.is_some());
    network.shutdown().await;
}
