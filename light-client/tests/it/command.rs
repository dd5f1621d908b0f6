//! The `weft-light` binary, from its command line to its exit status.

use std::{path::Path, process::Output};

use tokio::process::Command;
use weft_sampling::adversary::WorstPattern;

use crate::{
    chain,
    conflicts::two_histories,
    server::{Behaviour, Server},
    soon,
};

async fn weft_light(dir: &Path, arguments: &[&str]) -> Output {
    let genesis = dir.join("genesis.json");
    std::fs::write(&genesis, serde_json::to_vec(&chain().genesis).unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft-light"));
    // The chain's genesis is older than the default.
    if !arguments.contains(&"--trusting-period") {
        command.args(["--trusting-period", "none"]);
    }
    command
        .arg("--genesis")
        .arg(genesis)
        .arg("--data-dir")
        .arg(dir.join("data"));
    command.args(arguments).kill_on_drop(true);
    soon("the command", command.output()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn once_prints_one_object_and_exits_with_the_verdict() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let honest = Server::gateway(&chain, Behaviour::Honest).await;
    let peer = honest.address.to_string();
    let output = weft_light(
        dir.path(),
        &["--peer", &peer, "--once", "3", "--json", "--samples", "30"],
    )
    .await;
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "available");
    assert_eq!(report["height"], 3);
    assert_eq!(report["samples"]["verified"], 30);
    honest.stop().await;

    let pattern = WorstPattern::new(2, 60.0, 1);
    let withholding = Server::gateway(&chain, Behaviour::Withholding(pattern)).await;
    let peer = withholding.address.to_string();
    let output = weft_light(dir.path(), &["--peer", &peer, "--once", "1"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(
        line.contains("not enough") && line.contains("refused"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_what_was_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let output = weft_light(dir.path(), &["--once", "1", "--timeout", "1"]).await;
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("no verdict on height 1 within 1 s"),
        "{message}"
    );

    let output = weft_light(dir.path(), &["--once", "0"]).await;
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("no block at height 0"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_genesis_needs_a_checkpoint_or_a_word_of_trust() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--once", "1", "--trusting-period", "1814400"];
    let output = weft_light(dir.path(), &arguments).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("trusting period of 1814400 s")
            && message.contains("--checkpoint")
            && message.contains("--trusting-period"),
        "{message}"
    );
    let output = weft_light(dir.path(), &["--checkpoint", "nonsense"]).await;
    assert_eq!(output.status.code(), Some(64), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_final_headers_of_one_height_are_printed_and_end_the_command() {
    let (dir, servers) = (tempfile::tempdir().unwrap(), two_histories().await);
    let peers = servers.each_ref().map(|server| server.address.to_string());
    let arguments = ["--json", "--peer", &peers[0], "--peer", &peers[1]];
    let output = weft_light(dir.path(), &arguments).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("two final headers at height 2"),
        "{message}"
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    let line: serde_json::Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(line["evidence"]["height"], 2);
    let hashes = &line["evidence"]["hashes"];
    assert_ne!(hashes[0], hashes[1]);
}
