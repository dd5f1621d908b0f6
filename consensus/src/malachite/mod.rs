//! BFT consensus by Malachite (`arc-malachitebft-*`), behind the [`Orderer`] port.
//!
//! ```text
//!              peers                          this node
//!  ┌──────────────────────────┐   ┌───────────────────────────────────────────────┐
//!  │ proposals, votes,        │   │ engine.rs   Malachite's actors                │
//!  │ blocks, certificates     │◄──┤   network ── consensus ── wal                 │
//!  │ value sync               │   │       │          │  ▲                         │
//!  └──────────────────────────┘   │       └── sync   │  │ answers                 │
//!                                 │            │     ▼  │                         │
//!                                 │ host/      requests, each in a task           │
//!                                 │   GetValue ............... Application::propose
//!                                 │   ReceivedProposalPart ... Application::verify│
//!                                 │   ExtendVote ............. Application::sign  │
//!                                 │   Decided ................ Application::decided
//!                                 │   Finalized .............. evidence, next height
//!                                 │   GetDecidedValues, ProcessSyncedValue  store │
//!                                 └───────────────────────────────────────────────┘
//! ```
//!
//! One height, when all goes well:
//!
//! 1. The proposer's host gets a block from the application, which stores it durably. The host
//!    signs a `BlockPart` and gossips it. Consensus signs and gossips the
//!    proposal: the header hash.
//! 2. The other validators check the part's size, height and round, the signature of the round's
//!    proposer, then the block itself, which is stored before consensus learns that it is valid.
//!    They prevote.
//! 3. On more than two thirds of the prevotes, each validator asks its application for the
//!    signature over the finality message of (header, round), under a durable lock, and precommits
//!    with that signature as the vote's extension.
//! 4. On more than two thirds of the precommits, the host aggregates the extensions into the
//!    finality certificate, stores the engine's own certificate for peers that catch up, and
//!    commits the block.
//! 5. When the block interval is over, the next height starts with its validator set.
//!
//! **The decided value** is the hash of a header. The block is gossiped whole, header and body, as
//! one part. (Malachite's other mode, with the value inside the proposal, never asks the
//! application whether a value is valid.)
//!
//! **After a crash** the engine replays its log. A signed message is logged before it is sent, so
//! the node sends the same messages again. The store has the blocks that those messages name, and
//! the vote lock in case the log is lost.
//!
//! **A node outside the validator set** runs the same engine as an observer. It votes once a set
//! with its key is in force.
//!
//! - `types/`, `context`: what Malachite is instantiated with.
//! - `proposers`: the proposer of each round.
//! - `signing/`, `codec/`: signatures and bytes of every message.
//! - `host/`, `parts`, `finality`, `evidence`: the application's side.
//! - `metrics`: the engine's own metrics, for the node's `/metrics`.
//! - `peers`: the peers that this node stays connected to.
//! - [`MalachiteConfig`], `engine`: settings, and the actors.

mod codec;
mod config;
mod context;
mod engine;
mod error;
mod evidence;
mod finality;
mod host;
mod metrics;
mod parts;
mod peers;
mod proposers;
mod signing;
mod types;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use libp2p::identity::Keypair;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use weft_chain::SecretKey;

pub use codec::CodecError;
pub use config::MalachiteConfig;
use context::WeftContext;
pub use error::MalachiteError;
use signing::{WeftSigner, WeftVerifier};

use crate::{Application, Orderer, OrdererError};
use engine::{Engine, EngineParts, Network};
use host::{HeightTimes, Host, HostParts};
use metrics::EngineMetrics;

/// The engine of a node that takes part in consensus or observes it.
pub struct MalachiteOrderer {
    application: Arc<dyn Application>,
    keypair: Keypair,
    key: SecretKey,
    config: MalachiteConfig,
    metrics: EngineMetrics,
}

impl MalachiteOrderer {
    /// An engine on `application`, with `keypair` as its identity in the network and `key` as the
    /// validator's key.
    ///
    /// # Errors
    /// [`OrdererError::Malachite`] (caller) when it cannot listen at the configured address.
    pub fn new(
        application: Arc<dyn Application>,
        keypair: Keypair,
        key: SecretKey,
        config: MalachiteConfig,
    ) -> Result<Self, OrdererError> {
        config.check()?;
        Ok(Self {
            application,
            keypair,
            key,
            config,
            metrics: EngineMetrics::new(),
        })
    }

    async fn start(&self) -> Result<Running, MalachiteError> {
        let application = &self.application;
        let chain_id = application.chain_id();
        let own = self.keypair.public().to_peer_id();
        let listen = &self.config.listen;
        let peers = peers::addresses(&**application, &own, listen);
        let context = WeftContext::new(chain_id);
        let signer = WeftSigner::new(chain_id, self.key.clone());
        let verifier = WeftVerifier::new(chain_id, application.validator_sets().clone());
        let next = application.head().next_height();
        let validators = application.validator_sets().at(next).len();
        let parts = EngineParts {
            consensus: self.config.consensus(
                &chain_id,
                validators,
                peers.iter().cloned().collect(),
            ),
            config: &self.config,
            context: context.clone(),
            keypair: self.keypair.clone(),
            signer: signer.clone(),
            verifier: verifier.clone(),
            registry: self.metrics.registry(),
        };
        let network = Network::start(&parts).await?;
        let stop = CancellationToken::new();
        let (failed, failures) = mpsc::channel(1);
        let host = Host::new(HostParts {
            application: Arc::clone(application),
            context,
            verifier,
            signer,
            network: network.actor(),
            times: HeightTimes {
                timeouts: self.config.timeouts(),
                block_interval: self.config.block_interval,
            },
            failed,
            stop: stop.clone(),
        });
        let following = peers::follow(
            Arc::clone(application),
            network.actor(),
            own,
            listen.clone(),
            peers,
            stop.clone(),
        );
        let engine = Engine::start(parts, network, host).await?;
        tokio::spawn(following.in_current_span());
        Ok(Running {
            engine,
            failures,
            stop,
        })
    }
}

/// A started engine, its fatal errors, and the token that stops its tasks.
struct Running {
    engine: Engine,
    failures: mpsc::Receiver<MalachiteError>,
    stop: CancellationToken,
}

impl Running {
    /// Waits until the node shuts down or the engine cannot go on, and ends it.
    async fn run(mut self, shutdown: &CancellationToken) -> Result<(), MalachiteError> {
        let outcome = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            Some(error) = self.failures.recv() => Err(error),
            () = self.engine.ended().cancelled() => Err(self.engine.failure()),
        };
        self.stop.cancel();
        self.engine.stop().await;
        outcome
    }
}

#[async_trait]
impl Orderer for MalachiteOrderer {
    fn name(&self) -> &'static str {
        "malachite"
    }

    fn syncs(&self) -> bool {
        true
    }

    fn metrics_text(&self) -> String {
        self.metrics.text()
    }

    async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), OrdererError> {
        let span = tracing::info_span!("consensus", node = self.config.moniker);
        // Never cancelled half-way, because every started actor must be stopped.
        let running = self.start().instrument(span.clone()).await?;
        running.run(&shutdown).instrument(span).await?;
        Ok(())
    }
}

// Neither key may appear in logs.
impl fmt::Debug for MalachiteOrderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MalachiteOrderer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
