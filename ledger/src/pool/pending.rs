//! Waiting blobs, in order of arrival. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::time::Instant;
use weft_chain::{BlobId, CertifiedBlob, Height, Namespace, Retention};
use weft_encoding::Digest;

use super::{PoolConfig, PoolError};

/// Certified blobs that wait for a block, each once.
#[derive(Debug, Default)]
pub(super) struct Pending {
    by_arrival: BTreeMap<u64, Entry>,
    arrival_of: HashMap<BlobId, u64>,
    per_namespace: HashMap<Namespace, usize>,
    next_arrival: u64,
}

#[derive(Debug)]
struct Entry {
    id: BlobId,
    blob: Arc<CertifiedBlob>,
    own: bool,
    /// When it was admitted; `None` if an earlier process admitted it.
    admitted: Option<Instant>,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.by_arrival.len()
    }

    /// Checks that there is room for one more blob of `namespace`.
    pub(super) fn check_room(
        &self,
        namespace: &Namespace,
        config: &PoolConfig,
    ) -> Result<(), PoolError> {
        let (count, max) = (self.len(), config.max_blobs.get());
        if count >= max {
            return Err(PoolError::Full { count, max });
        }
        let count = self.per_namespace.get(namespace).copied().unwrap_or(0);
        let max = config.max_blobs_per_namespace.get();
        if count >= max {
            return Err(PoolError::NamespaceFull {
                namespace: *namespace,
                count,
                max,
            });
        }
        Ok(())
    }

    /// Marks a waiting blob as own, to be gossiped again.
    pub(super) fn adopt(&mut self, id: &BlobId) {
        let entry = self
            .arrival_of
            .get(id)
            .and_then(|arrival| self.by_arrival.get_mut(arrival));
        if let Some(entry) = entry {
            entry.own = true;
        }
    }

    /// Adds a blob at the end. If it waits already, keeps the certificate that expires later. `own`
    /// blobs are gossiped again.
    pub(super) fn put(
        &mut self,
        id: BlobId,
        blob: CertifiedBlob,
        own: bool,
        admitted: Option<Instant>,
    ) {
        let waiting = self
            .arrival_of
            .get(&id)
            .and_then(|arrival| self.by_arrival.get_mut(arrival));
        if let Some(entry) = waiting {
            entry.own |= own;
            if entry.blob.certificate.expiry < blob.certificate.expiry {
                entry.blob = Arc::new(blob);
            }
            return;
        }
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        *self.per_namespace.entry(blob.header.namespace).or_default() += 1;
        self.arrival_of.insert(id, arrival);
        self.by_arrival.insert(
            arrival,
            Entry {
                id,
                blob: Arc::new(blob),
                own,
                admitted,
            },
        );
    }

    /// When a waiting blob was admitted, if this process admitted it.
    pub(super) fn admitted(&self, id: &BlobId) -> Option<Instant> {
        self.by_arrival.get(self.arrival_of.get(id)?)?.admitted
    }

    /// A waiting blob.
    pub(super) fn get(&self, id: &BlobId) -> Option<&Arc<CertifiedBlob>> {
        Some(&self.by_arrival.get(self.arrival_of.get(id)?)?.blob)
    }

    /// The height at which the certificate of a waiting blob expires.
    pub(super) fn expiry(&self, id: &BlobId) -> Option<Height> {
        Some(self.get(id)?.certificate.expiry)
    }

    pub(super) fn remove(&mut self, id: &BlobId) -> bool {
        let Some(entry) = self
            .arrival_of
            .remove(id)
            .and_then(|arrival| self.by_arrival.remove(&arrival))
        else {
            return false;
        };
        let namespace = entry.blob.header.namespace;
        if let Some(count) = self.per_namespace.get_mut(&namespace) {
            *count -= 1;
            if *count == 0 {
                self.per_namespace.remove(&namespace);
            }
        }
        true
    }

    /// Removes every blob whose certificate no block from `next` on may order: it expires too
    /// early, or its set is not among `roots`, the sets whose certificates count at `next`.
    pub(super) fn remove_stale(
        &mut self,
        next: Height,
        retention: Retention,
        roots: &[Digest],
    ) -> Vec<BlobId> {
        let least = retention.least_expiry(next);
        let stale: Vec<BlobId> = self
            .by_arrival
            .values()
            .filter(|entry| {
                let certificate = &entry.blob.certificate;
                certificate.expiry < least || !roots.contains(&certificate.validator_set_root)
            })
            .map(|entry| entry.id)
            .collect();
        for id in &stale {
            self.remove(id);
        }
        stale
    }

    /// All waiting blobs, oldest first.
    pub(super) fn in_order(&self) -> Vec<Arc<CertifiedBlob>> {
        self.by_arrival
            .values()
            .map(|entry| Arc::clone(&entry.blob))
            .collect()
    }

    /// Up to `count` own blobs from arrival `after` on, and the arrival to start from the next
    /// time.
    pub(super) fn own_after(&self, after: u64, count: usize) -> (Vec<Arc<CertifiedBlob>>, u64) {
        let turn: Vec<_> = self
            .by_arrival
            .range(after..)
            .filter(|(_, entry)| entry.own)
            .take(count)
            .map(|(arrival, entry)| (*arrival, Arc::clone(&entry.blob)))
            .collect();
        let next = match turn.last() {
            Some((arrival, _)) if turn.len() == count => arrival + 1,
            _ => 0,
        };
        (turn.into_iter().map(|(_, blob)| blob).collect(), next)
    }
}
