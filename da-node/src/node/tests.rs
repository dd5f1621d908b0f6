//! Networks of real nodes: real sockets on loopback, real stores.

#![allow(clippy::unwrap_used)]

mod byzantine;
mod catching_up;
mod gateways;
mod listening;
mod offers;
mod ordering;
mod readiness;
mod updates;

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;
use weft_chain::{CertifiedBlob, HeaderHash, Height};
use weft_ledger::testing::{TestLedger as _, await_ordered};
use weft_network::Multiaddr;
use weft_test_chain::TestChain;

use super::{Node, NodeOptions};
use crate::config::OrdererConfig;

/// Longer than anything here takes on a busy machine; tests end as soon as they can.
const PATIENCE: Duration = Duration::from_secs(60);

/// Validators of one chain, each with a folder that outlives it.
struct TestNetwork {
    chain: TestChain,
    folders: Vec<TempDir>,
    nodes: Vec<Option<Node>>,
}

impl TestNetwork {
    /// Creates folders for `validators` validators; none runs.
    fn new(validators: u8) -> Self {
        Self {
            chain: TestChain::new(validators),
            folders: (0..validators)
                .map(|_| tempfile::tempdir().unwrap())
                .collect(),
            nodes: (0..validators).map(|_| None).collect(),
        }
    }

    /// Starts these validators.
    async fn started(validators: u8, running: &[usize]) -> Self {
        let mut network = Self::new(validators);
        for index in running {
            network.start(*index).await;
        }
        network
    }

    /// Starts one validator on its folder; it knows the addresses of the running ones.
    async fn start(&mut self, index: usize) {
        let folder = self.folder(index).to_path_buf();
        let identity = self.chain.identities[index].clone();
        let mut options = NodeOptions::new(self.chain.genesis.clone(), folder, identity);
        options.validator_key = Some(self.key(index));
        options.bootstrap = self.addresses();
        options.orderer = OrdererConfig::solo(Duration::from_millis(20));
        options.sync.poll_interval = Duration::from_millis(250);
        self.nodes[index] = Some(Node::start(options).await.unwrap());
    }

    async fn stop(&mut self, index: usize) {
        self.nodes[index].take().unwrap().shutdown().await;
    }

    fn node(&self, index: usize) -> &Node {
        self.nodes[index].as_ref().unwrap()
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten()
    }

    fn addresses(&self) -> Vec<Multiaddr> {
        self.running()
            .flat_map(|node| node.p2p_addrs().to_vec())
            .collect()
    }

    fn folder(&self, index: usize) -> &Path {
        self.folders[index].path()
    }

    fn key(&self, index: usize) -> weft_chain::SecretKey {
        self.chain.keys[index].clone()
    }

    /// Waits until all running nodes have this blob in a block, and returns that block's header
    /// hash, which is the same on all of them.
    async fn ordered(&self, blob: &CertifiedBlob) -> HeaderHash {
        let id = blob.header.id();
        let mut found = Vec::new();
        for node in self.running() {
            let ordered = timeout(PATIENCE, await_ordered(node.ledger(), id)).await;
            found.push(hash_at(node, ordered.expect("ordered in time").height));
        }
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        found[0]
    }

    async fn shutdown(self) {
        for node in self.nodes.into_iter().flatten() {
            node.shutdown().await;
        }
    }
}

fn hash_at(node: &Node, height: Height) -> HeaderHash {
    node.store()
        .signed_header(height)
        .unwrap()
        .unwrap()
        .header
        .hash()
}
