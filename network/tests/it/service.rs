//! Starting, stopping, and what operators see.

use tokio_util::sync::CancellationToken;
use weft_encoding::Fault;
use weft_network::{
    AddressError, DialError, Network, NetworkConfig, NetworkError, PeerId, PublishError,
    RequestError, identity,
};
use weft_test_chain::unsigned_header;

use crate::messages::*;
use crate::node::*;

fn start_error(config: NetworkConfig) -> NetworkError {
    let keypair = identity::Keypair::generate_ed25519();
    Network::start(config, keypair, CancellationToken::new()).expect_err("it must not start")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_listeners_say_their_actual_ports() {
    let mut config = config();
    config
        .listen
        .push("/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap());
    let node = Node::start(config);
    let addresses = soon("listening", node.handle.listen_addrs()).await;
    assert_eq!(addresses.len(), 2, "{addresses:?}");
    for address in addresses {
        assert_eq!(
            weft_network::peer_of(&address),
            Ok(node.peer()),
            "{address}"
        );
        assert!(!address.to_string().contains("/0"), "{address}");
    }
    let silent = Node::start(hidden_config());
    assert!(
        soon("listening", silent.handle.listen_addrs())
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_why() {
    let bare = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let error = start_error(config().with_bootstrap(vec![bare]));
    assert!(
        matches!(
            error,
            NetworkError::Bootstrap(AddressError::NoPeerId { .. })
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Caller);

    let odd = "/ip4/127.0.0.1/udp/1".parse().unwrap();
    let error = start_error(config().with_listen(vec![odd]));
    assert!(matches!(error, NetworkError::Listen { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Local);

    let mut config = config();
    config.limits.inbound_per_peer = usize_nz(4096);
    let error = start_error(config);
    assert!(
        matches!(
            error,
            NetworkError::Limit {
                name: "inbound_per_peer",
                value: 4096,
                ..
            }
        ),
        "{error}"
    );

    let node = Node::start(self::config());
    let error = start_error(self::config().with_registry(node.registry().clone()));
    assert!(matches!(error, NetworkError::Metrics(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_ends_everything() {
    let mut server = Node::start(config());
    let mut client = Node::start(config());
    client.connect(&server).await;
    let (peer, handle) = (server.peer(), client.handle.clone());
    let asking = tokio::spawn(async move { handle.request(peer, get_status()).await });
    let _kept = server.next_request().await;
    client.shutdown.cancel();
    soon("the task", &mut client.task).await.unwrap();
    let error = soon("the request", asking).await.unwrap().unwrap_err();
    assert!(matches!(error, RequestError::Closed), "{error}");
    assert_eq!(error.fault(), Fault::Local);
    let error = client.handle.request(peer, get_status()).await.unwrap_err();
    assert!(matches!(error, RequestError::Closed), "{error}");
    let error = client
        .handle
        .publish_header(unsigned_header(1))
        .await
        .unwrap_err();
    assert!(matches!(error, PublishError::Closed), "{error}");
    let error = client
        .handle
        .dial(server.address().await)
        .await
        .unwrap_err();
    assert!(matches!(error, DialError::Closed), "{error}");
    soon("the end of events", async {
        while client.events.recv().await.is_some() {}
    })
    .await;
    server.wait_disconnected(client.peer()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_another_peer_are_refused() {
    let node = Node::start(config());
    let address = node.address().await;
    let other = PeerId::random();
    let error = node.handle.add_address(other, address).unwrap_err();
    assert!(
        matches!(error, AddressError::OtherPeer { peer, .. } if peer == other),
        "{error}"
    );
    let bare = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let error = node.handle.dial(bare).await.unwrap_err();
    assert!(
        matches!(error, DialError::Address(AddressError::NoPeerId { .. })),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_name_no_peers() {
    let mut server = Node::start(config());
    let client = Node::start(config());
    client.connect(&server).await;
    let serving = server.serve();
    soon(
        "a reply",
        client.handle.request(server.peer(), get_status()),
    )
    .await
    .unwrap();
    until("the gauges", || {
        client.metric("peers", &[]) == 1.0 && client.metric("connections", &[]) >= 1.0
    })
    .await;
    let peers = [server.peer().to_string(), client.peer().to_string()];
    for family in server
        .registry()
        .gather()
        .iter()
        .chain(&client.registry().gather())
    {
        for metric in family.get_metric() {
            for label in metric.get_label() {
                assert!(
                    !peers.iter().any(|peer| label.value().contains(peer)),
                    "{label:?}"
                );
            }
        }
    }
    assert!(
        client.metric(
            "payload_bytes_total",
            &[("direction", "in"), ("kind", "status")]
        ) > 0.0
    );
    serving.abort();
}
