//! What the end-to-end tests share: the `weft` binary as a child process, and real batches.

#![allow(dead_code, clippy::unwrap_used)]

pub(crate) mod links;

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use weft_node::genesis_file;
use weft_rollup_adapter::{HttpClient, Trust};

/// What nodes log: their own warnings, and nothing of peers that are down on purpose.
const LOG: &str = "warn,libp2p=error,arc_malachitebft=error,arc_malachitebft_network=off,\
    arc_malachitebft_discovery=off";

/// How long a network may take to be up in a debug build on a busy machine.
pub(crate) const UP_DEADLINE: Duration = Duration::from_secs(120);

/// A `weft devnet` in a process of its own, killed when dropped.
pub(crate) struct DevnetProcess {
    child: Child,
    // Kept open: a network that nobody listens to says nothing more.
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
        let (stdout, ready) = first_line(&mut child).await;
        assert_eq!(ready["event"], "ready", "{ready}");
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
        until_ready(&devnet.gateways[0]).await;
        devnet
    }

    /// Whether the process has not ended.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
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

/// A network of processes as `weft init` writes it, one `weft node` each.
pub(crate) struct NodeNetwork {
    pub(crate) genesis: PathBuf,
    /// Each node's configuration file, beside its keys.
    pub(crate) configs: Vec<PathBuf>,
    /// The gateways' HTTP addresses.
    pub(crate) gateways: Vec<String>,
}

impl NodeNetwork {
    /// Writes the files of `nodes` nodes into `folder`.
    pub(crate) async fn init(folder: &Path, nodes: u16) -> Self {
        let (base_port, nodes) = (free_ports(nodes).to_string(), nodes.to_string());
        let out = folder.to_str().unwrap();
        let arguments = ["init", "--json", "--out", out, "--validators", &nodes];
        let made = weft_json(&[&arguments[..], &["--base-port", &base_port]].concat()).await;
        let path = |value: &Value| PathBuf::from(value.as_str().unwrap());
        let nodes = made["nodes"].as_array().unwrap();
        Self {
            genesis: path(&made["genesis"]),
            configs: nodes.iter().map(|node| path(&node["config"])).collect(),
            gateways: nodes
                .iter()
                .map(|node| node["api"].as_str().unwrap().into())
                .collect(),
        }
    }

    /// Writes the files of one more node, which is no validator yet, into `folder`; its number.
    pub(crate) async fn join(&mut self, folder: &Path) -> usize {
        let (base_port, out) = (free_ports(1).to_string(), folder.to_str().unwrap());
        let genesis = self.genesis.to_str().unwrap().to_owned();
        let made = weft_json(&[
            "init",
            "--json",
            "--join",
            &genesis,
            "--out",
            out,
            "--base-port",
            &base_port,
        ])
        .await;
        let node = &made["nodes"][0];
        self.configs.push(node["config"].as_str().unwrap().into());
        self.gateways.push(node["api"].as_str().unwrap().into());
        self.configs.len() - 1
    }

    /// A file in a node's folder.
    pub(crate) fn file(&self, node: usize, name: &str) -> String {
        let folder = self.configs[node].parent().unwrap();
        folder.join(name).to_str().unwrap().into()
    }

    /// Starts every node and waits until each accepts posts.
    pub(crate) async fn start_all(&self) -> Vec<Option<NodeProcess>> {
        let mut nodes = Vec::new();
        for node in 0..self.configs.len() {
            nodes.push(Some(self.start(node).await));
        }
        for gateway in &self.gateways {
            until_ready(gateway).await;
        }
        nodes
    }

