//! A process that loses a service stops the rest, says which it was, and ends with a status that
//! has it started again.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::Output;

use support::{NodeNetwork, UP_DEADLINE, weft};
use tokio::time::timeout;

/// As in sysexits.h: the program failed by itself.
const SERVICE_ENDED: i32 = 70;

/// Makes the consensus engine of the node with this data folder fail once it runs: its log is none.
fn spoil_log(data_dir: &Path) {
    std::fs::create_dir_all(data_dir.join("consensus.wal")).unwrap();
}

async fn ended(arguments: &[&str]) -> (Output, String) {
    let output = timeout(UP_DEADLINE, weft(arguments)).await.unwrap();
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    (output, told)
}

#[tokio::test]
async fn a_node_whose_engine_ends_says_so_and_lets_go_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(folder.path(), 1).await;
    let config = network.configs[0].to_str().unwrap();
    spoil_log(Path::new(&network.file(0, "data")));
    // Twice: the first one has left neither a port nor the store behind.
    for _ in 0..2 {
        let (output, told) = ended(&["node", "--config", config]).await;
        assert_eq!(output.status.code(), Some(SERVICE_ENDED), "{told}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains("gateway"), "it did run: {printed}");
        let last: Vec<&str> = told.lines().rev().take(2).collect();
        assert_eq!(last[1], "weft: the service orderer has ended", "{told}");
        assert!(last[0].contains("start it again"), "{told}");
        assert!(told.contains("the write-ahead log did not start"), "{told}");
    }
    // Mended, it goes on.
    std::fs::remove_dir(Path::new(&network.file(0, "data")).join("consensus.wal")).unwrap();
    let _running = network.start(0).await;
    network.until_height(0, 2).await;
}

#[tokio::test]
async fn a_devnet_names_the_node_that_lost_a_service() {
    let folder = tempfile::tempdir().unwrap();
    spoil_log(&folder.path().join("validator-2"));
    let data_dir = folder.path().to_str().unwrap();
    let arguments = ["devnet", "--api", "127.0.0.1:0", "--data-dir", data_dir];
    let (output, told) = ended(&arguments).await;
    assert_eq!(output.status.code(), Some(SERVICE_ENDED), "{told}");
    assert!(
        told.contains("weft: validator 2: the service orderer has ended"),
        "{told}"
    );
}
