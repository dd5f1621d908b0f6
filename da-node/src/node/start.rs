//! Assembles a node in order: store, chain, network, services, HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;
use weft_chain::{Genesis, SecretKey};
use weft_consensus::{ApplicationParts, NodeApplication, OrdererMetrics};
use weft_custody::Workers;
use weft_custody::backfill::{Backfill, BackfillMetrics, BackfillParts};
use weft_custody::{Assignments, Custodian, CustodianMetrics, CustodianOptions};
use weft_gateway::NodeCells;
use weft_gateway::api::{self, ApiContext, ApiMetrics, ApiParts, BlobService};
use weft_gateway::{Gateway, GatewayMetrics, GatewayParts};
use weft_ledger::pool::{Pool, PoolMetrics};
use weft_ledger::store::Store;
use weft_ledger::sync::{SyncEngine, SyncMetrics};
use weft_ledger::{Ledger, LedgerMetrics, LedgerServer};
use weft_network::listening;
use weft_network::{Network, NetworkConfig};

use super::dispatch::Dispatcher;
use super::engine::EngineParts;
use super::offers::Offers;
use super::reach::Reach;
use super::tasks::Tasks;
use super::{Node, NodeError, NodeOptions, Readiness, contacts, engine, membership};
use crate::config::OrdererKind;

/// The store's file in the data folder.
const STORE_FILE: &str = "weft.redb";

impl Node {
    /// Starts a node and all its services. Must be called within a tokio runtime.
    ///
    /// When this returns, the node listens. [`Node::ready`] says whether it accepts posts.
    ///
    /// # Errors
    /// [`NodeError`]. Services that run already are stopped, and may hold the folder a moment
    /// longer.
    pub async fn start(options: NodeOptions) -> Result<Self, NodeError> {
        let shutdown = CancellationToken::new();
        // Stops the services that run already if a later step fails.
        let stop = shutdown.clone().drop_guard();
        let registry = Registry::new();
        let tasks = Tasks::new(shutdown.clone());

        let ledger = open_ledger(&options.genesis, &options.data_dir, &registry).await?;
        // Bind before services run that would have to be stopped again.
        let api_listener = match options.api_listen {
            Some(address) => Some(listen_http(address).await?),
            None => None,
        };
        probe_ports(&options)?;
        let key = options.validator_key;
        let own = key.as_ref().map(SecretKey::public_key);
        let directory = ledger.directory().clone();

        let bootstrap = contacts::bootstrap(
            &directory,
            options.keypair.public().to_peer_id(),
            &options.bootstrap,
        );
        let config = NetworkConfig::new(options.genesis.chain_id)
            .with_listen(options.listen)
            .with_bootstrap(bootstrap)
            .with_external(options.external)
            .with_limits(options.limits)
            .with_deadlines(options.deadlines)
            .with_scores(options.scores)
            .with_registry(registry.clone());
        let (network, events, network_task) =
            Network::start(config, options.keypair.clone(), shutdown.clone())?;
        tasks.serve("network", ended(network_task));
        let p2p_addrs = network.listen_addrs().await;

        let pool_metrics = PoolMetrics::register(&registry)?;
        let pool = Pool::open(ledger.clone(), network.clone(), options.pool, pool_metrics).await?;
        tasks.serve("pool", pool.clone().run(shutdown.clone()));

        let assignments = Assignments::default();
        let workers = options.workers.map_or_else(Workers::per_core, Workers::new);
        let custodian = Custodian::new(CustodianOptions {
            assignments: assignments.clone(),
            key: key.clone(),
            workers: workers.clone(),
            config: options.custodian,
            withholding: options.withholding,
            ..CustodianOptions::new(
                &options.genesis,
                ledger.store().clone(),
                ledger.validator_sets().clone(),
                CustodianMetrics::register(&registry)?,
            )
        });

        let custody = match own {
            Some(key) => {
                let backfill = Backfill::start(BackfillParts {
                    key,
                    ledger: ledger.clone(),
                    network: network.clone(),
                    directory: directory.clone(),
                    custodian: custodian.clone(),
                    assignments: assignments.clone(),
                    workers: workers.clone(),
                    config: options.backfill,
                    metrics: BackfillMetrics::register(&registry)?,
                    shutdown: shutdown.clone(),
                });
                let status = backfill.status();
                tasks.serve("backfill", backfill.stopped());
                Some(status)
            }
            None => None,
        };

        let orderer_metrics = OrdererMetrics::register(&registry)?;
        let application = NodeApplication::new(ApplicationParts {
            ledger: ledger.clone(),
            pool: pool.clone(),
            network: network.clone(),
            key: key.clone(),
            clock_drift: options.clock_drift,
            metrics: orderer_metrics.clone(),
        });
        let orderer = engine::make(EngineParts {
            config: options.orderer,
            application: Arc::new(application),
            network: network.clone(),
            metrics: orderer_metrics.clone(),
            keypair: options.keypair,
            key,
            data_dir: options.data_dir,
        })?;

        let sync_metrics = SyncMetrics::register(&registry)?;
        let sync = (!orderer.syncs()).then(|| {
            let (ledger, network) = (ledger.clone(), network.clone());
            let (sync, handle) = SyncEngine::new(ledger, network, options.sync, sync_metrics);
            tasks.serve("sync", sync.run(shutdown.clone()));
            handle
        });

        let dispatcher = Dispatcher {
            custodian: custodian.clone(),
            server: LedgerServer::new(ledger.clone()),
            ledger: ledger.clone(),
            orderer: Arc::clone(&orderer),
            pool: pool.clone(),
            sync,
            network: network.clone(),
            tasks: tasks.clone(),
        };
        tasks.serve("dispatcher", dispatcher.run(events));
        tasks.serve(
            engine::SERVICE,
            engine::run(Arc::clone(&orderer), tasks.clone()),
        );

        let offers = Offers {
            ledger: ledger.clone(),
            network: network.clone(),
            own,
        };
        tasks.serve("offers", offers.run(shutdown.clone()));
        let following = contacts::follow(directory.clone(), network.clone(), shutdown.clone());
        tasks.serve("contacts", following);
        if let Some(own) = own {
            let telling = membership::tell(ledger.clone(), own, shutdown.clone());
            tasks.serve("membership", telling);
        }

        let reach = Reach {
            ledger: ledger.clone(),
            directory: directory.clone(),
            own,
            connected: network.connected(),
        };
        tasks.serve("reach", reach.tell(shutdown.clone()));

        let readiness = Readiness::new(
            ledger.clone(),
            directory.clone(),
            own,
            network.connected(),
            tasks.failed(),
            shutdown.clone(),
        );
        tasks.serve("store", readiness.clone().probe());

        let cells = NodeCells::new(
            custodian.clone(),
            network.clone(),
            directory.clone(),
            ledger.clone(),
            assignments.clone(),
            workers.clone(),
        );
        let gateway = if options.gateway {
            Some(Gateway::start(GatewayParts {
                store: ledger.store().clone(),
                network: network.clone(),
                ledger: ledger.clone(),
                pool: pool.clone(),
                directory,
                custodian: own.map(|_| custodian.clone()),
                assignments,
                workers,
                config: options.gateway_config,
                metrics: GatewayMetrics::register(&registry)?,
                shutdown: shutdown.clone(),
            }))
        } else {
            None
        };

        if let Some(gateway) = gateway.clone() {
            tasks.serve("gateway", async move { gateway.ended().await });
        }

        let mut node = Self {
            stop,
            tasks,
            network,
            p2p_addrs,
            api_addr: None,
            ledger,
            pool,
            custodian,
            custody,
            gateway,
            orderer,
            orderer_metrics,
            readiness,
            registry,
        };
        if let Some((listener, address)) = api_listener {
            node.api_addr = Some(address);
            let context = ApiContext::new(node.api_parts(cells, options.api_limits)?);
            node.tasks
                .serve("api", ended(api::serve(context, listener, shutdown)));
        }
        Ok(node)
    }

