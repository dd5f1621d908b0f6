//! Validators in one process: real engines, sockets, stores and logs.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use libp2p::Multiaddr;
use prometheus::Registry;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weft_chain::{HeaderHash, Height, SecretKey, ValidatorEntry};
use weft_ledger::pool::{Pool, PoolConfig, PoolMetrics};
use weft_ledger::store::Store;
use weft_ledger::{Ledger, LedgerMetrics};
use weft_network::identity::Keypair;
use weft_network::{Network, NetworkConfig};
use weft_test_chain::TestChain;

use crate::malachite::{MalachiteConfig, MalachiteOrderer, Running};
use crate::{
    Application, ApplicationParts, NodeApplication, Orderer as _, OrdererError, OrdererMetrics,
};

/// Longer than anything here takes on a busy machine; tests end as soon as they can.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(super) fn on_port(port: u16) -> Multiaddr {
    format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
}

/// A chain whose validators have addresses, and folders that outlive the nodes.
pub(super) struct TestNetwork {
    pub(super) chain: TestChain,
    ports: Vec<u16>,
    folders: Vec<TempDir>,
    pace: Pace,
}

/// The engine's timing.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) block_interval: Duration,
    pub(super) propose_timeout: Duration,
    pub(super) vote_timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            block_interval: Duration::from_millis(200),
            propose_timeout: Duration::from_secs(2),
            vote_timeout: Duration::from_secs(1),
        }
    }
}

/// One node without an engine: store, ledger, pool, application.
pub(super) struct Base {
    pub(super) application: Arc<NodeApplication>,
    pub(super) ledger: Ledger,
    pub(super) pool: Pool,
    registry: Registry,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// A node whose engine runs under the port.
pub(super) struct Validator {
    pub(super) base: Base,
    engine: JoinHandle<Result<(), OrdererError>>,
    shutdown: CancellationToken,
}

impl TestNetwork {
    pub(super) fn new(validators: u8) -> Self {
        let mut chain = TestChain::new(validators);
        let ports: Vec<u16> = (0..validators).map(|_| free_port()).collect();
        for (entry, port) in chain.genesis.validators.iter_mut().zip(&ports) {
            entry.consensus_addresses = vec![on_port(*port).to_string()];
        }
        let folders = (0..validators).map(|_| tempfile::tempdir().unwrap());
        Self {
            folders: folders.collect(),
            chain,
            ports,
            pace: Pace::default(),
        }
    }

    pub(super) fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    pub(super) fn config(&self, folder: &Path, port: u16) -> MalachiteConfig {
        MalachiteConfig {
            block_interval: self.pace.block_interval,
            propose_timeout: self.pace.propose_timeout,
            vote_timeout: self.pace.vote_timeout,
            status_interval: Duration::from_millis(500),
            ..MalachiteConfig::new(on_port(port), folder.to_path_buf())
        }
    }

    pub(super) fn orderer(&self, index: usize, base: &Base) -> MalachiteOrderer {
        let application = Arc::clone(&base.application) as Arc<dyn Application>;
        self.orderer_for(index, application)
    }

    /// The engine of a validator, with another application than its own.
    pub(super) fn orderer_for(
        &self,
        index: usize,
        application: Arc<dyn Application>,
    ) -> MalachiteOrderer {
        MalachiteOrderer::new(
            application,
            self.chain.identities[index].clone(),
            self.chain.keys[index].clone(),
            self.config(self.folders[index].path(), self.ports[index]),
        )
        .unwrap()
    }

    pub(super) async fn base(&self, index: usize) -> Base {
        let identity = self.chain.identities[index].clone();
        let key = self.chain.keys[index].clone();
        self.base_in(self.folders[index].path(), identity, key)
            .await
    }

