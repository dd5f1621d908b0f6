//! A running node: what it hands out, how it stops.

use std::net::SocketAddr;
use std::sync::Arc;

use prometheus::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;
use weft_network::{Multiaddr, NetworkHandle, PeerId};

use super::tasks::Tasks;
use super::{NotReady, Readiness};
use crate::custodian::Custodian;
use crate::custodian::backfill::{Backfill, CustodyStatus};
use crate::gateway::Gateway;
use crate::ledger::Ledger;
use crate::orderer::{Orderer, OrdererMetrics};
use crate::pool::Pool;
use crate::store::Store;

/// A running node. Dropping it stops it too, but only [`Node::shutdown`] waits.
#[derive(Debug)]
pub struct Node {
    /// Stops the services when the node is dropped.
    pub(super) stop: DropGuard,
    pub(super) tasks: Tasks,
    pub(super) network_task: JoinHandle<()>,
    pub(super) network: NetworkHandle,
    pub(super) p2p_addrs: Vec<Multiaddr>,
    pub(super) api_addr: Option<SocketAddr>,
    pub(super) ledger: Ledger,
    pub(super) pool: Pool,
    pub(super) custodian: Custodian,
    pub(super) backfill: Option<Backfill>,
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

    /// The way to other peers.
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

    /// The certified blobs that wait.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What serves columns and cells; it signs if this node is a validator.
    #[must_use]
    pub fn custodian(&self) -> &Custodian {
        &self.custodian
    }

    /// How complete this node's columns are; `None` where it has no validator key.
    #[must_use]
    pub fn custody(&self) -> Option<CustodyStatus> {
        let backfill = self.backfill.as_ref()?;
        let status = *backfill.status().borrow();
        Some(status)
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

    /// Tells readiness without the node at hand.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Stops every service and waits until the sockets and the store are closed.
    pub async fn shutdown(self) {
        let Self {
            stop,
            tasks,
            network_task,
            backfill,
            gateway,
            ..
        } = self;
        drop(stop);
        tasks.stop().await;
        if let Some(gateway) = gateway {
            gateway.stopped().await;
        }
        if let Some(backfill) = backfill {
            backfill.stopped().await;
        }
        if let Err(error) = network_task.await {
            tracing::error!(%error, "the network service did not end");
        }
    }
}
