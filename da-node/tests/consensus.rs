//! Four processes as an operator starts them: they agree, and outlive the loss of one and of two.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use support::{NodeNetwork, random_batch, until_ready};
use tokio::time::{Instant, sleep};

const NODES: u16 = 4;
const ALL: [usize; 4] = [0, 1, 2, 3];
/// Blocks that a network must make to be said to go on.
const MORE: u64 = 4;
/// How long a network without a quorum is watched. Four blocks' time and more than a round's.
const WATCHED: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_network_agrees_and_outlives_the_loss_of_one() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(&folder.path().join("net"), NODES).await;
    let mut nodes = network.start_all().await;

    let mut posted = Vec::new();
    for gateway in ALL {
        let batch = random_batch(
            folder.path(),
            &format!("{gateway}"),
            200_000,
            seed + gateway as u64,
        );
        posted.push(network.post(gateway, &batch).await);
    }
    let height = posted.iter().map(|posted| posted.height).max().unwrap();
    network.assert_same_chain(&ALL, height).await;
    for blob in &posted {
        network.assert_reads(3, blob).await;
        let sampled = network.sample(blob.height).await;
        assert_eq!(sampled["verdict"], "available", "{sampled}");
    }

    const KILLED: usize = 2;
    let rest = [0, 1, 3];
    nodes[KILLED].take().unwrap().kill().await;
    let height = network.height(0).await;
    network.until_height(1, height + MORE).await;
    let batch = random_batch(folder.path(), "without", 150_000, seed + 10);
    let without = network.post(3, &batch).await;
    for gateway in rest {
        network.assert_reads(gateway, &posted[KILLED]).await;
        network.assert_reads(gateway, &without).await;
    }

    nodes[KILLED] = Some(network.start(KILLED).await);
    network.until_height(KILLED, without.height).await;
    network.until_custody(KILLED, without.height).await;
    network.assert_same_chain(&ALL, without.height).await;
    // Its columns of the blob that was posted without it have no other holder.
    let sampled = network.sample(without.height).await;
    assert_eq!(sampled["verdict"], "available", "{sampled}");
    until_ready(&network.gateways[KILLED]).await;
    network.assert_reads(KILLED, &without).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_there_is_no_block_and_no_fork() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(&folder.path().join("net"), NODES).await;
    let mut nodes = network.start_all().await;
    let batch = random_batch(folder.path(), "before", 200_000, seed);
    let before = network.post(1, &batch).await;

    for killed in [2, 3] {
        nodes[killed].take().unwrap().kill().await;
    }
    // What was under way at the kill may still be decided; after that nothing is.
    let stopped = until_still(&network, 0).await;
    sleep(WATCHED).await;
    assert_eq!(network.height(0).await, stopped);
    assert!(network.height(1).await.abs_diff(stopped) <= 1);
    network.assert_reads(0, &before).await;

    nodes[2] = Some(network.start(2).await);
    network.until_height(0, stopped + MORE).await;
    until_ready(&network.gateways[0]).await;
    let batch = random_batch(folder.path(), "after", 200_000, seed + 1);
    let after = network.post(0, &batch).await;

    nodes[3] = Some(network.start(3).await);
    network.until_height(3, after.height).await;
    network.assert_same_chain(&ALL, after.height).await;
    network.until_custody(3, after.height).await;
    for gateway in ALL {
        until_ready(&network.gateways[gateway]).await;
        network.assert_reads(gateway, &before).await;
        network.assert_reads(gateway, &after).await;
    }
    for blob in [&before, &after] {
        let sampled = network.sample(blob.height).await;
        assert_eq!(sampled["verdict"], "available", "{sampled}");
    }
}

/// Waits until a gateway's head has stood still for [`WATCHED`]; its height.
async fn until_still(network: &NodeNetwork, gateway: usize) -> u64 {
    let deadline = Instant::now() + 10 * WATCHED;
    let mut height = network.height(gateway).await;
    let mut since = Instant::now();
    while since.elapsed() < WATCHED {
        assert!(
            Instant::now() < deadline,
            "blocks without a quorum, up to {height}"
        );
        sleep(Duration::from_millis(200)).await;
        let now = network.height(gateway).await;
        if now != height {
            (height, since) = (now, Instant::now());
        }
    }
    height
}
