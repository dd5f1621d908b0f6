//! Gateways among real validators: real sockets on loopback, real stores.
#![allow(clippy::unwrap_used)]

mod adaptive;
mod cells;
mod expiry;
mod lying;
mod malformed;
mod posting;
mod proofs;
mod reading;
mod withholding;

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::time::timeout;
use weft_chain::{BlobId, CertifiedBlob, Height};
use weft_custody::Withholding;
use weft_encoding::{ColumnIndex, Layout, PACKED_BYTES_PER_ROW};
use weft_gateway::{Gateway, GatewayConfig, Phase, PhaseEvent, PostRequest, Wait};
use weft_ledger::testing::TestLedger as _;
use weft_network::identity::Keypair;
use weft_network::{DisperseRequest, Multiaddr};
use weft_sampling::CustodyAssignment;
use weft_test_chain::{TestBlob, namespace};
use weft_test_chain::{TestChain, index};

use crate::config::OrdererConfig;
use crate::node::{Node, NodeOptions};

/// Longer than anything here takes on a busy machine; tests end as soon as they can.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than the age of any block: test blocks are from 1970.
const FOREVER: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);

const VALIDATORS: u8 = 4;
/// The index of the first gateway; the nodes before it are validators.
const GATEWAY: usize = 4;

/// Four validators and gateways of one chain, each with a folder that outlives it.
struct TestNetwork {
    chain: TestChain,
    identities: Vec<Keypair>,
    folders: Vec<TempDir>,
    nodes: Vec<Option<Node>>,
    /// What validators that start from now on withhold.
    withholding: Option<Withholding>,
    /// Whether custodians that start from now on run the backfill.
    backfill: bool,
    config: GatewayConfig,
}

impl TestNetwork {
    /// Creates folders for four validators and two gateways; none runs.
    fn new() -> Self {
        let chain = TestChain::new(VALIDATORS);
        let mut identities = chain.identities.clone();
        identities.extend((0..2).map(|_| Keypair::generate_ed25519()));
        let mut config = GatewayConfig::default();
        config.first_retry_pause = Duration::from_millis(20);
        config.max_retry_pause = Duration::from_millis(200);
        config.first_push_pause = Duration::from_millis(50);
        config.max_push_pause = Duration::from_millis(200);
        config.slow_after = Duration::from_millis(500);
        Self {
            folders: identities
                .iter()
                .map(|_| tempfile::tempdir().unwrap())
                .collect(),
            nodes: identities.iter().map(|_| None).collect(),
            chain,
            identities,
            withholding: None,
            backfill: false,
            config,
        }
    }

    /// Starts these nodes.
    async fn started(places: impl IntoIterator<Item = usize>) -> Self {
        let mut network = Self::new();
        for place in places {
            network.start(place).await;
        }
        network
    }

    /// Starts one node on its folder; it knows the addresses of the running ones.
    async fn start(&mut self, place: usize) {
        let folder = self.folders[place].path().to_path_buf();
        let identity = self.identities[place].clone();
        let mut options = NodeOptions::new(self.chain.genesis.clone(), folder, identity);
        options.bootstrap = self.addresses();
        options.orderer = OrdererConfig::solo(Duration::from_millis(20));
        options.sync.poll_interval = Duration::from_millis(250);
        if !self.backfill {
            options.backfill.column_patience = FOREVER;
            options.backfill.proof_patience = FOREVER;
        }
        options.gateway_config = self.config.clone();
        options.gateway = place >= GATEWAY;
        options.api_listen = options.gateway.then_some((Ipv4Addr::LOCALHOST, 0).into());
        if place < GATEWAY {
            options.validator_key = Some(self.chain.keys[place].clone());
            options.withholding = self.withholding;
        }
        self.nodes[place] = Some(Node::start(options).await.unwrap());
    }

    async fn stop(&mut self, place: usize) {
        self.nodes[place].take().unwrap().shutdown().await;
    }

    fn node(&self, place: usize) -> &Node {
        self.nodes[place].as_ref().unwrap()
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten()
    }

