//! A running node: its handles, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;

use prometheus::Registry;
use tokio::sync::watch;
use tokio_util::sync::DropGuard;
use weft_consensus::{Orderer, OrdererMetrics};
use weft_custody::Custodian;
use weft_custody::backfill::CustodyStatus;
use weft_gateway::Gateway;
use weft_ledger::Ledger;
use weft_ledger::pool::Pool;
use weft_ledger::store::Store;
use weft_network::{Multiaddr, NetworkHandle, PeerId};

use super::ended::Failure;
use super::tasks::Tasks;
use super::{NotReady, Readiness, ServiceEnded};

/// A running node. Dropping it stops it too, but only [`Node::shutdown`] waits.
#[derive(Debug)]
pub struct Node {
    /// Stops the services when the node is dropped.
    pub(super) stop: DropGuard,
    pub(super) tasks: Tasks,
    pub(super) network: NetworkHandle,
    pub(super) p2p_addrs: Vec<Multiaddr>,
    pub(super) api_addr: Option<SocketAddr>,
    pub(super) ledger: Ledger,
    pub(super) pool: Pool,
    pub(super) custodian: Custodian,
    pub(super) custody: Option<watch::Receiver<CustodyStatus>>,
    pub(super) gateway: Option<Gateway>,
    pub(super) orderer: Arc<dyn Orderer>,
    pub(super) orderer_metrics: OrdererMetrics,
    pub(super) readiness: Readiness,
    pub(super) registry: Registry,
}

impl Node {
    /// The HTTP address, if HTTP is served.
    #[must_use]
    pub fn api_addr(&self) -> Option<SocketAddr> {
        self.api_addr
    }

    /// The peer-to-peer addresses with their actual ports, each ending in `/p2p/` and this node.
    #[must_use]
    pub fn p2p_addrs(&self) -> &[Multiaddr] {
        &self.p2p_addrs
    }

    /// This node's identity in the network.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.network.local_peer_id()
    }

    /// The network handle.
    #[must_use]
    pub fn network(&self) -> &NetworkHandle {
        &self.network
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.ledger.store()
    }

    /// The decided chain.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The pool of certified blobs.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The custodian: it serves columns and cells, and signs if this node is a validator.
    #[must_use]
    pub fn custodian(&self) -> &Custodian {
        &self.custodian
    }

    /// How complete this node's columns are; `None` without a validator key.
    #[must_use]
    pub fn custody(&self) -> Option<CustodyStatus> {
        self.custody.as_ref().map(|custody| *custody.borrow())
    }

    /// The gateway, if this node is one.
    #[must_use]
    pub fn gateway(&self) -> Option<&Gateway> {
        self.gateway.as_ref()
    }

    /// The consensus engine.
    #[must_use]
    pub fn orderer(&self) -> &Arc<dyn Orderer> {
        &self.orderer
    }

    /// All metrics of this node.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether posts are accepted; see [`Readiness::check`].
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn ready(&self) -> Result<(), NotReady> {
        self.readiness.check()
    }

    /// A handle to check readiness without the node.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Waits until a service ends unexpectedly, and returns its name. The caller then shuts the
    /// node down and restarts the process: the node does not recover by itself.
    ///
    /// This never returns if a restart could make the node contradict what it has signed. Such a
    /// node stays up, not ready, until an operator intervenes.
    pub async fn failed(&self) -> ServiceEnded {
        let mut failed = self.tasks.failed();
        let restart = |failure: &Option<Failure>| matches!(failure, Some(Failure::Restart(_)));
        match failed
            .wait_for(restart)
            .await
            .ok()
            .and_then(|failure| *failure)
        {
            Some(failure) => failure.ended(),
            // This node owns the tasks, so they outlive this call.
            None => std::future::pending().await,
        }
    }

    /// Stops every service and waits until the sockets and the store are closed.
    pub async fn shutdown(self) {
        let Self {
            stop,
            tasks,
            gateway,
            ..
        } = self;
        drop(stop);
        tasks.stop().await;
        if let Some(gateway) = gateway {
            gateway.stopped().await;
        }
    }
}
