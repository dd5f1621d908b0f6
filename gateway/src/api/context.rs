//! The state that the handlers share.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use prometheus::Registry;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use weft_chain::BlobId;
use weft_custody::backfill::CustodyStatus;
use weft_ledger::Ledger;
use weft_ledger::store::StoreError;

use super::{ApiLimits, ApiMetrics, Problem};
use crate::{CellSource, Gateway, PostError, PostRequest, Posted, ReadBatch, ReadError, Receipt};

/// Posting and reading, as the API needs it; implemented by the [`Gateway`].
#[async_trait]
pub trait BlobService: Send + Sync + 'static {
    /// Posts a batch.
    async fn post(&self, request: PostRequest) -> Result<Posted, PostError>;
    /// Reads a batch, verified.
    async fn read(&self, blob_id: BlobId) -> Result<ReadBatch, ReadError>;
    /// A blob's receipt; `None` if no certified blob with this id is known.
    async fn receipt(&self, blob_id: BlobId) -> Result<Option<Receipt>, ReadError>;
}

#[async_trait]
impl BlobService for Gateway {
    async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
        Self::post(self, request).await
    }

    async fn read(&self, blob_id: BlobId) -> Result<ReadBatch, ReadError> {
        Self::read(self, blob_id).await
    }

    async fn receipt(&self, blob_id: BlobId) -> Result<Option<Receipt>, ReadError> {
        Self::receipt(self, blob_id).await
    }
}

/// Whether posts are accepted; if not, the reason.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Dependencies and limits of an [`ApiContext`].
pub struct ApiParts {
    /// Posts and reads. `None`: this node is not a gateway.
    pub blobs: Option<Arc<dyn BlobService>>,
    /// Single cells. `None`: this node serves none.
    pub cells: Option<Arc<dyn CellSource>>,
    /// The decided chain, with its store.
    pub ledger: Ledger,
    /// Number of certified blobs in the pool.
    pub pending: watch::Receiver<usize>,
    /// Number of connected peers.
    pub peers: Arc<dyn Fn() -> usize + Send + Sync>,
    /// This node's peer id.
    pub peer_id: String,
    /// Whether posts are accepted.
    pub readiness: Readiness,
    /// The name of the orderer.
    pub orderer: &'static str,
    /// The current consensus round; `None` if it is not known.
    pub round: Arc<dyn Fn() -> Option<u32> + Send + Sync>,
    /// How complete this node's columns are. `None`: it is not a custodian.
    pub custody: Option<watch::Receiver<CustodyStatus>>,
    /// The node's metrics, for `/metrics`.
    pub registry: Registry,
    /// The consensus engine's metrics, for `/metrics`, in Prometheus' text format.
    pub engine_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The API's own metrics.
    pub metrics: ApiMetrics,
    /// Sizes, counts and deadlines.
    pub limits: ApiLimits,
}

impl fmt::Debug for ApiParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiParts")
            .field("gateway", &self.blobs.is_some())
            .field("cells", &self.cells.is_some())
            .field("peer_id", &self.peer_id)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The handlers' shared state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiContext {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    parts: ApiParts,
    places: Places,
    shutdown: CancellationToken,
}

/// Permits for requests, by class.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) posts: Arc<Semaphore>,
    pub(super) reads: Arc<Semaphore>,
    pub(super) queries: Arc<Semaphore>,
    pub(super) subscriptions: Arc<Semaphore>,
}

impl ApiContext {
    /// The state of one server.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let limits = &parts.limits;
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let places = Places {
            posts: places(limits.posts.get()),
            reads: places(limits.reads.get()),
            queries: places(limits.queries.get()),
            subscriptions: places(limits.subscriptions.get()),
        };
        Self {
            inner: Arc::new(Inner {
                parts,
                places,
                shutdown: CancellationToken::new(),
            }),
        }
    }

    pub(super) fn limits(&self) -> &ApiLimits {
        &self.inner.parts.limits
    }

    pub(super) fn metrics(&self) -> &ApiMetrics {
        &self.inner.parts.metrics
    }

    pub(super) fn places(&self) -> &Places {
        &self.inner.places
    }

    pub(super) fn parts(&self) -> &ApiParts {
        &self.inner.parts
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.inner.parts.ledger
    }

    /// Cancelled when the server stops; it ends long answers.
    pub(super) fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    /// The gateway, or the problem that this node is not one.
    pub(super) fn blobs(&self) -> Result<&dyn BlobService, Problem> {
        self.inner
            .parts
            .blobs
            .as_deref()
            .ok_or_else(Problem::no_gateway)
    }

    /// Reads the store on a thread that may block.
    pub(super) async fn read_store<T: Send + 'static>(
        &self,
        job: impl FnOnce(&weft_ledger::store::Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.ledger().store().clone();
        Ok(self.blocking(move || job(&store)).await??)
    }

    /// Runs a job that blocks or computes for long on a thread that may.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        tokio::task::spawn_blocking(job)
            .await
            .map_err(|error| Problem::internal(&error))
    }
}
