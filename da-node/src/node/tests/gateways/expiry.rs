//! Posts of a batch whose certificate or retention ends.

use weft_chain::Block;
use weft_encoding::Fault;
use weft_gateway::PostError;
use weft_ledger::store::Store;

use super::*;

const TIME: u64 = 1_700_000_100_000;

/// A retention of 8 blocks: the slack is 4, and a blob may be ordered again with 3 blocks left.
fn short_lived() -> TestNetwork {
    let mut network = TestNetwork::new();
    network.chain.genesis.retention_blocks = 8;
    network
}

/// Decides empty blocks up to this height on all running nodes.
async fn pass(network: &TestNetwork, height: u64) {
    let some = network.running().next().unwrap().ledger();
    while some.head().height < Height::new(height) {
        decide(network, Vec::new()).await;
    }
}

/// Decides a block with these blobs on all running nodes.
async fn decide(network: &TestNetwork, blobs: Vec<CertifiedBlob>) {
    let some = network.running().next().unwrap().ledger();
    let block = network.chain.block_on(&some.head(), TIME, blobs);
    let finality = network.chain.finalise(&block, &[0, 1, 2, 3]);
    for node in network.running() {
        let (block, finality) = (block.clone(), finality.clone());
        node.ledger().commit(block, finality).await.unwrap();
    }
}

