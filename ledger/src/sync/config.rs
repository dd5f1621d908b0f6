//! How missing blocks are fetched.

use std::num::{NonZeroU16, NonZeroUsize};
use std::time::Duration;

/// How missing blocks are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncConfig {
    /// How often connected peers are asked for their status.
    pub poll_interval: Duration,
    /// Peers asked at one poll, chosen in turn.
    pub polled_peers: NonZeroUsize,
    /// Headers asked for at once, at most 256.
    pub headers_at_once: NonZeroU16,
    /// Bodies asked for at once.
    pub bodies_at_once: NonZeroUsize,
    /// First backoff after a peer failed; it doubles with each consecutive failure.
    pub first_pause: Duration,
    /// Longest backoff after a peer failed.
    pub longest_pause: Duration,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(2),
            polled_peers: NonZeroUsize::new(8).expect("not zero"),
            headers_at_once: NonZeroU16::new(64).expect("not zero"),
            bodies_at_once: NonZeroUsize::new(4).expect("not zero"),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
        }
    }
}
