//! A running network takes in a fifth validator and lets one of the first four go.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use support::{NodeNetwork, random_batch, until_ready, weft_json};

const NODES: u16 = 4;
const REMOVED: usize = 0;

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_joins_and_another_leaves_and_no_blob_is_lost() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut network = NodeNetwork::init(&folder.path().join("net"), NODES).await;
    let mut nodes = network.start_all().await;

    let mut posted = Vec::new();
    for number in 0..3 {
        let bytes = [1_000, 140_000, 400_000][number];
        let batch = random_batch(
            folder.path(),
            &format!("first-{number}"),
            bytes,
            seed + number as u64,
        );
        posted.push(network.post(number, &batch).await);
    }

    let fifth = network.join(&folder.path().join("net/node-4")).await;
    nodes.push(Some(network.start(fifth).await));
    let newcomer = network.file(fifth, "validator.json");
    change(
        &network,
        folder.path(),
        "add",
        &["--add", &newcomer],
        &[1, 2, 3],
    )
    .await;
    let status = network
        .until_status(fifth, "five validators", |status| status["validators"] == 5)
        .await;
    network
        .until_custody(fifth, status["height"].as_u64().unwrap())
        .await;
    until_ready(&network.gateways[fifth]).await;
    let batch = random_batch(folder.path(), "between", 200_000, seed + 3);
    posted.push(network.post(fifth, &batch).await);

    let leaving = ["--remove", "node-0"];
    change(
        &network,
        folder.path(),
        "remove",
        &leaving,
        &[1, 2, 3, fifth],
    )
    .await;
    let rest = [1, 2, 3, fifth];
    for node in rest {
        let status = network
            .until_status(node, "four validators", |status| status["validators"] == 4)
            .await;
        network
            .until_custody(node, status["height"].as_u64().unwrap())
            .await;
    }
    nodes[REMOVED].take().unwrap().kill().await;

    let batch = random_batch(folder.path(), "after", 200_000, seed + 4);
    posted.push(network.post(fifth, &batch).await);
    let head = posted.last().unwrap().height;
    network.assert_same_chain(&rest, head).await;
    for blob in &posted {
        for gateway in rest {
            network.assert_reads(gateway, blob).await;
        }
        let sampled = network.sample(blob.height).await;
        assert_eq!(sampled["verdict"], "available", "{sampled}");
    }
}

/// Drafts a change of the set, signs it as `signers`, submits it, and waits until it is in effect.
async fn change(
    network: &NodeNetwork,
    folder: &Path,
    name: &str,
    what: &[&str],
    signers: &[usize],
) {
    let update = folder.join(format!("{name}.json"));
    let update = update.to_str().unwrap();
    let draft = [
        "validators",
        "draft",
        "--first-height",
        "+5",
        "--out",
        update,
    ];
    network.json(1, &[&draft[..], what].concat()).await;
    let mut signatures = Vec::new();
    for &signer in signers {
        let (key, out) = (
            network.file(signer, "validator.key"),
            format!("{update}.{signer}"),
        );
        weft_json(&[
            "validators",
            "sign",
            "--json",
            "--update",
            update,
            "--key",
            &key,
            "--out",
            &out,
        ])
        .await;
        signatures.push(out);
    }
    let mut submit = vec!["validators", "submit", "--update", update, "--wait"];
    for signature in &signatures {
        submit.extend(["--signature", signature]);
    }
    network.json(1, &submit).await;
}
