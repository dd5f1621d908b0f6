//! The `weft-light` binary, from its command line to its exit status.

use std::{path::Path, process::Output};

use tokio::process::Command;
use weft_sampling::adversary::WorstPattern;

use crate::{
    chain,
    server::{Behaviour, Server},
    soon,
};

async fn weft_light(dir: &Path, arguments: &[&str]) -> Output {
    let genesis = dir.join("genesis.json");
    std::fs::write(&genesis, serde_json::to_vec(&chain().genesis).unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft-light"));
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