    pub(super) async fn base_in(&self, folder: &Path, identity: Keypair, key: SecretKey) -> Base {
        let genesis = self.chain.genesis.clone();
        let registry = Registry::new();
        let store = Store::open(folder.join("weft.redb"), &genesis).unwrap();
        let metrics = LedgerMetrics::register(&registry).unwrap();
        let ledger = Ledger::open(store, genesis.clone(), metrics).unwrap();
        let shutdown = CancellationToken::new();
        let config = NetworkConfig::new(genesis.chain_id).with_listen(vec![on_port(0)]);
        let (network, mut events, network_task) =
            Network::start(config, identity, shutdown.clone()).unwrap();
        let drain = tokio::spawn(async move { while events.recv().await.is_some() {} });
        let metrics = PoolMetrics::register(&registry).unwrap();
        let config = PoolConfig::default();
        let pool = Pool::open(ledger.clone(), network.clone(), config, metrics)
            .await
            .unwrap();
        let pruning = tokio::spawn(pool.clone().run(shutdown.clone()));
        let application = NodeApplication::new(ApplicationParts {
            ledger: ledger.clone(),
            pool: pool.clone(),
            network,
            key: Some(key),
            clock_drift: Duration::from_secs(10),
            metrics: OrdererMetrics::register(&registry).unwrap(),
        });
        let network_task = tokio::spawn(async move {
            let _ = network_task.await;
        });
        Base {
            application: Arc::new(application),
            ledger,
            pool,
            registry,
            shutdown,
            tasks: vec![drain, pruning, network_task],
        }
    }

    /// Starts a validator.
    pub(super) async fn start(&self, index: usize) -> Validator {
        let base = self.base(index).await;
        let orderer = self.orderer(index, &base);
        Validator::run(base, orderer)
    }

    pub(super) async fn start_all(&self) -> Vec<Validator> {
        let mut nodes = Vec::new();
        for index in 0..self.folders.len() {
            nodes.push(self.start(index).await);
        }
        nodes
    }

    /// Starts a validator's engine so that it can be killed.
    pub(super) async fn start_killable(&self, index: usize) -> (Base, Running) {
        let base = self.base(index).await;
        let running = self.orderer(index, &base).start().await.unwrap();
        (base, running)
    }

    /// One more validator, in no set yet: its entry, key and identity.
    pub(super) fn newcomer(&self, port: u16) -> (ValidatorEntry, SecretKey, Keypair) {
        let key = SecretKey::generate(&[99; 32]);
        let identity = Keypair::generate_ed25519();
        let entry = ValidatorEntry {
            name: "newcomer".into(),
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake: 1,
            peer_id: identity.public().to_peer_id().to_string(),
            addresses: Vec::new(),
            consensus_addresses: vec![on_port(port).to_string()],
        };
        (entry, key, identity)
    }
}

impl Validator {
    pub(super) fn run(base: Base, orderer: MalachiteOrderer) -> Self {
        let shutdown = CancellationToken::new();
        let engine = tokio::spawn(Arc::new(orderer).run(shutdown.clone()));
        Self {
            base,
            engine,
            shutdown,
        }
    }

    /// A validator whose engine was started before.
    pub(super) fn go_on(base: Base, running: Running) -> Self {
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let engine = tokio::spawn(async move { Ok(running.run(&stop).await?) });
        Self {
            base,
            engine,
            shutdown,
        }
    }

    pub(super) async fn stop(self) {
        self.halt().await.stop().await;
    }

    /// Stops the engine alone.
    pub(super) async fn halt(self) -> Base {
        self.shutdown.cancel();
        timeout(PATIENCE, self.engine)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        self.base
    }
}

impl Base {
    pub(super) fn head(&self) -> Height {
        self.ledger.head().height
    }

    /// Waits until the head is at least there.
    pub(super) async fn reaches(&self, height: Height) {
        let mut head = self.ledger.watch_head();
        let reached = timeout(PATIENCE, head.wait_for(|head| head.height >= height)).await;
        reached
            .unwrap_or_else(|_| panic!("height {height} in time, not {}", self.head()))
            .unwrap();
    }

    pub(super) fn hash(&self, height: Height) -> HeaderHash {
        let signed = self.ledger.store().signed_header(height);
        signed.unwrap().unwrap().header.hash()
    }

    /// Blocks counted under this arrival.
    pub(super) fn blocks(&self, arrival: &str) -> f64 {
        let families = self.registry.gather();
        let family = families
            .iter()
            .find(|family| family.name() == "weft_ledger_blocks_total");
        let mut metrics = family.into_iter().flat_map(|family| family.get_metric());
        let of_arrival = |metric: &&prometheus::proto::Metric| {
            let mut labels = metric.get_label().iter();
            labels.any(|label| label.value() == arrival)
        };
        let found = metrics
            .find(of_arrival)
            .expect("it is there from the start");
        found.get_counter().get_value()
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            timeout(PATIENCE, task).await.unwrap().unwrap();
        }
    }
}
