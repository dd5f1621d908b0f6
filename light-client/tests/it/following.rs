//! Headers by range and by gossip, from honest and from lying peers.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use weft_light_client::{Height, LightConfig};
use weft_test_chain::GrowingChain;

use crate::{
    chain, config, connected, reached,
    server::{Behaviour, Server},
    soon, start,
};

#[tokio::test(flavor = "multi_thread")]
async fn catches_up_over_several_ranges() {
    let mut long = GrowingChain::new("long-chain", 1);
    for _ in 0..300 {
        long.push_empty();
    }
    let (long, dir) = (Arc::new(long), tempfile::tempdir().unwrap());
    let server = Server::custodian(&long, 0, Behaviour::Honest).await;
    let client = start(config(&long, dir.path(), &[&server])).await;
    reached(&client, 300).await;
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_by_gossip_is_followed_without_asking() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.visible.store(1, Ordering::SeqCst);
    let mut config = config(&chain, dir.path(), &[&server]);
    // Long enough that only gossip can bring the next header.
    config.poll = Duration::from_secs(3600);
    let client = start(config).await;
    reached(&client, 1).await;
    let publish = async {
        while server
            .handle
            .publish_header(chain.blocks[1].signed.clone())
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("a listener", publish).await;
    reached(&client, 2).await;
    assert_eq!(client.status().borrow().tip, Height::new(2));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_nobody_signed_are_refused_and_had_elsewhere() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let liar = Server::gateway(&chain, Behaviour::LyingHeaders).await;
    let client = start(config(&chain, dir.path(), &[&liar])).await;
    connected(&client, 1).await;
    let mut connections = client.connected();
    // Two invalid headers are a ban: the liar is disconnected, and nothing of it was taken.
    soon("a ban", connections.wait_for(Vec::is_empty))
        .await
        .unwrap();
    assert_eq!(client.status().borrow().tip, Height::new(0));
    client.shutdown().await;

    let honest = Server::gateway(&chain, Behaviour::Honest).await;
    let client = start(config(&chain, dir.path(), &[&liar, &honest])).await;
    reached(&client, 3).await;
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_height_that_does_not_exist_yet_is_waited_for() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.visible.store(2, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    reached(&client, 2).await;
    let ticket = client.request(Height::new(3)).await.unwrap();
    assert_eq!(ticket.progress().borrow().asked, 0);
    server.visible.store(3, Ordering::SeqCst);
    let report = soon("a verdict", ticket.report()).await.unwrap();
    assert!(report.verdict.is_available());
    client.shutdown().await;
}

#[tokio::test]
async fn a_client_without_peers_stops_when_told() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let client = start(LightConfig::new(chain.genesis.clone(), dir.path())).await;
    let ticket = client.request(Height::new(1)).await.unwrap();
    soon("the shutdown", client.shutdown()).await;
    assert!(ticket.report().await.is_err());
}
