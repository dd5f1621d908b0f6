//! Nodes agree, go on without one, and catch up.

use std::sync::Arc;

use arc_malachitebft_app::types::core::ExtendedCommitCertificate;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weft_chain::Height;
use weft_ledger::testing::await_ordered;

use super::network::{PATIENCE, TestNetwork, Validator, free_port, on_port};
use crate::malachite::codec::Wire;
use crate::malachite::{MalachiteError, MalachiteOrderer, WeftContext};
use crate::{Application, Orderer as _, OrdererError};

/// Asserts that all nodes have the same blocks.
pub(super) fn agree(nodes: &[&Validator], up_to: Height) {
    for height in (1..=up_to.get()).map(Height::new) {
        let hashes: Vec<_> = nodes.iter().map(|node| node.base.hash(height)).collect();
        assert!(
            hashes.windows(2).all(|pair| pair[0] == pair[1]),
            "at {height}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_nodes_agree_on_blocks_with_blobs() {
    let network = TestNetwork::new(4);
    let nodes = network.start_all().await;
    let blob = network.chain.certified(1, 1, 2);
    let id = blob.header.id();
    for node in &nodes {
        node.base.pool.submit(blob.clone()).await.unwrap();
    }
    let mut top = Height::new(5);
    for node in &nodes {
        let ordered = timeout(PATIENCE, await_ordered(&node.base.ledger, id)).await;
        top = top.max(ordered.unwrap().height);
    }
    for node in &nodes {
        node.base.reaches(top).await;
    }
    agree(&nodes.iter().collect::<Vec<_>>(), top);

    // Every block has both proofs: the one for light clients, and the one for peers.
    let store = nodes[0].base.ledger.store();
    for height in (1..=top.get()).map(Height::new) {
        let signed = store.signed_header(height).unwrap().unwrap();
        let set = nodes[0].base.ledger.validator_sets().at(height);
        let chain_id = &network.chain.genesis.chain_id;
        signed.finality.verify(chain_id, &set).unwrap();
        let proof = store.commit_proof(height).unwrap().unwrap();
        let proof = ExtendedCommitCertificate::<WeftContext>::from_wire(&proof).unwrap();
        assert_eq!(proof.value_id, signed.header.hash());
        assert_eq!(proof.round.as_u32(), Some(signed.finality.round));
    }
    for node in nodes {
        assert_eq!(node.base.ledger.store().evidence_count().unwrap(), 0);
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stopped_the_rest_goes_on_and_it_catches_up() {
    let network = TestNetwork::new(4);
    let mut nodes = network.start_all().await;
    for node in &nodes {
        node.base.reaches(Height::new(2)).await;
    }
    let stopped = nodes.pop().unwrap();
    let at = stopped.base.head();
    assert!(stopped.base.blocks("decided") >= 2.0);
    stopped.stop().await;
    let on = at.saturating_add(20);
    nodes[0].base.reaches(on).await;
    assert_eq!(nodes[0].base.blocks("synced"), 0.0);
    // On the same port, in the same process, with the same log.
    let back = network.start(3).await;
    back.base.reaches(on).await;
    agree(&[&nodes[0], &back], on);
    // Blocks decided while it was away came from peers, and none is counted twice.
    let (decided, synced) = (back.base.blocks("decided"), back.base.blocks("synced"));
    assert!(synced >= 10.0, "{decided} decided, {synced} synced");
    assert!(
        decided + synced >= 20.0,
        "{decided} decided, {synced} synced"
    );
    // It votes again: without it and one other there is no quorum.
    nodes.pop().unwrap().stop().await;
    let on = back.base.head().saturating_add(5);
    back.base.reaches(on).await;
    nodes[0].base.reaches(on).await;
    agree(&[&nodes[0], &nodes[1], &back], nodes[1].base.head().min(on));
    back.stop().await;
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_four_decide_nothing_and_fork_nothing() {
    let network = TestNetwork::new(4);
    let mut nodes = network.start_all().await;
    nodes[0].base.reaches(Height::new(2)).await;
    let fourth = nodes.pop().unwrap();
    fourth.stop().await;
    let third = nodes.pop().unwrap();
    third.stop().await;
    // A height in progress may still be decided, but no later one.
    let still = async {
        loop {
            let (first, second) = (nodes[0].base.head(), nodes[1].base.head());
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            if (nodes[0].base.head(), nodes[1].base.head()) == (first, second) {
                return first.max(second);
            }
        }
    };
    let top = timeout(PATIENCE, still).await.unwrap();
    let third = network.start(2).await;
    let on = top.saturating_add(3);
    for node in nodes.iter().chain([&third]) {
        node.base.reaches(on).await;
    }
    agree(&[&nodes[0], &nodes[1], &third], on);
    third.stop().await;
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_ends_the_engine_with_an_error() {
    let network = TestNetwork::new(1);
    let base = network.base(0).await;
    let taken = std::net::TcpListener::bind(("127.0.0.1", free_port())).unwrap();
    let address = on_port(taken.local_addr().unwrap().port());
    let folder = tempfile::tempdir().unwrap();
    let mut config = network.config(folder.path(), 1);
    config.listen = address;
    let orderer = MalachiteOrderer::new(
        Arc::clone(&base.application) as Arc<dyn Application>,
        network.chain.identities[0].clone(),
        network.chain.keys[0].clone(),
        config.clone(),
    );
    let run = Arc::new(orderer.unwrap()).run(CancellationToken::new());
    let error = timeout(PATIENCE, run).await.unwrap().unwrap_err();
    let OrdererError::Malachite(error) = error else {
        panic!("{error}");
    };
    assert!(matches!(error, MalachiteError::Bind { .. }), "{error}");

    config.listen = "/ip4/127.0.0.1".parse().unwrap();
    let refused = MalachiteOrderer::new(
        Arc::clone(&base.application) as Arc<dyn Application>,
        network.chain.identities[0].clone(),
        network.chain.keys[0].clone(),
        config,
    );
    let refused = refused.unwrap_err();
    assert!(refused.to_string().contains("/ip4/127.0.0.1:"), "{refused}");
    base.stop().await;
}