    fn gateway(&self) -> &Gateway {
        self.node(GATEWAY).gateway().unwrap()
    }

    fn addresses(&self) -> Vec<Multiaddr> {
        self.running()
            .flat_map(|node| node.p2p_addrs().to_vec())
            .collect()
    }

    fn assignment(&self) -> CustodyAssignment {
        CustodyAssignment::new(&self.chain.set).unwrap()
    }

    /// Gives the running validators their columns of the blob, as after a dispersal.
    async fn disperse(&self, blob: &TestBlob) {
        let assignment = self.assignment();
        for (place, node) in self.nodes.iter().enumerate().take(GATEWAY) {
            let Some(node) = node else { continue };
            let columns = assignment.columns_of(index(place));
            let request = DisperseRequest {
                header: blob.header.clone(),
                validator_set_root: self.chain.set.root(),
                expiry: Height::new(100),
                columns: columns.iter().map(|c| blob.coded.column(c)).collect(),
            };
            node.custodian().disperse(request).await.unwrap();
        }
    }

    /// Gives these validators the cell proofs of their columns.
    fn give_proofs(&self, blob: &TestBlob, places: impl IntoIterator<Item = usize>) {
        let (assignment, rows) = (self.assignment(), blob.cell_proofs());
        for place in places {
            let columns = assignment.columns_of(index(place)).iter();
            let proofs = columns.map(|c| (c, rows.iter().map(|row| row[c.get()]).collect()));
            self.node(place)
                .store()
                .put_cell_proofs(&blob.header.id(), proofs.collect())
                .unwrap();
        }
    }

    fn certified(&self, blob: &TestBlob) -> CertifiedBlob {
        self.chain.certify(&blob.header, Height::new(100))
    }

    /// Orders these blobs in block 1 on all running nodes.
    async fn order(&self, blobs: &[TestBlob]) {
        let blobs = blobs.iter().map(|blob| self.certified(blob)).collect();
        let (block, finality) = self.chain.block(&self.chain.start(), blobs);
        for node in self.running() {
            let (block, finality) = (block.clone(), finality.clone());
            node.ledger().commit(block, finality).await.unwrap();
        }
    }

    async fn shutdown(self) {
        for node in self.nodes.into_iter().flatten().rev() {
            node.shutdown().await;
        }
    }
}

fn batch(seed: u64, bytes: usize) -> Bytes {
    println!("batch of {bytes} bytes from seed {seed}");
    let mut batch = vec![0; bytes];
    ChaCha8Rng::seed_from_u64(seed).fill(&mut batch[..]);
    batch.into()
}

fn request(batch: &Bytes, wait: Wait) -> PostRequest {
    PostRequest {
        namespace: namespace("gateway"),
        layout: Layout::Packed,
        batch: batch.clone(),
        wait,
    }
}

/// The batch of a [`TestBlob`].
fn batch_of(blob: &TestBlob) -> Vec<u8> {
    Layout::Packed
        .batch_from_rows(blob.coded.rows(), blob.header.byte_len)
        .unwrap()
}

/// Waits for a phase of any post.
async fn phase(
    events: &mut broadcast::Receiver<PhaseEvent>,
    wanted: impl Fn(&Phase) -> bool,
) -> PhaseEvent {
    let found = async {
        loop {
            let event = events.recv().await.unwrap();
            if wanted(&event.phase) {
                return event;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("a phase in time")
}

/// Polls until a condition without an event holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let polled = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, polled).await.expect(what);
}

/// Whether this validator has the cell proofs of all its columns.
fn has_proofs(network: &TestNetwork, place: usize, blob_id: BlobId) -> bool {
    let store = network.node(place).store();
    let mut columns = network.assignment().columns_of(index(place)).iter();
    columns.all(|column: ColumnIndex| store.cell_proofs(&blob_id, column).unwrap().is_some())
}

fn rows(count: usize) -> usize {
    count * PACKED_BYTES_PER_ROW
}
