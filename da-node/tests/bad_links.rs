//! Four processes whose links delay every datagram by 100 ms and lose one in a hundred.

#![allow(clippy::unwrap_used)]

mod support;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use support::links::{BadLink, LinkCounts, LinkQuality};
use support::{NodeNetwork, random_batch};

const NODES: u16 = 4;
const ALL: [usize; 4] = [0, 1, 2, 3];
const QUALITY: LinkQuality = LinkQuality {
    delay: Duration::from_millis(100),
    lost_per_mille: 10,
};
const BLOCKS: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn blocks_go_on_over_slow_and_lossy_links() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(&folder.path().join("net"), NODES).await;
    let counts = Arc::new(LinkCounts::default());
    let _links = put_links_between(&network, seed, &counts).await;
    let _nodes = network.start_all().await;

    let start = network.height(0).await;
    let batch = random_batch(folder.path(), "batch", 200_000, seed);
    let posted = network.post(2, &batch).await;
    network
        .until_height(0, start.max(posted.height) + BLOCKS)
        .await;
    network.assert_same_chain(&ALL, start + BLOCKS).await;
    network.assert_reads(1, &posted).await;

    let (passed, lost) = (counts.passed(), counts.lost());
    eprintln!("{passed} datagrams passed, {lost} were lost");
    assert!(
        passed > 1_000 && lost > passed / 300,
        "{passed} passed, {lost} lost"
    );
}

/// Gives each node a genesis of its own, in which the others are reached over bad links alone.
async fn put_links_between(
    network: &NodeNetwork,
    seed: u64,
    counts: &Arc<LinkCounts>,
) -> Vec<BadLink> {
    let text = std::fs::read_to_string(&network.genesis).unwrap();
    let genesis: Value = serde_json::from_str(&text).unwrap();
    let mut links = Vec::new();
    for node in ALL {
        let mut own = genesis.clone();
        for (other, entry) in own["validators"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .enumerate()
        {
            for addresses in ["addresses", "consensus_addresses"] {
                let port = port_of(&entry[addresses][0]);
                let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                if other != node {
                    let seed = seed.wrapping_add(1_000 * links.len() as u64);
                    let link = BadLink::open(address, QUALITY, seed, counts).await;
                    address = link.address;
                    links.push(link);
                }
                entry[addresses] = Value::from([quic(address.port())].as_slice());
            }
        }
        let path = network.file(node, "genesis.json");
        std::fs::write(path, own.to_string()).unwrap();
        listen_on_quic(network, node, &genesis["validators"][node]);
    }
    links
}

/// The node's configuration, listening on QUIC alone and reading its own genesis.
fn listen_on_quic(network: &NodeNetwork, node: usize, entry: &Value) {
    let path = &network.configs[node];
    let mut config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let peers = quic(port_of(&entry["addresses"][0]));
    let consensus = quic(port_of(&entry["consensus_addresses"][0]));
    config["genesis"] = "genesis.json".into();
    config["network"].as_table_mut().unwrap()["listen"] = vec![peers].into();
    config["orderer"].as_table_mut().unwrap()["listen"] = consensus.into();
    std::fs::write(path, config.to_string()).unwrap();
}

/// The port of `/ip4/127.0.0.1/tcp/PORT` or `/ip4/127.0.0.1/udp/PORT/quic-v1`.
fn port_of(address: &Value) -> u16 {
    let address = address.as_str().unwrap();
    address.split('/').nth(4).unwrap().parse().unwrap()
}

fn quic(port: u16) -> String {
    format!("/ip4/127.0.0.1/udp/{port}/quic-v1")
}
