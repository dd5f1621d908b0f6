//! The pool's handle.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use weft_chain::{BlobId, BlockBody, CertifiedBlob, ValidatorSet};
use weft_encoding::{Digest, Fault};
use weft_network::NetworkHandle;

use super::admission::{self, Admission};
use super::pending::Pending;
use super::{PoolConfig, PoolError, PoolMetrics};
use crate::store::Pooled;
use crate::{DecidedBlock, Ledger};

/// Certificates verified at once; more callers wait for a permit.
const CONCURRENT_CHECKS: usize = 4;

/// Certified blobs that wait for a block. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) ledger: Ledger,
    pub(super) network: NetworkHandle,
    pub(super) config: PoolConfig,
    pending: Mutex<Pending>,
    count: watch::Sender<usize>,
    checks: Semaphore,
    metrics: PoolMetrics,
}

impl Pool {
    /// Opens the pool with the pending blobs of the store. All of them are gossiped again, because
    /// the store does not record where a blob was certified.
    ///
    /// # Errors
    /// [`PoolError::Store`] (local).
    pub async fn open(
        ledger: Ledger,
        network: NetworkHandle,
        config: PoolConfig,
        metrics: PoolMetrics,
    ) -> Result<Self, PoolError> {
        let shared = Shared {
            pending: Mutex::new(Pending::default()),
            count: watch::Sender::new(0),
            checks: Semaphore::new(CONCURRENT_CHECKS),
            ledger,
            network,
            config,
            metrics,
        };
        let pool = Self {
            shared: Arc::new(shared),
        };
        let opening = pool.clone();
        tokio::task::spawn_blocking(move || opening.reload())
            .await
            .map_err(|_| PoolError::Closed)??;
        Ok(pool)
    }

    fn reload(&self) -> Result<(), PoolError> {
        let stored = self.shared.ledger.store().pending()?;
        let count = {
            let mut pending = self.lock();
            for blob in stored {
                pending.put(blob.header.id(), blob, true, None);
            }
            pending.len()
        };
        self.publish_count(count);
        self.drop_stale()
    }

    /// Takes a blob that was certified here: verifies it, stores it durably before it returns, and
    /// gossips it until it is ordered.
    ///
    /// # Errors
    /// [`PoolError`]: full, or too late for a block (retry), not certified (peer), store (local).
    pub async fn submit(&self, blob: CertifiedBlob) -> Result<Admission, PoolError> {
        let gossip = blob.clone();
        let admission = self.take(blob, true).await?;
        if admission != Admission::Ordered
            && let Err(error) = self.shared.network.publish_certified(gossip).await
        {
            // The regossip loop publishes it again; with no peers yet this is the usual case.
            tracing::debug!(%error, "certified blob not gossiped yet");
        }
        Ok(admission)
    }

