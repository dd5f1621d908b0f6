//! A node is ready when enough validators for a certificate are connected.

use super::*;
use crate::node::NotReady;

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_is_ready_with_two_others_of_four() {
    let mut network = TestNetwork::started(4, &[0]).await;
    let alone = network.node(0).ready();
    assert_eq!(
        alone,
        Err(NotReady::Quorum {
            reached: 1,
            total: 4
        })
    );
    network.start(1).await;
    network.start(2).await;
    for node in network.running() {
        timeout(PATIENCE, node.readiness().wait()).await.unwrap();
        assert_eq!(node.ready(), Ok(()));
    }
    let readiness = network.node(0).readiness().clone();
    network.shutdown().await;
    assert_eq!(readiness.check(), Err(NotReady::Stopping));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_no_validator_needs_three_of_four() {
    let network = TestNetwork::started(4, &[0, 1, 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let identity = weft_network::identity::Keypair::generate_ed25519();
    let path = folder.path().to_path_buf();
    let mut options = NodeOptions::new(network.chain.genesis.clone(), path, identity);
    options.bootstrap = network.addresses();
    let follower = Node::start(options).await.unwrap();
    timeout(PATIENCE, follower.readiness().wait())
        .await
        .unwrap();

    // It follows the chain too.
    let blob = network.chain.certified(1, 1, 1);
    follower.pool().submit(blob.clone()).await.unwrap();
    let hash = network.ordered(&blob).await;
    timeout(PATIENCE, await_ordered(follower.ledger(), blob.header.id()))
        .await
        .unwrap();
    assert_eq!(hash_at(&follower, Height::new(1)), hash);
    follower.shutdown().await;
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_no_set_yet_follows_and_counts_for_nothing() {
    let network = TestNetwork::started(4, &[0, 1, 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let identity = weft_network::identity::Keypair::generate_ed25519();
    let path = folder.path().to_path_buf();
    let mut options = NodeOptions::new(network.chain.genesis.clone(), path, identity);
    options.validator_key = Some(weft_chain::SecretKey::generate(&[99; 32]));
    options.orderer = OrdererConfig::solo(Duration::from_millis(20));
    let alone = Node::start(options).await.unwrap();
    assert_eq!(
        alone.ready(),
        Err(NotReady::Quorum {
            reached: 0,
            total: 4
        })
    );
    for address in network.addresses() {
        alone.network().dial(address).await.unwrap();
    }
    timeout(PATIENCE, alone.readiness().wait()).await.unwrap();
    let blob = network.chain.certified(1, 1, 1);
    network.node(0).pool().submit(blob.clone()).await.unwrap();
    let hash = network.ordered(&blob).await;
    timeout(PATIENCE, await_ordered(alone.ledger(), blob.header.id()))
        .await
        .unwrap();
    assert_eq!(hash_at(&alone, Height::new(1)), hash);
    alone.shutdown().await;
    network.shutdown().await;
}

#[tokio::test]
async fn a_validator_without_an_address_for_consensus_is_refused() {
    let network = TestNetwork::new(4);
    let path = network.folder(0).to_path_buf();
    let identity = network.chain.identities[0].clone();
    let mut options = NodeOptions::new(network.chain.genesis.clone(), path, identity);
    options.validator_key = Some(network.key(0));
    let error = Node::start(options).await.unwrap_err();
    assert_eq!(error.fault(), weft_encoding::Fault::Caller);
    assert!(
        error.to_string().contains("address to listen on"),
        "{error}"
    );
}
