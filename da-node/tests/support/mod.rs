//! What the end-to-end tests share: the `weft` binary as a child process, and real batches.

#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use weft_node::genesis_file;
use weft_rollup_adapter::{HttpClient, Trust};

/// How long a network may take to be up in a debug build on a busy machine.
pub(crate) const UP_DEADLINE: Duration = Duration::from_secs(120);

/// A `weft devnet` in a process of its own, killed when dropped.
pub(crate) struct DevnetProcess {
    child: Child,
    // Kept open: the process would fail to print into a closed pipe.
    _stdout: Lines<BufReader<ChildStdout>>,
    pub(crate) gateways: Vec<String>,
    genesis: PathBuf,
}

impl DevnetProcess {
    /// Starts it on `data_dir` and waits until its gateway accepts posts.
    pub(crate) async fn start(data_dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weft"))
            .args([
                "devnet",
                "--json",
                "--api",
                "127.0.0.1:0",
                "--block-interval-ms",
                "100",
            ])
            .arg("--data-dir")
            .arg(data_dir)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(UP_DEADLINE, stdout.next_line())
            .await
            .expect("the devnet prints its endpoints in time")
            .unwrap()
            .expect("the devnet prints its endpoints before it ends");
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["event"], "ready", "{line}");
        let gateways = ready["api"]
            .as_array()
            .unwrap()
            .iter()
            .map(|api| api.as_str().unwrap().into())
            .collect();
        let genesis = ready["genesis"].as_str().unwrap().into();
        let devnet = Self {
            child,
            _stdout: stdout,
            gateways,
            genesis,
        };
        devnet.until_ready().await;
        devnet
    }

    async fn until_ready(&self) {
        let url = format!("{}/readyz", self.gateways[0]);
        let ready = async {
            let mut pace = tokio::time::interval(Duration::from_millis(50));
            loop {
                pace.tick().await;
                if reqwest::get(&url)
                    .await
                    .is_ok_and(|reply| reply.status().is_success())
                {
                    return;
                }
            }
        };
        tokio::time::timeout(UP_DEADLINE, ready)
            .await
            .expect("the gateway accepts posts in time");
    }

    /// A verifying client of a gateway.
    pub(crate) fn client(&self, gateway: usize) -> HttpClient {
        let genesis = genesis_file::read(&self.genesis).unwrap();
        HttpClient::new(
            &self.gateways[gateway],
            Trust::from_genesis(&genesis).unwrap(),
        )
        .unwrap()
    }

    /// SIGKILL: the process gets no chance to finish anything.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }
}

/// The real batches, or `None` with a word of why when there are none here.
pub(crate) fn real_batches() -> Option<Vec<PathBuf>> {
    let named = std::env::var_os("WEFT_BATCHES").map(PathBuf::from);
    let folder = named
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/batches"));
    if !folder.is_dir() {
        assert!(
            named.is_none(),
            "WEFT_BATCHES names {}, which is no folder",
            folder.display()
        );
        eprintln!(
            "skipped: no real batches in {}; WEFT_BATCHES names another folder",
            folder.display()
        );
        return None;
    }
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no batches", folder.display());
    Some(files)
}

/// The layout that a batch file is posted in.
pub(crate) fn layout_of(file: &Path) -> weft_rollup_adapter::Layout {
    if file
        .extension()
        .is_some_and(|extension| extension == "blob")
    {
        weft_rollup_adapter::Layout::Raw
    } else {
        weft_rollup_adapter::Layout::Packed
    }
}
