//! Malachite's actors: starts them in order and stops all of them.
//!
//! ```text
//!   node (supervisor)
//!    ├── network    libp2p on a port of its own: gossip, requests
//!    ├── wal        the write-ahead log, on a thread of its own
//!    ├── host       this crate's side: answers the engine's requests (`host/`)
//!    ├── consensus  votes, rounds, timeouts
//!    └── sync       fetches blocks that this node has missed
//! ```
//!
//! This module builds the actors without Malachite's own builder, for three reasons. The builder's
//! channel connector waits for each answer before it passes on the next request. Its metrics tell
//! the engines of a process apart by moniker, which need not be unique. It returns nothing to stop
//! the actors with.

use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app::config::{ConsensusConfig, ValueSyncConfig};
use arc_malachitebft_app::engine::consensus::ConsensusRef;
use arc_malachitebft_app::engine::network::{NetworkIdentity, NetworkRef};
use arc_malachitebft_app::engine::node::NodeRef;
use arc_malachitebft_app::engine::sync::SyncRef;
use arc_malachitebft_app::engine::util::events::TxEvent;
use arc_malachitebft_app::engine::util::output_port::{OutputPort, OutputPortSubscriberTrait};
use arc_malachitebft_app::engine::wal::WalRef;
use arc_malachitebft_app::metrics::{Metrics, SharedRegistry};
use arc_malachitebft_app::spawn;
use arc_malachitebft_signing::Signer;
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use ractor::{Actor, ActorCell};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use weft_network::listening;

use super::codec::{WeftCodec, Wire};
use super::context::WeftContext;
use super::host::{Host, HostActor};
use super::signing::{WeftSigner, WeftVerifier};
use super::{MalachiteConfig, MalachiteError};

/// How long one actor may take to stop before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How long the engine may take to start listening.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// How long a log may stay locked by a process that was killed, or by the thread of an engine that
/// has just stopped.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The parts of the engine.
pub(super) struct EngineParts<'a> {
    pub(super) config: &'a MalachiteConfig,
    pub(super) consensus: ConsensusConfig,
    pub(super) context: WeftContext,
    pub(super) keypair: Keypair,
    pub(super) signer: WeftSigner,
    pub(super) verifier: WeftVerifier,
    /// The registry of the actors' metrics.
    pub(super) registry: SharedRegistry,
}

/// The running actors.
pub(super) struct Engine {
    node: NodeRef,
    node_task: JoinHandle<()>,
    network: NetworkRef<WeftContext>,
    children: Vec<ActorCell>,
    host: Host,
    metrics: Metrics,
    ended: CancellationToken,
}

/// The network alone: started first, because the host gossips through it.
pub(super) struct Network {
    node: NodeRef,
    node_task: JoinHandle<()>,
    actor: NetworkRef<WeftContext>,
    metrics: Metrics,
}

impl Network {
    pub(super) async fn start(parts: &EngineParts<'_>) -> Result<Self, MalachiteError> {
        check_listen(&parts.config.listen)?;
        let identity = identity(parts).await?;
        let registry = &parts.registry;
        let metrics = Metrics::register(registry);
        let (node, node_task) = spawn::spawn_node_actor(metrics.clone())
            .await
            .map_err(failed("the supervisor"))?;
        let sync = parts.config.value_sync();
        let started =
            spawn::spawn_network_actor(&parts.consensus, &sync, identity, registry, WeftCodec)
                .await;
        match started {
            Ok(actor) => Ok(Self {
                node,
                node_task,
                actor,
                metrics,
            }),
            Err(error) => {
                node.stop(None);
                Err(failed("the network")(error))
            }
        }
    }

    pub(super) fn actor(&self) -> NetworkRef<WeftContext> {
        self.actor.clone()
    }
}

impl Engine {
    /// Starts the other actors, and waits until the engine listens.
    pub(super) async fn start(
        parts: EngineParts<'_>,
        network: Network,
        host: Host,
    ) -> Result<Self, MalachiteError> {
        let Network {
            node,
            node_task,
            actor: network,
            metrics,
        } = network;
        network.link(node.get_cell());
        let mut engine = Self {
            node,
            node_task,
            children: vec![network.get_cell()],
            network,
            host,
            metrics: metrics.clone(),
            ended: CancellationToken::new(),
        };
        match engine.start_children(parts, metrics).await {
            Ok(()) => Ok(engine),
            Err(error) => {
                engine.stop().await;
                Err(error)
            }
        }
    }

    async fn start_children(
        &mut self,
        parts: EngineParts<'_>,
        metrics: Metrics,
    ) -> Result<(), MalachiteError> {
        let wal = self.start_wal(&parts).await?;
        self.adopt(wal.get_cell());

        let actor = HostActor::new(self.host.clone(), self.ended.clone());
        let (host, _) = Actor::spawn(None, actor, ())
            .await
            .map_err(failed("the host"))?;
        self.adopt(host.get_cell());

        let port = Arc::new(OutputPort::new());
        let consensus: ConsensusRef<WeftContext> = spawn::spawn_consensus_actor(
            parts.context.clone(),
            *parts.signer.address(),
            parts.consensus,
            Box::new(parts.verifier),
            Some(Box::new(parts.signer)),
            self.network.clone(),
            host.clone(),
            wal,
            Arc::clone(&port),
            metrics,
            TxEvent::new(),
            self.node.clone(),
        )
        .await
        .map_err(failed("consensus"))?;
        self.adopt(consensus.get_cell());
        self.host.connect(consensus.clone());

        let config: ValueSyncConfig = parts.config.value_sync();
        let sync: Option<SyncRef<WeftContext>> = spawn::spawn_sync_actor(
            parts.context,
            self.network.clone(),
            host,
            consensus,
            WeftCodec,
            &config,
            &parts.registry,
        )
        .await
        .map_err(failed("value sync"))?;
        if let Some(sync) = sync {
            self.adopt(sync.get_cell());
            sync.subscribe_to_port(&port);
        }
        self.wait_until_ready().await
    }

