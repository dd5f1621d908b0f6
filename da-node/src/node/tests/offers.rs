//! An update that one node accepted reaches the proposer and takes effect on all nodes.

use weft_chain::ValidatorUpdate;
use weft_test_chain::TestChain;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_update_given_to_a_follower_is_in_a_block_soon() {
    let network = TestNetwork::started(4, &[0, 1, 2, 3]).await;
    let folder = tempfile::tempdir().unwrap();
    let identity = weft_network::identity::Keypair::generate_ed25519();
    let path = folder.path().to_path_buf();
    let mut options = NodeOptions::new(network.chain.genesis.clone(), path, identity);
    options.bootstrap = network.addresses();
    let follower = Node::start(options).await.unwrap();
    timeout(PATIENCE, follower.readiness().wait())
        .await
        .unwrap();

    let mut validators = network.chain.genesis.validators.clone();
    validators.extend(TestChain::new(5).genesis.validators.pop());
    let update = ValidatorUpdate {
        validators,
        ..network.chain.unsigned_update(&network.chain, 2)
    };
    let next = update.validator_set().unwrap();
    let signed = network.chain.sign_update(update, &[1, 2, 3]);
    let ledger = follower.ledger().clone();
    tokio::task::spawn_blocking(move || ledger.offer_update(signed))
        .await
        .unwrap()
        .unwrap();

    for node in network.running().chain([&follower]) {
        let mut head = node.ledger().watch_head();
        timeout(
            PATIENCE,
            head.wait_for(|head| head.height >= Height::new(1)),
        )
        .await
        .unwrap()
        .unwrap();
        let ledger = node.ledger();
        assert_eq!(ledger.validator_sets().at(Height::new(2)), next);
        assert_eq!(ledger.directory().iter().count(), 5);
        assert!(ledger.offered_updates().is_empty());
    }
    follower.shutdown().await;
    network.shutdown().await;
}