/// Waits until all running nodes have the gateway's head.
async fn level(network: &TestNetwork) {
    let height = network.node(GATEWAY).ledger().head().height;
    until("the same head", || {
        let mut nodes = network.running();
        nodes.all(|node| node.ledger().head().height == height)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_content_can_be_posted_and_ordered_again() {
    let mut network = short_lived();
    for place in [0, 1, 2, 3, GATEWAY] {
        network.start(place).await;
    }
    let batch = batch(11, 1000);
    let post = |wait| network.gateway().post(request(&batch, wait));
    let first = post(Wait::Ordered).await.unwrap();
    let id = first.receipt.blob_id;
    assert_eq!(first.receipt.certificate.expiry, Height::new(9));

    // While more than half of the retention is left, the post is answered from the store.
    level(&network).await;
    pass(&network, 4).await;
    let known = post(Wait::Ordered).await.unwrap();
    assert!(known.known);
    assert_eq!(known.receipt.certificate, first.receipt.certificate);

    // From block 6 on it is certified again; the block that orders it has the new certificate.
    pass(&network, 5).await;
    let renewed = post(Wait::Certified).await.unwrap();
    assert!(!renewed.known);
    assert_eq!(renewed.receipt.blob_id, id);
    assert_eq!(renewed.receipt.certificate.expiry, Height::new(14));
    let again = post(Wait::Ordered).await.unwrap();
    assert!(again.known);
    assert_eq!(again.receipt.certificate, renewed.receipt.certificate);
    let height = |ordered: Option<weft_gateway::Ordered>| ordered.unwrap().location.height;
    assert_eq!(height(again.receipt.ordered), Height::new(6));
    let receipt = network.gateway().receipt(id).await.unwrap().unwrap();
    assert_eq!(receipt.certificate, renewed.receipt.certificate);
    level(&network).await;
    for place in 0..GATEWAY {
        let expiry = network.node(place).store().expiry(&id).unwrap();
        assert_eq!(expiry, Some(Height::new(14)));
    }

    // The same holds long after it has expired.
    pass(&network, 30).await;
    let revived = post(Wait::Ordered).await.unwrap();
    assert!(!revived.known);
    assert_eq!(revived.receipt.certificate.expiry, Height::new(39));
    assert_eq!(height(revived.receipt.ordered), Height::new(31));
    assert_eq!(
        network.gateway().read(id).await.unwrap().batch,
        Ok(batch.to_vec())
    );
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poster_hears_of_a_certificate_that_waited_too_long_for_its_block() {
    let mut network = short_lived();
    // Only validator 0 proposes, and it is offline.
    for place in [1, 2, 3, GATEWAY] {
        network.start(place).await;
    }
    let gateway = network.gateway().clone();
    let mut events = gateway.events();
    let request = |wait| request(&batch(12, 1000), wait);
    let posting = tokio::spawn({
        let (gateway, request) = (gateway.clone(), request(Wait::Ordered));
        async move { gateway.post(request).await }
    });
    phase(&mut events, |phase| *phase == Phase::Certified).await;
    // The certificate expires at 9; block 5 is the last that may include it.
    pass(&network, 4).await;
    assert!(!posting.is_finished());
    let waiting = gateway.post(request(Wait::Certified)).await.unwrap();
    assert!(waiting.known);
    pass(&network, 5).await;
    let error = timeout(PATIENCE, posting).await.unwrap().unwrap();
    let error = error.unwrap_err();
    assert!(matches!(error, PostError::Lapsed { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Retry);
    let node = network.node(GATEWAY);
    until("the pool to drop it", || {
        node.store().pending().unwrap().is_empty()
    })
    .await;

    // The same post is certified again, and ordered once the proposer is back.
    let anew = gateway.post(request(Wait::Certified)).await.unwrap();
    assert!(!anew.known);
    assert_eq!(anew.receipt.certificate.expiry, Height::new(14));
    network.start(0).await;
    let gateway = network.gateway();
    let ordered = timeout(PATIENCE, gateway.post(request(Wait::Ordered)));
    let ordered = ordered.await.unwrap().unwrap();
    assert_eq!(ordered.receipt.certificate, anew.receipt.certificate);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_ordered_at_the_last_height_is_ordered() {
    let mut network = short_lived();
    for place in [1, 2, 3, GATEWAY] {
        network.start(place).await;
    }
    let gateway = network.gateway().clone();
    let mut events = gateway.events();
    let request = request(&batch(15, 1000), Wait::Ordered);
    let posting = tokio::spawn(async move { gateway.post(request).await });
    phase(&mut events, |phase| *phase == Phase::Certified).await;
    pass(&network, 4).await;
    let blobs = network.node(GATEWAY).store().pending().unwrap();
    decide(&network, blobs.clone()).await;
    let posted = timeout(PATIENCE, posting).await.unwrap().unwrap().unwrap();
    assert_eq!(posted.receipt.certificate, blobs[0].certificate);
    assert_eq!(
        posted.receipt.ordered.unwrap().location.height,
        Height::new(5)
    );
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cell_proofs_of_a_short_lived_blob_are_pushed_for_the_others_of_its_block() {
    let mut network = short_lived();
    for place in 0..GATEWAY {
        network.start(place).await;
    }
    let (short, long) = (
        TestBlob::new(namespace("short"), 13, 1),
        TestBlob::new(namespace("long"), 14, 1),
    );
    let assignment = network.assignment();
    for place in 0..GATEWAY {
        let columns = short.verified(assignment.columns_of(index(place)));
        let store = network.node(place).store();
        store
            .put_columns(&short.header, Height::new(5), columns)
            .unwrap();
    }
    let certified =
        |blob: &TestBlob, expiry| network.chain.certify(&blob.header, Height::new(expiry));
    decide(&network, vec![certified(&short, 5), certified(&long, 13)]).await;
    pass(&network, 8).await;

    // The disk of a gateway that posted the blob and was offline until block 8.
    let path = network.folders[GATEWAY].path().join("weft.redb");
    let store = Store::open(&path, &network.chain.genesis).unwrap();
    let id = short.header.id();
    store.put_spool(&id, short.coded.rows()).unwrap();
    for height in (1..=8).map(Height::new) {
        let decided = network.node(0).store();
        let signed = decided.signed_header(height).unwrap().unwrap();
        let block = Block {
            header: signed.header,
            body: decided.body(height).unwrap().unwrap(),
        };
        store.commit_block(&block, &signed.finality).unwrap();
    }
    drop(store);
    network.start(GATEWAY).await;
    for place in 0..GATEWAY {
        until("proofs", || has_proofs(&network, place, id)).await;
    }
    network.shutdown().await;
}
