//! Blocks are ordered: by all validators, with one missing, across restarts.

use tokio::time::{sleep, timeout};
use weft_chain::Block;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn four_validators_order_a_blob_from_any_of_them() {
    let network = TestNetwork::started(4, &[0, 1, 2, 3]).await;
    let blobs: Vec<_> = (0u8..4)
        .map(|seed| network.chain.certified(seed, seed, 2))
        .collect();
    for (index, blob) in blobs.iter().enumerate() {
        network
            .node(index)
            .pool()
            .submit(blob.clone())
            .await
            .unwrap();
    }
    for blob in &blobs {
        network.ordered(blob).await;
    }
    for node in network.running() {
        timeout(PATIENCE, node.pool().watch().wait_for(|count| *count == 0))
            .await
            .unwrap()
            .unwrap();
    }
    // No blob is ordered twice: all blocks together have as many entries as there are blobs.
    let node = network.node(1);
    let head = node.ledger().head().height.get();
    let entries: usize = (1..=head)
        .map(|height| {
            node.store()
                .body(Height::new(height))
                .unwrap()
                .unwrap()
                .blobs
                .len()
        })
        .sum();
    assert_eq!(entries, blobs.len());
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_four_down_still_orders_and_the_fourth_catches_up() {
    let mut network = TestNetwork::started(4, &[0, 1, 2]).await;
    let blobs: Vec<_> = (0u8..3)
        .map(|seed| network.chain.certified(1, seed, 1))
        .collect();
    let mut hashes = Vec::new();
    for blob in &blobs {
        network.node(1).pool().submit(blob.clone()).await.unwrap();
        hashes.push(network.ordered(blob).await);
    }
    network.start(3).await;
    for (blob, hash) in blobs.iter().zip(hashes) {
        assert_eq!(network.ordered(blob).await, hash);
    }
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_of_four_down_nothing_is_decided_until_one_is_back() {
    let mut network = TestNetwork::started(4, &[0, 1]).await;
    let blob = network.chain.certified(1, 1, 1);
    network.node(1).pool().submit(blob.clone()).await.unwrap();
    let proposed = kept_proposal(&network).await;
    assert_eq!(network.node(0).ledger().head().height, Height::new(0));
    network.start(2).await;
    assert_eq!(network.ordered(&blob).await, proposed.header.hash());
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_proposer_continues() {
    let mut network = TestNetwork::started(4, &[0, 1, 2, 3]).await;
    let first = network.chain.certified(1, 1, 1);
    network.node(2).pool().submit(first.clone()).await.unwrap();
    let hash = network.ordered(&first).await;

    network.stop(0).await;
    network.start(0).await;
    let second = network.chain.certified(1, 2, 1);
    network.node(0).pool().submit(second.clone()).await.unwrap();
    network.ordered(&second).await;
    assert_eq!(hash_at(network.node(0), Height::new(1)), hash);
    assert_eq!(network.node(0).ledger().head().height, Height::new(2));
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposer_that_stopped_in_a_vote_proposes_the_same_header_again() {
    let mut network = TestNetwork::started(4, &[0, 1]).await;
    let first = network.chain.certified(1, 1, 1);
    network.node(0).pool().submit(first.clone()).await.unwrap();
    let proposed = kept_proposal(&network).await;
    // Validator 1 locks the header; two of four are no quorum.
    timeout(PATIENCE, async {
        while network
            .node(1)
            .store()
            .vote_lock(Height::new(1), 0)
            .unwrap()
            .is_none()
        {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    network.stop(0).await;
    network.start(0).await;
    // More blobs are pending now; the block of height 1 must not change.
    let second = network.chain.certified(2, 2, 1);
    network.node(0).pool().submit(second.clone()).await.unwrap();
    network.start(2).await;
    assert_eq!(network.ordered(&first).await, proposed.header.hash());
    network.ordered(&second).await;
    assert_eq!(
        hash_at(network.node(1), Height::new(1)),
        proposed.header.hash()
    );
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_network_restarted_orders_what_was_pending() {
    let mut network = TestNetwork::started(4, &[3]).await;
    let blob = network.chain.certified(1, 1, 1);
    network.node(3).pool().submit(blob.clone()).await.unwrap();
    network.stop(3).await;
    for index in [3, 0, 1, 2] {
        network.start(index).await;
    }
    network.ordered(&blob).await;
    network.shutdown().await;
}

/// Waits until validator 0 has stored its proposal.
async fn kept_proposal(network: &TestNetwork) -> Block {
    let store = network.node(0).store();
    timeout(PATIENCE, async {
        loop {
            if let Some(block) = store.proposals(Height::new(1)).unwrap().pop() {
                return block;
            }
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("a proposal in time")
}
