//! Backfill: a custodian gets what it owns and dispersal did not bring.
//!
//! ```text
//!  head, changes of the set ─► search: blocks from the cursor on ─► agenda (pure): what is due when
//!                                                                     │ a few blobs at once
//!                                                                     ▼
//!  columns owned and not held ─► GetColumns from their other holders ─► verified ─► store
//!                                  └─ nobody gives one: 64 of the rest ─► rows ─► all columns
//!  their cell proofs ──────────► GetCellProofs from the other holders ─► verified ─► store
//!                                  └─ nobody gives them: made from the rows, row by row, by the
//!                                     custodian whose turn it is, and pushed to the others
//! ```
//!
//! A custodian owns the columns that the current validator set assigns to it, and as soon as a
//! change of the set is scheduled those of the coming set too. It lacks them when it was away at the
//! dispersal, or when it was no custodian of theirs then. Only ordered and unexpired blobs count.
//!
//! The cursor in the store says up to which height nothing lacks of which columns, so a restart
//! looks only at what is above it. It moves only past what is on the disk: a crash costs a second
//! look and loses nothing. Nothing is ever removed here: who no longer owns a column keeps it until
//! it expires.
//!
//! A column that the blob's columns root misnames has no path under it, so nobody can hold it as it
//! would have been dispersed. Its cells follow from the commitments all the same: they are repaired from
//! other columns, kept, and served with cell proofs.
//!
//! A peer is blamed for what does not verify, and for nothing else. Who dispersed a blob and did not push
//! its cell proofs is charged with them ([`ProofAccounts`](super::ProofAccounts)).

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

/// How far a custodian has what it owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustodyStatus {
    /// Columns of every blob that this custodian owns now.
    pub owned: u64,
    /// Columns of ordered blobs, over all blobs, that it owns and is known not to hold.
    pub missing: u64,
    /// The height up to which it holds everything that it owns, cell proofs included.
    pub complete_to: Height,
}

/// What a backfill works with.
#[derive(Debug)]
pub struct BackfillParts {
    /// The validator whose columns are kept here.
    pub key: PublicKey,
    /// The decided chain, its validator sets and the store.
    pub ledger: Ledger,
    /// The way to the other custodians.
    pub network: NetworkHandle,
    /// Which peer each validator is.
    pub directory: Directory,
    /// This node's custodian: cell proofs that others give are verified as if they were pushed.
    pub custodian: Custodian,
    /// Who holds what, by validator set.
    pub assignments: Assignments,
    /// Where verification, repair and proving run.
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
    /// Starts it; it takes up what an earlier run left. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(parts: BackfillParts) -> Self {
        let (tell, status) = watch::channel(CustodyStatus::default());
        let task = tokio::spawn(run(parts, tell));
        Self { status, task }
    }

    /// How far it is, kept up to date.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<CustodyStatus> {
        self.status.clone()
    }

    /// Waits for its end, after the token that it was started with has been cancelled.
    pub async fn stopped(self) {
        // A panic of the task has been reported by the runtime.
        let _ = self.task.await;
    }
}

async fn run(parts: BackfillParts, status: watch::Sender<CustodyStatus>) {
    match Engine::open(parts, status).await {
        Ok(engine) => engine.run().await,
        // The store does not read: the node's other services fail on it too.
        Err(error) => tracing::error!(%error, "the backfill did not start"),
    }
}

/// Runs a store operation where it may block.
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
