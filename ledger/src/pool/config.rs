//! The pool's limits.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolConfig {
    /// Most blobs that wait at once. Blobs certified here count like gossiped ones, so that a post
    /// beyond the limit is refused before it is acknowledged.
    pub max_blobs: NonZeroUsize,
    /// Most blobs of one namespace that wait at once, so that one namespace cannot fill the pool.
    pub max_blobs_per_namespace: NonZeroUsize,
    /// How often blobs that were certified here are gossiped again until they are ordered.
    pub regossip_interval: Duration,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_blobs: NonZeroUsize::new(8_192).expect("not zero"),
            max_blobs_per_namespace: NonZeroUsize::new(2_048).expect("not zero"),
            regossip_interval: Duration::from_secs(2),
        }
    }
}
