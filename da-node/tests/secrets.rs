//! Secret keys stay in their files: a node that logs everything it can logs none of them.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use support::{NodeNetwork, until_ready};
use tokio::process::Command;

/// The ways in which a program may print bytes by mistake.
fn forms(bytes: &[u8]) -> [String; 3] {
    let lower = hex::encode(bytes);
    let listed = format!("{bytes:?}");
    let listed = listed.trim_matches(['[', ']']).to_owned();
    [lower.to_uppercase(), lower, listed]
}

fn secret(path: &Path) -> Vec<u8> {
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    hex::decode(std::fs::read_to_string(path).unwrap().trim()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_logs_everything_logs_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(&folder.path().join("net"), 1).await;
    let validator = secret(Path::new(&network.file(0, "validator.key")));
    let identity = secret(Path::new(&network.file(0, "network.key")));
    assert_eq!(validator.len(), 32);
    // The protobuf ends in seed and public key; the seed is the secret.
    let seed = &identity[identity.len() - 64..identity.len() - 32];

    let log = folder.path().join("log");
    let mut node = Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(["node", "--log", "trace", "--config"])
        .arg(&network.configs[0])
        .stdout(Stdio::from(
            File::create(folder.path().join("out")).unwrap(),
        ))
        .stderr(Stdio::from(File::create(&log).unwrap()))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until_ready(&network.gateways[0]).await;
    // By then the key has signed some blocks.
    network.until_height(0, 3).await;
    node.start_kill().unwrap();
    node.wait().await.unwrap();

    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("TRACE"), "the log has no trace");
    let out = std::fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(out.contains("gateway"));
    let status = network.file(0, "weft.toml");
    let config = std::fs::read_to_string(status).unwrap();
    for key in [&validator[..], &identity[..], seed] {
        for form in forms(key) {
            for text in [&said, &out, &config] {
                assert!(!text.contains(&form), "a secret key is shown");
            }
        }
    }
}
