//! Finding peers and keeping them.

use weft_network::{AddressError, DialError, identity};

use crate::messages::*;
use crate::node::*;

#[tokio::test(flavor = "multi_thread")]
async fn full_nodes_find_each_other_through_a_third() {
    let seed = Node::start(config());
    let bootstrap = vec![seed.address().await];
    let one = Node::start(config().with_bootstrap(bootstrap.clone()));
    let two = Node::start(config_on(Transport::Quic).with_bootstrap(bootstrap));
    for node in [&one, &two] {
        node.wait_connected(seed.peer()).await;
    }
    one.wait_connected(two.peer()).await;
    two.wait_connected(one.peer()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_peer_is_dialled_until_it_is_there_and_again_when_it_is_lost() {
    let keypair = identity::Keypair::generate_ed25519();
    let mut seed = Node::start_as(config(), keypair.clone());
    let address = seed.address().await;
    seed.shutdown.cancel();
    soon("shutdown", &mut seed.task).await.unwrap();

    let node = Node::start(hidden_config().with_bootstrap(vec![address.clone()]));
    until("a failed dial", || {
        node.metric("dial_failures_total", &[]) != 0.0
    })
    .await;
    let mut listen = address;
    listen.pop();
    for _ in 0..2 {
        let again = config().with_listen(vec![listen.clone()]);
        let mut seed = Node::start_as(again, keypair.clone());
        node.wait_connected(seed.peer()).await;
        seed.wait_connected(node.peer()).await;
        seed.shutdown.cancel();
        soon("shutdown", &mut seed.task).await.unwrap();
        node.wait_disconnected(seed.peer()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_to_be_kept_later_is_dialled_and_dialled_again_when_it_is_lost() {
    let keypair = identity::Keypair::generate_ed25519();
    let mut kept = Node::start_as(config(), keypair.clone());
    let address = kept.address().await;
    let node = Node::start(hidden_config());
    let own = format!("/ip4/127.0.0.1/tcp/1/p2p/{}", node.peer());
    let nameless = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let error = node
        .handle
        .keep_connected(vec![address.clone(), nameless])
        .await
        .unwrap_err();
    assert!(
        matches!(error, DialError::Address(AddressError::NoPeerId { .. })),
        "{error}"
    );
    node.handle
        .keep_connected(vec![own.parse().unwrap(), address.clone()])
        .await
        .unwrap();
    node.wait_connected(kept.peer()).await;
    // Once more changes nothing, and the peer is still wanted when it has gone and come back.
    node.handle
        .keep_connected(vec![address.clone()])
        .await
        .unwrap();
    kept.shutdown.cancel();
    soon("shutdown", &mut kept.task).await.unwrap();
    node.wait_disconnected(kept.peer()).await;
    let mut listen = address;
    listen.pop();
    let again = config().with_listen(vec![listen]);
    let kept = Node::start_as(again, keypair);
    node.wait_connected(kept.peer()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_reaches_a_peer_known_by_address_only_and_survives_its_restart() {
    let keypair = identity::Keypair::generate_ed25519();
    let mut server = Node::start_as(config(), keypair.clone());
    let client = Node::start(hidden_config());
    let address = server.address().await;
    client
        .handle
        .add_address(server.peer(), address.clone())
        .unwrap();
    let serving = server.serve();
    soon(
        "a reply",
        client.handle.request(server.peer(), get_status()),
    )
    .await
    .unwrap();
    server.shutdown.cancel();
    soon("shutdown", &mut server.task).await.unwrap();
    serving.abort();
    client.wait_disconnected(server.peer()).await;
    // A dial in vain must not make the address forgotten.
    assert!(
        soon(
            "failure",
            client.handle.request(server.peer(), get_status())
        )
        .await
        .is_err()
    );
    let mut listen = address;
    listen.pop();
    let again = config().with_listen(vec![listen]);
    let mut server = Node::start_as(again, keypair);
    let serving = server.serve();
    soon(
        "a reply",
        client.handle.request(server.peer(), get_status()),
    )
    .await
    .unwrap();
    serving.abort();
}