    fn api_parts(&self, cells: NodeCells, limits: api::ApiLimits) -> Result<ApiParts, NodeError> {
        let readiness = self.readiness.clone();
        let connected = self.network.connected();
        // A node that only follows runs no engine, so it has no round.
        let rounds = self.orderer.syncs();
        let round = self.orderer_metrics.round.clone();
        Ok(ApiParts {
            blobs: self
                .gateway
                .clone()
                .map(|gateway| Arc::new(gateway) as Arc<dyn BlobService>),
            cells: Some(Arc::new(cells)),
            ledger: self.ledger.clone(),
            pending: self.pool.watch(),
            peers: Arc::new(move || connected.borrow().len()),
            peer_id: self.peer_id().to_string(),
            readiness: Arc::new(move || readiness.check().map_err(|reason| reason.to_string())),
            orderer: self.orderer.name(),
            round: Arc::new(move || rounds.then(|| u32::try_from(round.get()).ok()).flatten()),
            custody: self.custody.clone(),
            registry: self.registry.clone(),
            engine_metrics: {
                let orderer = Arc::clone(&self.orderer);
                Arc::new(move || orderer.metrics_text())
            },
            metrics: ApiMetrics::register(&self.registry)?,
            limits,
        })
    }
}

async fn open_ledger(
    genesis: &Genesis,
    data_dir: &Path,
    registry: &Registry,
) -> Result<Ledger, NodeError> {
    let metrics = LedgerMetrics::register(registry)?;
    let (genesis, folder) = (genesis.clone(), data_dir.to_path_buf());
    let open = move || {
        std::fs::create_dir_all(&folder).map_err(|source| NodeError::Folder {
            path: folder.clone(),
            source,
        })?;
        let store = Store::open(folder.join(STORE_FILE), &genesis)?;
        Ok(Ledger::open(store, genesis, metrics)?)
    };
    spawn_blocking(open)
        .await
        .map_err(|_| NodeError::Interrupted)?
}

/// Listens for HTTP and returns the bound address.
async fn listen_http(address: SocketAddr) -> Result<(TcpListener, SocketAddr), NodeError> {
    let failed = |source| NodeError::ApiListen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Checks that the addresses of this node's network and engine are free.
fn probe_ports(options: &NodeOptions) -> Result<(), NodeError> {
    let peers = options.listen.iter().map(|at| ("network.listen", at));
    let engine = match &options.orderer.kind {
        OrdererKind::Malachite(settings) if options.validator_key.is_some() => {
            settings.listen.as_ref()
        }
        _ => None,
    };
    for (field, address) in peers.chain(engine.map(|at| ("orderer.listen", at))) {
        listening::probe(address).map_err(|source| NodeError::Listen {
            field,
            address: address.clone(),
            source,
        })?;
    }
    Ok(())
}

/// Waits until a service's own task ends.
async fn ended(task: JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "a service was lost");
    }
}
