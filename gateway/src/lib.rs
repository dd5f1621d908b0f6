//! The gateway: what turns a rollup's batch into a certified blob, and columns back into a batch.
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
//!            └─ fewer to be had: single cells of the block's matrix, parity rows too ─► 2D repair
//! ```
//!
//! A reader asks for a column the custodians of the current validator set first, then those of the
//! block's: the data of before a change of the set outlives the validators that left it.
//!
//! A post is acknowledged only after its certificate and its spooled rows are on the disk, so a
//! crash at any instruction loses neither the blob nor the cell proofs that are still to be made.

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

/// What a gateway works with.
#[derive(Debug)]
pub struct GatewayParts {
    /// Where certificates, spooled rows and proofs are kept.
    pub store: Store,
    /// The way to the custodians.
    pub network: NetworkHandle,
    /// The decided chain.
    pub ledger: Ledger,
    /// Where certified blobs wait for a block.
    pub pool: Pool,
    /// Which peer each validator is.
    pub directory: Directory,
    /// This node's own custodian, when it is one: asked directly instead of by the network.
    pub custodian: Option<Custodian>,
    /// Who holds what, by validator set.
    pub assignments: Assignments,
    /// Where coding and verification run.
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
    /// Certified posts whose slower custodians are still being served.
    stragglers: Arc<Semaphore>,
    in_flight: InFlight,
    events: broadcast::Sender<PhaseEvent>,
    /// Held for reading from the spooling of a blob to its certificate in the store: with it held
    /// for writing, a spooled blob without a certificate is one that will not get one.
    spooling: RwLock<()>,
    /// Woken when the spool has something new.
    spooled: Notify,
    tasks: TaskTracker,
    /// Cancelled when the work on cell proofs has ended, however it ended.
    proofs_ended: CancellationToken,
    shutdown: CancellationToken,
}

impl Gateway {
    /// Starts a gateway; unfinished cell proofs of an earlier run are taken up again.
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
        // The first proof of a process builds tables for seconds: better now than in a post.
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

    /// Waits until the work on cell proofs ends, which goes on until the shutdown.
    pub async fn ended(&self) {
        self.shared.proofs_ended.cancelled().await;
    }

    /// Waits for the background work to end, after the token that the gateway was started with has
    /// been cancelled. What is unfinished is in the spool and goes on at the next start.
    pub async fn stopped(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

fn permits(count: NonZeroUsize) -> Semaphore {
    Semaphore::new(count.get().min(Semaphore::MAX_PERMITS))
}

/// Runs a store operation where it may block.
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
