//! Backfill: a custodian fetches or repairs the columns that it owns and did not receive at
//! dispersal.
//!
//! ```text
//!  head, changes of the set ─► search: blocks from the cursor on ─► agenda (pure): what is due when
//!                                                                     │ a few blobs at once
//!                                                                     ▼
//!  columns owned and not held ─► GetColumns from their other holders ─► verified ─► store
//!                                  └─ no holder has one: 64 others ─► rows ─► all columns
//!  their cell proofs ──────────► GetCellProofs from the other holders ─► verified ─► store
//!                                  └─ no holder has them: made from the rows, row by row, by the
//!                                     custodian whose turn it is, and pushed to the others
//! ```
//!
//! A custodian owns the columns that the current validator set assigns to it and, once a change of
//! the set is scheduled, those that the coming set assigns to it. It lacks columns if it was
//! offline at their dispersal or was not assigned them then. Only ordered, unexpired blobs count.
//!
//! The cursor in the store records up to which height nothing is missing, cell proofs included, and
//! for which columns. A restart searches only the blocks above it. The cursor moves only past what
//! is on the disk: a crash costs a second search and loses nothing. Backfill never deletes: a
//! custodian that no longer owns a column keeps it until it expires.
//!
//! If a blob's columns root misnames a column, no Merkle path leads to that column, so no custodian
//! can hold it in its dispersed form. Its cells still follow from the commitments: backfill repairs
//! them from other columns, stores them, and serves them with cell proofs.
//!
//! A peer is reported only for data that does not verify. A peer that dispersed a blob and did not
//! push its cell proofs is charged for them ([`ProofAccounts`](super::ProofAccounts)).

mod agenda;
mod blob;
mod columns;
mod config;
mod engine;
mod error;
mod give;
mod lack;
mod metrics;
mod peers;
mod proofs;
mod repair;
mod search;
mod turns;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weft_chain::{Height, PublicKey};
use weft_ledger::Ledger;
use weft_network::Directory;
use weft_network::NetworkHandle;

use self::engine::Engine;
use self::error::BackfillError;
use super::{Assignments, Custodian};
use crate::workers::{JobLost, Workers};

pub use self::config::BackfillConfig;
pub use self::metrics::BackfillMetrics;

/// How much of what it owns a custodian holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustodyStatus {
    /// Columns that this custodian owns now of each blob.
    pub owned: u64,
    /// Columns of ordered blobs that it owns and is known not to hold, summed over all blobs.
    pub missing: u64,
    /// The height up to which it holds everything that it owns, cell proofs included.
    pub complete_to: Height,
}

/// Dependencies and limits of a backfill.
#[derive(Debug)]
pub struct BackfillParts {
    /// The validator whose columns are kept here.
    pub key: PublicKey,
    /// The decided chain, its validator sets and the store.
    pub ledger: Ledger,
    /// Sends requests to the other custodians.
    pub network: NetworkHandle,
    /// The peer of each validator.
    pub directory: Directory,
    /// This node's custodian: it verifies fetched cell proofs as if they were pushed.
    pub custodian: Custodian,
    /// The custody assignment of each validator set.
    pub assignments: Assignments,
    /// Runs verification, repair and proving.
    pub workers: Workers,
    /// Limits and deadlines.
    pub config: BackfillConfig,
    /// Counters.
    pub metrics: BackfillMetrics,
    /// Stops it.
    pub shutdown: CancellationToken,
}

/// The handle of a running backfill.
#[derive(Debug)]
pub struct Backfill {
    status: watch::Receiver<CustodyStatus>,
    task: JoinHandle<()>,
}

impl Backfill {
    /// Starts the backfill. It resumes an earlier run. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(parts: BackfillParts) -> Self {
        let (tell, status) = watch::channel(CustodyStatus::default());
        let task = tokio::spawn(run(parts, tell));
        Self { status, task }
    }

    /// The status, kept up to date.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<CustodyStatus> {
        self.status.clone()
    }

    /// Waits until the task ends. Cancel the token that it was started with first.
    pub async fn stopped(self) {
        // A panic of the task has been reported by the runtime.
        let _ = self.task.await;
    }
}

async fn run(parts: BackfillParts, status: watch::Sender<CustodyStatus>) {
    match Engine::open(parts, status).await {
        Ok(engine) => engine.run().await,
        // The store cannot be read: the node's other services fail on it too.
        Err(error) => tracing::error!(%error, "the backfill did not start"),
    }
}

/// Runs a store operation on a thread that may block.
async fn blocking<T, F>(job: F) -> Result<T, BackfillError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, BackfillError> + Send + 'static,
{
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|_| JobLost)?
}

#[cfg(test)]
mod tests;