    /// Malachite reports no error when it cannot bind its port. It just never becomes ready.
    async fn wait_until_ready(&self) -> Result<(), MalachiteError> {
        let reason = tokio::select! {
            () = self.host.ready().cancelled() => return Ok(()),
            () = self.ended.cancelled() => "it ended at once".to_owned(),
            () = sleep(START_PATIENCE) => format!("it does not listen after {START_PATIENCE:?}"),
        };
        Err(MalachiteError::Start {
            part: "consensus",
            reason,
        })
    }

    async fn start_wal(
        &self,
        parts: &EngineParts<'_>,
    ) -> Result<WalRef<WeftContext>, MalachiteError> {
        let path = parts.config.wal_path();
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            let started = spawn::spawn_wal_actor(
                &parts.context,
                WeftCodec,
                &path,
                &parts.registry,
                self.node.clone(),
            )
            .await;
            match started {
                Ok(wal) => return Ok(wal),
                Err(error) if Instant::now() >= deadline => {
                    return Err(failed("the write-ahead log")(error));
                }
                Err(error) => {
                    tracing::debug!(%error, "the write-ahead log does not open yet");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn adopt(&mut self, child: ActorCell) {
        child.link(self.node.get_cell());
        self.children.push(child);
    }

    /// The network, for a byzantine validator that sends more than its engine does.
    #[cfg(test)]
    pub(super) fn network(&self) -> NetworkRef<WeftContext> {
        self.network.clone()
    }

    /// Reports a failure of the log to the supervisor.
    #[cfg(test)]
    pub(super) fn lose_log(&self) {
        use arc_malachitebft_app::engine::node::NodeMsg;
        let told = self
            .node
            .cast(NodeMsg::SafetyFailure("told to by a test".into()));
        told.expect("the supervisor runs");
    }

    /// Cancelled when the engine has ended, for whatever reason.
    pub(super) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Why the engine ended without being stopped.
    ///
    /// After a failure of the log, the supervisor sets a gauge and then stops all actors but
    /// itself. An automatic restart would then be unsafe.
    pub(super) fn failure(&self) -> MalachiteError {
        if self.metrics.node_safety_failure.get() > 0 {
            MalachiteError::Unsafe
        } else {
            MalachiteError::Stopped
        }
    }

    /// Stops the actors in the reverse order of their start, and waits for each, so that the port
    /// is free and the log is closed when this returns.
    ///
    /// They are unlinked from their supervisor first, which would take the end of a child for a
    /// failure.
    pub(super) async fn stop(self) {
        for child in self.children.iter().rev() {
            child.unlink(self.node.get_cell());
            let patience = Some(STOP_PATIENCE);
            if child.stop_and_wait(None, patience).await.is_err() {
                let _ = child.kill_and_wait(patience).await;
            }
        }
        self.host.finish().await;
        self.node.stop(None);
        // The supervisor has nothing left to do and ends at once.
        let _ = self.node_task.await;
    }

    /// Kills the actors, as the end of the process would. Only the network is stopped in order,
    /// because the process lives on and would hold its port.
    #[cfg(test)]
    pub(super) async fn kill(self) {
        for child in self.children.iter().rev() {
            child.unlink(self.node.get_cell());
            if child.get_id() == self.network.get_id() {
                let _ = child.stop_and_wait(None, None).await;
            } else {
                let _ = child.kill_and_wait(None).await;
            }
        }
        self.node.kill();
        self.host.finish().await;
    }
}

/// This node's identity towards its peers: its libp2p identity, and the proof that binds the
/// validator's key to it.
async fn identity(parts: &EngineParts<'_>) -> Result<NetworkIdentity, MalachiteError> {
    let address = parts.signer.address();
    let peer = parts.keypair.public().to_peer_id();
    let proof = parts
        .signer
        .sign_validator_proof(address.as_bytes().to_vec(), peer.to_bytes())
        .await
        .map_err(failed("the validator's proof"))?;
    Ok(NetworkIdentity::new_validator(
        parts.config.moniker.clone(),
        parts.keypair.clone(),
        address.to_string(),
        proof.to_wire()?.into(),
    ))
}

/// Checked up front, because the engine only logs that it cannot listen and waits for ever.
fn check_listen(address: &Multiaddr) -> Result<(), MalachiteError> {
    listening::probe(address).map_err(|source| MalachiteError::Bind {
        address: address.clone(),
        source,
    })
}

fn failed<E: std::fmt::Display>(part: &'static str) -> impl FnOnce(E) -> MalachiteError {
    move |error| MalachiteError::Start {
        part,
        reason: format!("{error:#}"),
    }
}
