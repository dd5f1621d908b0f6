//! The custodian's handle: one method per request, each on a bounded number of workers.

use std::sync::Arc;

use tokio::sync::Semaphore;
use weft_chain::{ChainId, Genesis, Height, Retention, SecretKey, Signature};
use weft_ledger::ValidatorSets;
use weft_ledger::store::Store;
use weft_network::{
    CellProofsReply, ColumnsReply, DisperseRequest, GetCellProofs, GetColumns, GetSamples,
    PushProofs, SampleReply,
};

use super::block_column::BlockColumns;
use super::block_rows::BlockRowsCache;
use super::{Assignments, CustodianConfig, CustodianMetrics, CustodyError, ProofAccounts};
use crate::withholding::{WithheldCells, Withholding};
use crate::workers::Workers;

/// Dependencies and bounds of a custodian.
#[derive(Debug)]
pub struct CustodianOptions {
    /// The chain that `sets` belongs to.
    pub chain_id: ChainId,
    /// For how many blocks a blob is retained.
    pub retention: Retention,
    /// Most rows of a block.
    pub max_block_rows: u16,
    /// Holds columns and proofs.
    pub store: Store,
    /// The validator sets by height.
    pub sets: ValidatorSets,
    /// Their custody assignments, shared with the gateway.
    pub assignments: Assignments,
    /// The validator's key. Without it, the custodian serves and signs nothing.
    pub key: Option<SecretKey>,
    /// Runs verification.
    pub workers: Workers,
    /// Bounds.
    pub config: CustodianConfig,
    /// What to withhold, in demonstrations and tests.
    pub withholding: Option<Withholding>,
    /// Counters.
    pub metrics: CustodianMetrics,
}

impl CustodianOptions {
    /// A custodian of the chain that `genesis` starts, without a key, with the default bounds.
    pub fn new(
        genesis: &Genesis,
        store: Store,
        sets: ValidatorSets,
        metrics: CustodianMetrics,
    ) -> Self {
        Self {
            chain_id: genesis.chain_id,
            retention: genesis.retention(),
            max_block_rows: genesis.max_block_rows,
            store,
            sets,
            assignments: Assignments::default(),
            key: None,
            workers: Workers::per_core(),
            config: CustodianConfig::default(),
            withholding: None,
            metrics,
        }
    }
}

/// A custodian; see the [module](super) documentation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Custodian {
    custody: Arc<Custody>,
    queue: Arc<Semaphore>,
    limit: usize,
    workers: Workers,
    proof_accounts: ProofAccounts,
}

/// What the workers share.
#[derive(Debug)]
pub(super) struct Custody {
    pub(super) chain_id: ChainId,
    pub(super) retention: Retention,
    pub(super) max_block_rows: u16,
    pub(super) store: Store,
    pub(super) sets: ValidatorSets,
    pub(super) assignments: Assignments,
    pub(super) key: Option<SecretKey>,
    pub(super) withheld: Option<WithheldCells>,
    pub(super) rows: BlockRowsCache,
    pub(super) columns: BlockColumns,
    pub(super) metrics: CustodianMetrics,
}

impl Custodian {
    /// Makes the custodian. It acts only on requests.
    pub fn new(options: CustodianOptions) -> Self {
        let config = options.config;
        let custody = Custody {
            chain_id: options.chain_id,
            retention: options.retention,
            max_block_rows: options.max_block_rows,
            store: options.store,
            sets: options.sets,
            assignments: options.assignments,
            key: options.key,
            withheld: options.withholding.map(WithheldCells::new),
            rows: BlockRowsCache::new(config.cached_blocks),
            columns: BlockColumns::new(config.cached_columns),
            metrics: options.metrics,
        };
        let limit = config.queue.get().min(Semaphore::MAX_PERMITS);
        Self {
            custody: Arc::new(custody),
            queue: Arc::new(Semaphore::new(limit)),
            limit,
            workers: options.workers,
            proof_accounts: ProofAccounts::default(),
        }
    }

    /// Verifies and stores this validator's columns of a blob, then signs for them.
    ///
    /// Idempotent. Cost: one subgroup check per row and two pairings, one commit to disk.
    ///
    /// # Errors
    /// [`CustodyError`]; nothing was signed.
    pub async fn disperse(&self, request: DisperseRequest) -> Result<Signature, CustodyError> {
        self.run("disperse", move |custody| custody.disperse(request))
            .await
    }

    /// The cell proofs that each disperser left to this custodian.
    #[must_use]
    pub fn proof_accounts(&self) -> &ProofAccounts {
        &self.proof_accounts
    }

    /// Verifies and stores the cell proofs of columns that are held here.
    ///
    /// Idempotent. Cost: two pairings and one multiplication per cell, one commit to disk.
    ///
    /// # Errors
    /// [`CustodyError`]. No proof was stored, except on [`CustodyError::NotHeld`]: then the proofs
    /// of the held columns were stored.
    pub async fn push_proofs(&self, request: PushProofs) -> Result<(), CustodyError> {
        self.run("push_proofs", move |custody| custody.push_proofs(&request))
            .await
    }

    /// The cell proofs of the requested columns that are stored here, and a refusal for each of the
    /// others.
    ///
    /// # Errors
    /// [`CustodyError::Busy`] (retry), or a store error (local).
    pub async fn cell_proofs(
        &self,
        request: GetCellProofs,
    ) -> Result<CellProofsReply, CustodyError> {
        self.run("cell_proofs", move |custody| custody.cell_proofs(&request))
            .await
    }

    /// The requested columns that are held, each with its proof, and a refusal for each of the
    /// others.
    ///
    /// # Errors
    /// [`CustodyError::Busy`] (retry), or a store error (local).
    pub async fn columns(&self, request: GetColumns) -> Result<ColumnsReply, CustodyError> {
        self.run("columns", move |custody| custody.columns(&request))
            .await
    }

    /// Single cells of a block's extended matrix with their proofs, in the requested order.
    ///
    /// # Errors
    /// [`CustodyError::Busy`] (retry), or a store error (local). A missing cell is not an error but
    /// a [`SampleReply::Refused`].
    pub async fn samples(&self, request: GetSamples) -> Result<Vec<SampleReply>, CustodyError> {
        self.run("samples", move |custody| custody.samples(&request))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        kind: &'static str,
        job: impl FnOnce(&Custody) -> Result<T, CustodyError> + Send + 'static,
    ) -> Result<T, CustodyError> {
        let metrics = &self.custody.metrics;
        let Ok(place) = Arc::clone(&self.queue).try_acquire_owned() else {
            metrics.answered(kind, "busy");
            return Err(CustodyError::Busy { limit: self.limit });
        };
        let timer = metrics
            .request_seconds
            .with_label_values(&[kind])
            .start_timer();
        let custody = Arc::clone(&self.custody);
        let outcome = self.workers.run(move || job(&custody)).await;
        drop(place);
        timer.observe_duration();

        let outcome = outcome.map_err(CustodyError::from).flatten();
        match &outcome {
            Ok(_) => metrics.answered(kind, "ok"),
            Err(error) => {
                metrics.answered(kind, error.refusal().name());
                if error.fault() == weft_encoding::Fault::Local {
                    tracing::error!(kind, ?error, "custody failed");
                }
            }
        }
        outcome
    }
}

impl Custody {
    /// The height of the last decided block; 0 when there is none.
    pub(super) fn head(&self) -> Result<Height, CustodyError> {
        let head = self.store.head()?;
        Ok(head.map_or(Height::GENESIS, |signed| signed.header.height))
    }
}