    /// Takes a blob that came by gossip: verifies it and stores it durably before it returns.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn admit(&self, blob: CertifiedBlob) -> Result<Admission, PoolError> {
        self.take(blob, false).await
    }

    /// All blobs that wait, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<Arc<CertifiedBlob>> {
        self.lock().in_order()
    }

    /// Whether a blob waits here.
    #[must_use]
    pub fn contains(&self, id: &BlobId) -> bool {
        self.lock().expiry(id).is_some()
    }

    /// Whether exactly this certified blob waits here. If so, its certificate was verified.
    #[must_use]
    pub fn has_verified(&self, blob: &CertifiedBlob) -> bool {
        self.lock()
            .get(&blob.certificate.blob_id)
            .is_some_and(|waiting| **waiting == *blob)
    }

    /// When the waiting blobs of a block were admitted. Blobs admitted by an earlier process are
    /// left out.
    #[must_use]
    pub fn admitted(&self, body: &BlockBody) -> Vec<Instant> {
        let pending = self.lock();
        body.blobs
            .iter()
            .filter_map(|blob| pending.admitted(&blob.certificate.blob_id))
            .collect()
    }

    /// Checks that the pool has room for a post. The answer can change before the blob arrives.
    ///
    /// # Errors
    /// [`PoolError::Full`] (retry).
    pub fn check_room(&self, namespace: &weft_chain::Namespace) -> Result<(), PoolError> {
        self.lock().check_room(namespace, &self.shared.config)
    }

    /// Follows the number of waiting blobs. While the pool runs, it also wakes when an update of
    /// the validator set is offered, because a block can include that as well.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.shared.count.subscribe()
    }

    async fn take(&self, blob: CertifiedBlob, own: bool) -> Result<Admission, PoolError> {
        let _permit = self
            .shared
            .checks
            .acquire()
            .await
            .map_err(|_| PoolError::Closed)?;
        let pool = self.clone();
        let outcome = tokio::task::spawn_blocking(move || pool.take_blocking(blob, own))
            .await
            .map_err(|_| PoolError::Closed)?;
        let metrics = &self.shared.metrics;
        match &outcome {
            Ok(Admission::New) => {
                let origin = if own { "own" } else { "gossip" };
                metrics.admitted_blobs.with_label_values(&[origin]).inc();
            }
            Ok(Admission::Pending | Admission::Ordered) => {}
            Err(error) => metrics
                .refused_blobs
                .with_label_values(&[reason(error)])
                .inc(),
        }
        outcome
    }

    fn take_blocking(&self, blob: CertifiedBlob, own: bool) -> Result<Admission, PoolError> {
        let shared = &self.shared;
        let store = shared.ledger.store();
        let id = blob.header.id();
        if own {
            self.lock().adopt(&id);
        }
        let waits = self.lock().expiry(&id);
        if waits.is_some_and(|expiry| expiry >= blob.certificate.expiry) {
            return Ok(Admission::Pending);
        }
        if self.is_ordered(&id)? {
            return Ok(Admission::Ordered);
        }
        if waits.is_none() {
            self.lock()
                .check_room(&blob.header.namespace, &shared.config)?;
        }
        admission::check(shared.ledger.rules(), &shared.ledger.head(), &blob)?;

        let pooled = store.put_certified(&blob)?;
        if pooled == Pooled::Ordered {
            return Ok(Admission::Ordered);
        }
        self.lock().put(id, blob, own, Some(Instant::now()));
        // A block may have ordered the blob since the write, and its notice may have been handled
        // already: check again.
        if self.is_ordered(&id)? {
            self.remove(&[id]);
            store.remove_pending(&[id])?;
            return Ok(Admission::Ordered);
        }
        let count = self.lock().len();
        self.publish_count(count);
        Ok(if pooled == Pooled::New {
            Admission::New
        } else {
            Admission::Pending
        })
    }

    /// Removes the blobs that a decided block ordered, and those that no later block may order.
    /// Blocks on the store.
    pub(super) fn on_decided(&self, decided: &DecidedBlock) -> Result<(), PoolError> {
        let ids: Vec<BlobId> = decided
            .block
            .body
            .blobs
            .iter()
            .map(|blob| blob.certificate.blob_id)
            .collect();
        self.remove(&ids);
        self.drop_stale()
    }

    /// Removes all ordered blobs according to the store, after notices of decided blocks were
    /// missed. Blocks on the store.
    pub(super) fn reconcile(&self) -> Result<(), PoolError> {
        let ids: Vec<BlobId> = self
            .pending()
            .iter()
            .map(|blob| blob.certificate.blob_id)
            .collect();
        let mut ordered = Vec::new();
        for id in ids {
            if self.is_ordered(&id)? {
                ordered.push(id);
            }
        }
        self.remove(&ordered);
        self.drop_stale()
    }

    pub(super) fn own_after(&self, after: u64, count: usize) -> (Vec<Arc<CertifiedBlob>>, u64) {
        self.lock().own_after(after, count)
    }

    /// Whether a block has ordered the blob and it may not be ordered again yet.
    fn is_ordered(&self, id: &BlobId) -> Result<bool, PoolError> {
        let ledger = &self.shared.ledger;
        let next = ledger.head().next_height();
        let location = ledger.store().location(id)?;
        let rules = ledger.rules();
        Ok(location.is_some_and(|earlier| rules.check_again(id, &earlier, next).is_err()))
    }

    fn remove(&self, ids: &[BlobId]) {
        let count = {
            let mut pending = self.lock();
            for id in ids {
                pending.remove(id);
            }
            pending.len()
        };
        self.publish_count(count);
    }

    fn drop_stale(&self) -> Result<(), PoolError> {
        let next = self.shared.ledger.head().next_height();
        let retention = self.shared.ledger.rules().retention;
        let sets = self.shared.ledger.validator_sets().all_certifying(next);
        let roots: Vec<Digest> = sets.iter().map(ValidatorSet::root).collect();
        let (expired, count) = {
            let mut pending = self.lock();
            (pending.remove_stale(next, retention, &roots), pending.len())
        };
        for id in &expired {
            tracing::warn!(blob = %id, height = %next, "blob dropped: no later block may include its certificate");
        }
        if expired.is_empty() {
            return Ok(());
        }
        self.publish_count(count);
        self.shared
            .metrics
            .expired_blobs
            .inc_by(expired.len() as u64);
        self.shared.ledger.store().remove_pending(&expired)?;
        Ok(())
    }

    /// Wakes the tasks that wait for something to propose.
    pub(super) fn wake(&self) {
        self.shared.count.send_modify(|_| {});
    }

    fn publish_count(&self, count: usize) {
        self.shared
            .metrics
            .pending_blobs
            .set(i64::try_from(count).unwrap_or(i64::MAX));
        self.shared.count.send_replace(count);
    }

    /// The lock is never held over a call that can panic, so a poisoned one is still sound.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.shared
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(error: &PoolError) -> &'static str {
    match error {
        PoolError::Full { .. } | PoolError::NamespaceFull { .. } => "full",
        PoolError::Expiry(_) => "expired",
        PoolError::UnknownSet { .. } => "unknown_set",
        PoolError::Store(_) | PoolError::Closed => "local",
        error if error.fault() == Fault::Peer => "invalid",
        _ => "other",
    }
}
