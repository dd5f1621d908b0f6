//! Accounts of the cell proofs that gateways left to the custodians. Pure except for its lock: time
//! is passed in.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;
use weft_chain::BlobId;
use weft_network::PeerId;

/// Blobs whose disperser is remembered: about 100 bytes each.
const BLOBS: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");

/// Peers that have an account.
const PEERS: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// Half-life of an account's balance.
const HALF_LIFE: Duration = Duration::from_secs(600);

/// Which peer dispersed a blob, and how many rows each peer left for this custodian to prove.
///
/// The peer that disperses a blob owes its cell proofs. A custodian that has to make them charges
/// the peer, and proves an overdrawn peer's blobs late. The least recently used entries are
/// evicted. Cheap to clone; clones share the accounts.
#[derive(Clone, Debug)]
pub struct ProofAccounts {
    accounts: Arc<Mutex<Accounts>>,
}

#[derive(Debug)]
struct Accounts {
    dispersers: LruCache<BlobId, PeerId>,
    owed: LruCache<PeerId, Owed>,
}

#[derive(Clone, Copy, Debug)]
struct Owed {
    rows: f64,
    at: Instant,
}

impl Owed {
    fn rows_at(self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.at);
        self.rows * (-age.as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2()
    }
}

impl Default for ProofAccounts {
    fn default() -> Self {
        Self {
            accounts: Arc::new(Mutex::new(Accounts {
                dispersers: LruCache::new(BLOBS),
                owed: LruCache::new(PEERS),
            })),
        }
    }
}

impl ProofAccounts {
    /// Records that `peer` dispersed the blob.
    pub fn dispersed(&self, blob: BlobId, peer: PeerId) {
        self.lock().dispersers.put(blob, peer);
    }

    /// Charges the disperser of the blob for `rows` that this custodian proved. Returns the peer
    /// and the rows that it owes now; `None` if the disperser is not known.
    pub fn charge(&self, blob: &BlobId, rows: usize, now: Instant) -> Option<(PeerId, f64)> {
        let mut accounts = self.lock();
        let peer = *accounts.dispersers.get(blob)?;
        let before = accounts.owed.get(&peer).map_or(0.0, |o| o.rows_at(now));
        // A blob has at most 64 rows.
        let owed = before + f64::from(u8::try_from(rows).unwrap_or(u8::MAX));
        accounts.owed.put(
            peer,
            Owed {
                rows: owed,
                at: now,
            },
        );
        Some((peer, owed))
    }

    /// Whether the peer that dispersed the blob owes more than `limit` rows.
    pub fn is_overdrawn(&self, blob: &BlobId, limit: u32, now: Instant) -> bool {
        let mut accounts = self.lock();
        let Some(peer) = accounts.dispersers.get(blob).copied() else {
            return false;
        };
        let owed = accounts.owed.get(&peer);
        owed.is_some_and(|owed| owed.rows_at(now) > f64::from(limit))
    }

    /// A poisoned lock is usable: both maps are consistent whenever it is released.
    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn who_leaves_proofs_to_others_is_overdrawn_until_its_account_has_decayed() {
        let accounts = ProofAccounts::default();
        let [blob, other, unknown] = [1, 2, 3].map(|seed| BlobId::from_bytes([seed; 32]));
        let [peer, innocent] = [(); 2].map(|()| PeerId::random());
        let now = Instant::now();
        accounts.dispersed(blob, peer);
        accounts.dispersed(other, innocent);
        assert_eq!(accounts.charge(&unknown, 64, now), None);
        for owed in [64.0, 128.0, 192.0, 256.0] {
            assert!(!accounts.is_overdrawn(&blob, 255, now));
            assert_eq!(accounts.charge(&blob, 64, now), Some((peer, owed)));
        }
        assert!(accounts.is_overdrawn(&blob, 255, now));
        assert!(!accounts.is_overdrawn(&other, 0, now));
        assert!(!accounts.is_overdrawn(&unknown, 0, now));
        let later = now + HALF_LIFE;
        assert!(accounts.is_overdrawn(&blob, 127, later));
        assert!(!accounts.is_overdrawn(&blob, 129, later));
        let (_, owed) = accounts.charge(&blob, 1, later).unwrap();
        assert!((owed - 129.0).abs() < 1e-6, "{owed}");
    }
}
