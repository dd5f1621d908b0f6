//! A network of four processes, as an operator starts it: posting, reading, losing a node.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use support::{NodeNetwork, until_ready};

const NODES: u16 = 4;
/// `solo` lets the first validator propose; this is another.
const KILLED: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_outlive_the_loss_of_one() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(&folder.path().join("net"), NODES).await;
    let mut nodes = Vec::new();
    for node in 0..NODES {
        nodes.push(network.start(node.into()).await);
    }
    for gateway in &network.gateways {
        until_ready(gateway).await;
    }

    let first = batch(folder.path(), "first", 300_000, &mut random);
    let posted = network
        .json(
            1,
            &["post", &first, "--wait", "ordered", "--namespace", "0abc"],
        )
        .await;
    assert_eq!(posted["height"], 1);
    assert_eq!(posted["rows"], 3);
    assert_eq!(posted["byte_len"], 300_000);
    let id = posted["blob_id"].as_str().unwrap();

    let hash = network.hash_at(0, 1).await;
    for gateway in 1..NODES.into() {
        assert_eq!(network.hash_at(gateway, 1).await, hash, "gateway {gateway}");
    }
    for gateway in 0..NODES.into() {
        let status = network.json(gateway, &["status"]).await;
        assert_eq!(status["ready"], true, "{status}");
        assert_eq!(status["head"]["hash"], hash.as_str(), "{status}");
    }
    assert_reads(&network, 3, id, &first).await;

    let genesis = network.genesis.to_str().unwrap();
    let sampled = support::weft_json(&["sample", "1", "--json", "--genesis", genesis]).await;
    assert_eq!(sampled["verdict"], "available", "{sampled}");
    assert_eq!(sampled["header_hash"], hash.as_str(), "{sampled}");

    nodes.remove(KILLED).kill().await;
    for gateway in [0, 1, 3] {
        assert_reads(&network, gateway, id, &first).await;
    }
    let second = batch(folder.path(), "second", 100_000, &mut random);
    let posted = network
        .json(3, &["post", &second, "--wait", "ordered"])
        .await;
    let height = posted["height"].as_u64().unwrap();
    assert!(height > 1, "{posted}");

    let _back = network.start(KILLED).await;
    assert_eq!(
        network.hash_at(KILLED, height).await,
        network.hash_at(0, height).await,
        "what was decided without it"
    );
    until_ready(&network.gateways[KILLED]).await;
    let later = posted["blob_id"].as_str().unwrap();
    assert_reads(&network, KILLED, later, &second).await;
}

/// A file of random bytes; its path.
fn batch(folder: &Path, name: &str, bytes: usize, random: &mut ChaCha20Rng) -> String {
    let mut batch = vec![0; bytes];
    random.fill_bytes(&mut batch);
    let path = folder.join(name);
    std::fs::write(&path, batch).unwrap();
    path.to_str().unwrap().into()
}

/// A blob comes back through a gateway as it was posted.
async fn assert_reads(network: &NodeNetwork, gateway: usize, id: &str, posted: &str) {
    let copy = format!("{posted}-from-{gateway}");
    let got = network.json(gateway, &["get", id, "--out", &copy]).await;
    assert_eq!(got["blob_id"], id);
    assert!(
        std::fs::read(&copy).unwrap() == std::fs::read(posted).unwrap(),
        "blob {id} through gateway {gateway}"
    );
}
