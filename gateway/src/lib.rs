//! The gateway: turns a rollup's batch into a certified blob, and columns back into a batch.
//!
//! ```text
//!  post ─► rows, commitments, cells, R, column proofs      (workers)
//!            │
//!            ├─► dispersal: each custodian its columns ─► signatures ─► certificate ─► pool
//!            │                                                              │
//!            └─► spool (durable) ─► cell proofs, row by row ─► custodians   ▼
//!                                   (background)                        answered
//!
//!  read ─► 64 whole columns from store or custodians ─► verify ─► repair ─► batch
//!            └─ fewer available: single cells of the block's matrix, parity rows too ─► 2D repair
//! ```
//!
//! A read asks the custodians of the current validator set for a column first, then those of the
//! block's set: data from before a change of the set outlives the validators that left.
//!
//! A post is acknowledged only after its certificate and its spooled rows are on the disk, so a
//! crash at any instruction loses neither the blob nor the cell proofs that are not made yet.

pub mod api;
mod cell_proofs;
mod config;
mod custodians;
mod dispersal;
mod error;
mod events;
mod in_flight;
mod metrics;
mod post;
mod receipt;
mod retrieval;

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::{Notify, RwLock, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use weft_network::NetworkHandle;

pub use weft_gateway_api::Wait;

pub use self::config::GatewayConfig;
pub use self::error::{CustodianError, DispersalError, PostError, ReadError};
pub use self::events::{Phase, PhaseEvent};
pub use self::metrics::GatewayMetrics;
pub use self::post::{PostRequest, Posted};
pub use self::receipt::{Ordered, Receipt};
pub use self::retrieval::{CellError, CellSource, MalformedRow, NodeCells, ReadBatch, Route};

use weft_custody::Workers;
use weft_custody::{Assignments, Custodian};
use weft_ledger::Ledger;
use weft_ledger::pool::Pool;
use weft_ledger::store::Store;
use weft_network::Directory;

use self::custodians::Custodians;
use self::in_flight::InFlight;

/// Phase events kept for a subscriber that lags.
const EVENT_BACKLOG: usize = 256;

/// Dependencies and limits of a gateway.
#[derive(Debug)]
pub struct GatewayParts {
    /// Holds certificates, spooled rows and proofs.
    pub store: Store,
    /// Sends requests to the custodians.
    pub network: NetworkHandle,
    /// The decided chain.
    pub ledger: Ledger,
    /// Holds certified blobs until a block orders them.
    pub pool: Pool,
    /// The peer of each validator.
    pub directory: Directory,
    /// This node's own custodian, if it is one: called directly, not over the network.
    pub custodian: Option<Custodian>,
    /// The custody assignment of each validator set.
    pub assignments: Assignments,
    /// Runs coding and verification.
    pub workers: Workers,
    /// Limits and deadlines.
    pub config: GatewayConfig,
    /// Counters and timings.
    pub metrics: GatewayMetrics,
    /// Stops the background work.
    pub shutdown: CancellationToken,
}

/// A gateway's handle. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    ledger: Ledger,
    pool: Pool,
    custodians: Custodians,
    config: GatewayConfig,
    metrics: GatewayMetrics,
    workers: Workers,
    posts: Arc<Semaphore>,
    reads: Semaphore,
    /// Permits for certified posts that still send columns to slower custodians.
    stragglers: Arc<Semaphore>,
    in_flight: InFlight,
    events: broadcast::Sender<PhaseEvent>,
    /// A post holds it for reading until both the spooled rows and the certificate are stored.
    /// While it is held for writing, a spooled blob without a certificate is one whose post failed.
    spooling: RwLock<()>,
    /// Notified when rows were spooled.
    spooled: Notify,
    tasks: TaskTracker,
    /// Cancelled when the work on cell proofs has ended, however it ended.
    proofs_ended: CancellationToken,
    shutdown: CancellationToken,
}

impl Gateway {
    /// Starts a gateway. It resumes the unfinished cell proofs of an earlier run.
    #[must_use]
    pub fn start(parts: GatewayParts) -> Self {
        let GatewayParts {
            store,
            network,
            ledger,
            pool,
            directory,
            custodian,
            assignments,
            ..
        } = parts;
        let config = parts.config;
        let shared = Arc::new(Shared {
            store,
            ledger,
            pool,
            custodians: Custodians::new(
                network,
                directory,
                custodian,
                assignments,
                config.clone(),
                parts.shutdown.clone(),
            ),
            posts: Arc::new(permits(config.max_posts)),
            reads: permits(config.max_reads),
            stragglers: Arc::new(permits(config.max_stragglers)),
            in_flight: InFlight::default(),
            spooling: RwLock::new(()),
            config,
            metrics: parts.metrics,
            workers: parts.workers,
            events: broadcast::Sender::new(EVENT_BACKLOG),
            spooled: Notify::new(),
            tasks: TaskTracker::new(),
            proofs_ended: CancellationToken::new(),
            shutdown: parts.shutdown,
        });
        // The first proof of a process builds tables for seconds: do it now, not during a post.
        shared.tasks.spawn_blocking(weft_encoding::prepare_prover);
        let (proofs, ended) = (
            Arc::clone(&shared),
            shared.proofs_ended.clone().drop_guard(),
        );
        shared.tasks.spawn(async move {
            let _ended = ended;
            cell_proofs::run(proofs).await;
        });
        Self { shared }
    }

    /// The phases of posts from now on, of all callers; for progress bars and tests.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<PhaseEvent> {
        self.shared.events.subscribe()
    }

    /// Waits until the work on cell proofs ends; without a failure it runs until the shutdown.
    pub async fn ended(&self) {
        self.shared.proofs_ended.cancelled().await;
    }

    /// Waits until the background work ends. Cancel the token that the gateway was started with
    /// first. Unfinished work is in the spool and resumes at the next start.
    pub async fn stopped(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

fn permits(count: NonZeroUsize) -> Semaphore {
    Semaphore::new(count.get().min(Semaphore::MAX_PERMITS))
}

/// Runs a store operation on a thread that may block.
async fn blocking<T, E, F>(job: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<weft_custody::JobLost> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|_| weft_custody::JobLost)?
}
