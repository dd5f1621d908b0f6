//! Readiness: whether the node accepts posts.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use weft_chain::{PublicKey, ValidatorIndex, ValidatorSet};
use weft_ledger::Ledger;
use weft_network::Directory;
use weft_network::PeerId;

use super::ServiceEnded;
use super::ended::Failure;

/// Interval of the probes that check whether the store is writable.
const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// Why a node does not accept posts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// Not enough validators are connected for any certificate (retry).
    #[error(
        "validators with {reached} of {total} stake are reached, it takes more than two thirds"
    )]
    Quorum {
        /// Stake of the connected validators, this node included.
        reached: u64,
        /// Stake of all.
        total: u64,
    },
    /// The store cannot be written (local).
    #[error("the store cannot be written: {reason}")]
    Store {
        /// The store's error.
        reason: String,
    },
    /// A service of the node has ended (local).
    #[error(transparent)]
    Service(#[from] ServiceEnded),
    /// The node is stopping (retry elsewhere).
    #[error("the node is stopping")]
    Stopping,
}

/// Checks whether a node is ready. Cheap to clone and to check.
#[derive(Clone, Debug)]
pub struct Readiness {
    ledger: Ledger,
    directory: Directory,
    own: Option<PublicKey>,
    connected: watch::Receiver<Vec<PeerId>>,
    failed: watch::Receiver<Option<Failure>>,
    store: watch::Sender<Option<String>>,
    shutdown: CancellationToken,
}

impl Readiness {
    pub(super) fn new(
        ledger: Ledger,
        directory: Directory,
        own: Option<PublicKey>,
        connected: watch::Receiver<Vec<PeerId>>,
        failed: watch::Receiver<Option<Failure>>,
        shutdown: CancellationToken,
    ) -> Self {
        let store = watch::Sender::new(None);
        Self {
            ledger,
            directory,
            own,
            connected,
            failed,
            store,
            shutdown,
        }
    }

    /// Whether posts are accepted: connected validators (this node counts) hold more than two
    /// thirds of the stake, the store is writable, and every service runs.
    ///
    /// # Errors
    /// [`NotReady`], the first reason found.
    pub fn check(&self) -> Result<(), NotReady> {
        if self.shutdown.is_cancelled() {
            return Err(NotReady::Stopping);
        }
        if let Some(failure) = *self.failed.borrow() {
            return Err(failure.ended().into());
        }
        if let Some(reason) = self.store.borrow().clone() {
            return Err(NotReady::Store { reason });
        }
        let set = self
            .ledger
            .validator_sets()
            .at(self.ledger.head().next_height());
        let own = self.own.and_then(|key| set.index_of(&key));
        let peers = self.connected.borrow();
        let reached = peers
            .iter()
            .filter_map(|peer| self.directory.index_of(&set, peer));
        check_quorum(&set, reached.chain(own))
    }

    /// Waits until the node is ready.
    pub async fn wait(&self) {
        let mut connected = self.connected.clone();
        let mut store = self.store.subscribe();
        let mut head = self.ledger.watch_head();
        while self.check().is_err() {
            tokio::select! {
                // The network or the node has stopped: it never becomes ready.
                () = self.shutdown.cancelled() => std::future::pending().await,
                Ok(()) = connected.changed() => {}
                Ok(()) = store.changed() => {}
                // The next height may have another set.
                Ok(()) = head.changed() => {}
                else => std::future::pending().await,
            }
        }
    }

    /// Commits an empty durable write every few seconds to check whether the store is writable.
    /// Ends when the store cannot be written until it is opened again.
    pub(super) async fn probe(self) {
        let mut tick = tokio::time::interval(PROBE_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                _ = tick.tick() => {}
            }
            let store = self.ledger.store().clone();
            let outcome = tokio::task::spawn_blocking(move || store.remove_pending(&[])).await;
            if let Ok(Err(error)) = &outcome
                && error.is_final()
            {
                let error = error as &dyn std::error::Error;
                tracing::error!(error, "the store cannot be written any more");
                return;
            }
            let problem = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            self.store.send_if_modified(|known| {
                let changed = *known != problem;
                *known = problem;
                changed
            });
        }
    }
}

/// Whether these validators, each counted once, hold a quorum's stake.
fn check_quorum(
    set: &ValidatorSet,
    reached: impl Iterator<Item = ValidatorIndex>,
) -> Result<(), NotReady> {
    let reached: std::collections::BTreeSet<ValidatorIndex> = reached.collect();
    let stake = reached
        .iter()
        .filter_map(|index| set.get(*index))
        .map(|validator| validator.stake)
        .sum();
    if set.has_quorum(stake) {
        return Ok(());
    }
    Err(NotReady::Quorum {
        reached: stake,
        total: set.total_stake(),
    })
}