    /// Starts a node's process; it need not be ready yet.
    pub(crate) async fn start(&self, node: usize) -> NodeProcess {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weft"))
            .args(["node", "--json", "--log", LOG, "--config"])
            .arg(&self.configs[node])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdout, running) = first_line(&mut child).await;
        assert_eq!(running["event"], "running", "{running}");
        assert_eq!(running["api"], self.gateways[node].as_str());
        NodeProcess {
            child,
            _stdout: stdout,
        }
    }

    /// Runs a command against one gateway, and gives its JSON.
    pub(crate) async fn json(&self, gateway: usize, arguments: &[&str]) -> Value {
        let genesis = self.genesis.to_str().unwrap();
        let network = [
            "--json",
            "--gateway",
            &self.gateways[gateway],
            "--genesis",
            genesis,
        ];
        weft_json(&[arguments, &network].concat()).await
    }

    /// The height of a gateway's newest block, 0 before the first.
    pub(crate) async fn height(&self, gateway: usize) -> u64 {
        let status = self.status(gateway).await.expect("the gateway answers");
        status["height"].as_u64().unwrap_or_default()
    }

    /// What a gateway says of itself, if it answers.
    pub(crate) async fn status(&self, gateway: usize) -> Option<Value> {
        let url = format!("{}/v1/status", self.gateways[gateway]);
        reqwest::get(&url).await.ok()?.json().await.ok()
    }

    /// Waits until a gateway's status is as it should be.
    pub(crate) async fn until_status(
        &self,
        gateway: usize,
        what: &str,
        mut is: impl FnMut(&Value) -> bool,
    ) -> Value {
        let deadline = tokio::time::Instant::now() + UP_DEADLINE;
        loop {
            if let Some(status) = self.status(gateway).await {
                if is(&status) {
                    return status;
                }
                assert!(tokio::time::Instant::now() < deadline, "{what}: {status}");
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: no answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a gateway has a block at `height`.
    pub(crate) async fn until_height(&self, gateway: usize, height: u64) {
        self.until_status(
            gateway,
            &format!("block {height} at gateway {gateway}"),
            |status| status["height"].as_u64() >= Some(height),
        )
        .await;
    }

    /// All gateways have the same header at every height from 1 to `height`.
    pub(crate) async fn assert_same_chain(&self, gateways: &[usize], height: u64) {
        for height in 1..=height {
            let hash = self.hash_at(gateways[0], height).await;
            for &gateway in &gateways[1..] {
                let other = self.hash_at(gateway, height).await;
                assert_eq!(other, hash, "block {height} at gateway {gateway}");
            }
        }
    }

    /// Waits until a custodian lacks none of its columns up to the block at `height`.
    pub(crate) async fn until_custody(&self, node: usize, height: u64) {
        self.until_status(
            node,
            &format!("custody of node {node} up to {height}"),
            |status| {
                let custody = &status["custody"];
                custody["missing"] == 0 && custody["complete_to"].as_u64() >= Some(height)
            },
        )
        .await;
    }

    /// The verdict of a light client that samples the block at `height`.
    pub(crate) async fn sample(&self, height: u64) -> Value {
        let (height, genesis) = (height.to_string(), self.genesis.to_str().unwrap());
        weft_json(&["sample", &height, "--json", "--genesis", genesis]).await
    }

    /// Posts a file through a gateway and waits until it is ordered.
    pub(crate) async fn post(&self, gateway: usize, batch: &Path) -> Posted {
        let file = batch.to_str().unwrap();
        let receipt = self
            .json(gateway, &["post", file, "--wait", "ordered"])
            .await;
        Posted {
            blob_id: receipt["blob_id"].as_str().unwrap().into(),
            height: receipt["height"].as_u64().unwrap(),
            batch: batch.to_path_buf(),
        }
    }

    /// A blob comes back through a gateway as it was posted.
    pub(crate) async fn assert_reads(&self, gateway: usize, posted: &Posted) {
        let copy = posted.batch.with_extension(format!("from-{gateway}"));
        let id = &posted.blob_id;
        let got = self
            .json(gateway, &["get", id, "--out", copy.to_str().unwrap()])
            .await;
        assert_eq!(got["blob_id"], id.as_str());
        assert!(
            std::fs::read(&copy).unwrap() == std::fs::read(&posted.batch).unwrap(),
            "blob {id} through gateway {gateway}"
        );
    }

    /// The hash of a block's header as one gateway tells it, once it has the block.
    pub(crate) async fn hash_at(&self, gateway: usize, height: u64) -> String {
        let url = format!("{}/v1/blocks/{height}", self.gateways[gateway]);
        let header: Value = until(&format!("block {height} at gateway {gateway}"), || async {
            let reply = reqwest::get(&url).await.ok()?;
            reply.error_for_status().ok()?.json().await.ok()
        })
        .await;
        header["hash"].as_str().unwrap().into()
    }
}

/// A blob that the network has acknowledged.
pub(crate) struct Posted {
    pub(crate) blob_id: String,
    pub(crate) height: u64,
    batch: PathBuf,
}

/// A file of `bytes` random bytes.
pub(crate) fn random_batch(folder: &Path, name: &str, bytes: usize, seed: u64) -> PathBuf {
    let mut batch = vec![0; bytes];
    ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut batch);
    let path = folder.join(name);
    std::fs::write(&path, batch).unwrap();
    path
}

/// One `weft node`, killed when dropped.
pub(crate) struct NodeProcess {
    child: Child,
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl NodeProcess {
    /// SIGKILL: the process gets no chance to finish anything.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }
}

/// Runs `weft` to its end.
pub(crate) async fn weft(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    let command = command.args(arguments).kill_on_drop(true);
    tokio::time::timeout(UP_DEADLINE, command.output())
        .await
        .unwrap_or_else(|_| panic!("weft {arguments:?} ends in time"))
        .unwrap()
}

/// The one JSON object that `weft` prints when it succeeds.
pub(crate) async fn weft_json(arguments: &[&str]) -> Value {
    let output = weft(arguments).await;
    assert!(output.status.success(), "weft {arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("weft {arguments:?}: {error}: {output:?}"))
}

/// Waits until a gateway accepts posts.
pub(crate) async fn until_ready(gateway: &str) {
    let url = format!("{gateway}/readyz");
    until(&format!("{gateway} accepts posts"), || async {
        let reply = reqwest::get(&url).await.ok()?;
        reply.status().is_success().then_some(())
    })
    .await;
}

/// Asks again and again until there is an answer.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let asking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            pace.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(UP_DEADLINE, asking)
        .await
        .unwrap_or_else(|_| panic!("{what}, in time"))
}

/// The first line of a process's standard output, as JSON.
async fn first_line(child: &mut Child) -> (Lines<BufReader<ChildStdout>>, Value) {
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(UP_DEADLINE, stdout.next_line())
        .await
        .expect("the process prints its endpoints in time")
        .unwrap()
        .expect("the process prints its endpoints before it ends");
    let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    (stdout, line)
}

/// A port from which on ten for each node are free, below those that systems hand out by
/// themselves.
fn free_ports(nodes: u16) -> u16 {
    let free = |port: u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
            && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
    };
    std::iter::repeat_with(|| rand::random_range(10_000..32_000 - 10 * nodes))
        .take(100)
        .find(|base| (0..nodes).all(|node| (0..3).all(|port| free(base + 10 * node + port))))
        .expect("free ports")
}
