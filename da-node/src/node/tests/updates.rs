//! Updates of the validator set that peers offer and request.

use weft_chain::SignedValidatorUpdate;
use weft_network::{GetValidatorUpdate, OfferUpdate, Refusal, RequestError};
use weft_test_chain::TestChain;

use super::*;

/// The update that removes the last validator from block 1,000 on.
fn without_the_last(chain: &TestChain) -> (TestChain, SignedValidatorUpdate) {
    let staying: Vec<usize> = (0..chain.keys.len() - 1).collect();
    let next = chain.of(&staying);
    let update = chain.update(&next, 1000);
    (next, update)
}

/// Validator 0 offers an update to validator 1.
async fn offer(
    network: &TestNetwork,
    update: &SignedValidatorUpdate,
) -> Result<Result<(), Refusal>, RequestError> {
    let update = update.clone();
    let to = network.node(1).peer_id();
    let asking = network
        .node(0)
        .network()
        .request(to, OfferUpdate { update });
    timeout(PATIENCE, asking).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_update_is_taken_and_a_false_one_costs_the_peer_its_score() {
    let network = TestNetwork::started(4, &[0, 1]).await;
    let (_, update) = without_the_last(&network.chain);
    // Another first height than the signed one.
    let mut altered = update.clone();
    altered.update.first_height = Height::new(1001);
    altered.certificate.update_id = altered.update.id();
    // Honest, but stale: it replaces another set.
    let mut other = update.clone();
    other.update.replaces = weft_encoding::Digest::ZERO;

    let refused = offer(&network, &other).await.unwrap().unwrap_err();
    assert!(matches!(refused, Refusal::Invalid(_)), "{refused}");
    offer(&network, &update).await.unwrap().unwrap();
    offer(&network, &update).await.unwrap().unwrap();
    assert_eq!(network.node(1).ledger().offered_updates(), [update]);

    // One offence more than the score forgives within minutes.
    let mut last = Ok(Ok(()));
    for _ in 0..10 {
        last = offer(&network, &altered).await;
        match &last {
            Ok(Err(Refusal::Invalid(_))) => {}
            _ => break,
        }
    }
    assert!(last.is_err(), "banned: {last:?}");
    for node in network.running() {
        assert!(node.ledger().offered_updates().len() <= 1);
    }
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_update_that_brought_a_set_is_given_by_the_sets_root() {
    let network = TestNetwork::started(4, &[0, 1, 2]).await;
    let (next, update) = without_the_last(&network.chain);
    let ask = async |root| {
        let peer = network.node(1).peer_id();
        let request = GetValidatorUpdate { root };
        let asking = network.node(0).network().request(peer, request);
        timeout(PATIENCE, asking).await.unwrap().unwrap()
    };
    let refused = ask(next.set.root()).await.unwrap_err();
    assert_eq!(refused, Refusal::Unknown);
    for place in 0..3 {
        let ledger = network.node(place).ledger().clone();
        let update = update.clone();
        let offered = tokio::task::spawn_blocking(move || ledger.offer_update(update));
        offered.await.unwrap().unwrap();
    }
    let ledger = network.node(1).ledger();
    let mut changes = ledger.validator_sets().changes();
    let scheduled = async {
        while ledger.validator_sets().by_root(&next.set.root()).is_none() {
            changes.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, scheduled).await.expect("a block with it");
    assert_eq!(ask(next.set.root()).await, Ok(update));
    // No update introduced the genesis set.
    let first = ask(network.chain.set.root()).await.unwrap_err();
    assert_eq!(first, Refusal::Unknown);
    network.shutdown().await;
}
