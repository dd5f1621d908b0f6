//! The custodian's bounds.

use std::num::NonZeroUsize;

/// How much a custodian does at once and keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustodianConfig {
    /// Requests under way or waiting for a worker; the next one is answered "busy". A dispersal
    /// holds up to 16 MiB while it waits.
    pub queue: NonZeroUsize,
    /// Block columns kept assembled for samples of parity rows: up to 1 MiB each when extended.
    pub cached_columns: NonZeroUsize,
    /// Blocks whose row layout is kept in memory: a few KiB each.
    pub cached_blocks: NonZeroUsize,
}

impl Default for CustodianConfig {
    fn default() -> Self {
        const fn count(count: usize) -> NonZeroUsize {
            NonZeroUsize::new(count).expect("not zero")
        }
        Self {
            queue: count(64),
            cached_columns: count(64),
            cached_blocks: count(64),
        }
    }
}
