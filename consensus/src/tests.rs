//! The port as an engine sees it, on a real store, ledger and pool.

#![allow(clippy::unwrap_used)]

mod byzantine;
mod rounds;
mod updates;

use std::time::Duration;

use prometheus::Registry;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use weft_chain::{BlockBody, CertifiedBlob, finality_message};
use weft_ledger::pool::{Pool, PoolConfig, PoolMetrics};
use weft_ledger::testing::build_on;
use weft_ledger::{Ledger, LedgerMetrics};
use weft_network::identity::Keypair;
use weft_network::{Network, NetworkConfig};
use weft_test_chain::{TestChain, index};

use super::*;

/// A validator without an engine: the test is the engine.
struct Bench {
    chain: TestChain,
    ledger: Ledger,
    pool: Pool,
    application: NodeApplication,
    registry: Registry,
    shutdown: CancellationToken,
    folder: TempDir,
}

/// Validator `place` of `chain` on a folder.
async fn start(chain: TestChain, place: usize, folder: TempDir) -> Bench {
    let registry = Registry::new();
    let store = Store::open(folder.path().join("weft.redb"), &chain.genesis).unwrap();
    let metrics = LedgerMetrics::register(&registry).unwrap();
    let ledger = Ledger::open(store, chain.genesis.clone(), metrics).unwrap();
    let shutdown = CancellationToken::new();
    let (network, _events, _task) = Network::start(
        NetworkConfig::new(chain.genesis.chain_id),
        Keypair::generate_ed25519(),
        shutdown.clone(),
    )
    .unwrap();
    let metrics = PoolMetrics::register(&registry).unwrap();
    let pool = Pool::open(
        ledger.clone(),
        network.clone(),
        PoolConfig::default(),
        metrics,
    )
    .await
    .unwrap();
    let application = NodeApplication::new(ApplicationParts {
        ledger: ledger.clone(),
        pool: pool.clone(),
        network,
        key: chain.keys.get(place).cloned(),
        clock_drift: Duration::from_secs(10),
        metrics: OrdererMetrics::register(&registry).unwrap(),
    });
    Bench {
        chain,
        ledger,
        pool,
        application,
        registry,
        shutdown,
        folder,
    }
}

/// Validator `place` of four, new.
async fn bench(place: usize) -> Bench {
    start(TestChain::new(4), place, tempfile::tempdir().unwrap()).await
}

/// The round of the last of these proposers, after rounds of the others.
fn proposed_by(proposers: &[usize]) -> RoundProposers {
    RoundProposers {
        round: u32::try_from(proposers.len() - 1).unwrap(),
        in_order: proposers.iter().map(|place| index(*place)).collect(),
    }
}

impl Bench {
    /// The same node after it was stopped.
    async fn restart(self, place: usize) -> Self {
        let Self {
            chain,
            ledger,
            pool,
            application,
            shutdown,
            folder,
            ..
        } = self;
        shutdown.cancel();
        drop((ledger, pool, application));
        start(chain, place, folder).await
    }

    /// A block with these blobs that validator 0 would build on the head.
    fn block(&self, blobs: Vec<CertifiedBlob>) -> Block {
        let body = BlockBody {
            blobs,
            update: None,
        };
        self.block_of(body)
    }

    fn block_of(&self, body: BlockBody) -> Block {
        let head = self.ledger.head();
        build_on(self.ledger.rules(), &head, head.time + 1, body)
    }

    /// A certified blob that waits in the pool.
    async fn pooled(&self, namespace: u8, seed: u8) -> CertifiedBlob {
        let blob = self.chain.certified(namespace, seed, 1);
        self.pool.admit(blob.clone()).await.unwrap();
        blob
    }

    async fn propose(&self, proposers: &[usize]) -> ValidBlock {
        let proposed = self
            .application
            .propose(&proposed_by(proposers), true)
            .await;
        proposed.unwrap().unwrap()
    }

    /// Decides a block, which all of `validators` have signed.
    async fn decide(&self, validators: &TestChain, block: &Block) {
        let signers: Vec<usize> = (0..validators.keys.len()).collect();
        let finality = validators.finalise(block, &signers);
        let decided = self
            .application
            .decided(Arrival::Decided, block.clone(), finality)
            .await;
        assert_eq!(decided.unwrap(), Committed::New);
    }
}
