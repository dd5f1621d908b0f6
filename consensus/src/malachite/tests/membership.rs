//! A node outside the set observes, and votes once a set that contains it is in force.

use std::sync::Arc;

use tokio::time::timeout;
use weft_chain::{
    CertificateBuilder, Height, SignedValidatorUpdate, ValidatorEntry, ValidatorIndex,
    ValidatorUpdate,
};

use super::network::{PATIENCE, TestNetwork, Validator, free_port};
use crate::Application;
use crate::malachite::MalachiteOrderer;

/// The update to these validators, signed by all of the genesis.
fn update(
    network: &TestNetwork,
    first_height: Height,
    validators: Vec<ValidatorEntry>,
) -> SignedValidatorUpdate {
    let genesis = &network.chain.genesis;
    let update = ValidatorUpdate {
        chain_id: genesis.chain_id,
        replaces: network.chain.set.root(),
        first_height,
        validators,
    };
    let mut builder =
        CertificateBuilder::update(&genesis.chain_id, update.id(), &network.chain.set);
    for (place, key) in network.chain.keys.iter().enumerate() {
        let signature = key.sign(builder.message());
        builder
            .add(ValidatorIndex::new(place).unwrap(), signature)
            .unwrap();
    }
    SignedValidatorUpdate {
        certificate: builder.build().unwrap(),
        update,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_follows_and_becomes_a_voter() {
    let network = TestNetwork::new(4);
    let mut nodes = network.start_all().await;
    nodes[0].base.reaches(Height::new(2)).await;

    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let (entry, key, identity) = network.newcomer(port);
    let public = key.public_key();
    let base = network
        .base_in(folder.path(), identity.clone(), key.clone())
        .await;
    let orderer = MalachiteOrderer::new(
        Arc::clone(&base.application) as Arc<dyn Application>,
        identity,
        key,
        network.config(folder.path(), port),
    );
    let newcomer = Validator::run(base, orderer.unwrap());
    let seen = nodes[0].base.head();
    newcomer.base.reaches(seen.saturating_add(3)).await;

    let first = nodes[0].base.head().saturating_add(15);
    let mut validators = network.chain.genesis.validators.clone();
    validators.push(entry);
    let signed = update(&network, first, validators);
    for node in &nodes {
        node.base.ledger.offer_update(signed.clone()).unwrap();
    }
    newcomer.base.reaches(first).await;
    let set = newcomer.base.ledger.validator_sets().at(first);
    assert_eq!(set.len(), 5);
    let own = set.index_of(&public).unwrap();

    // A quorum is four of five: with one gone, all others are needed, the newcomer too.
    nodes.pop().unwrap().stop().await;
    let voted = async {
        let mut height = first;
        loop {
            newcomer.base.reaches(height).await;
            let store = newcomer.base.ledger.store();
            let signed = store.signed_header(height).unwrap().unwrap();
            if signed.finality.signers.contains(own) {
                return height;
            }
            height = height.saturating_add(1);
        }
    };
    let voted = timeout(PATIENCE, voted).await.unwrap();
    let on = voted.saturating_add(3);
    newcomer.base.reaches(on).await;
    for node in &nodes {
        node.base.reaches(on).await;
        assert_eq!(node.base.hash(on), newcomer.base.hash(on));
    }
    newcomer.stop().await;
    for node in nodes {
        node.stop().await;
    }
}
