//! The pool: certified blobs that wait for a block.
//!
//! ```text
//!  gateway ── submit ──┐   header, certificate,       ┌─► store (durable before it is acknowledged)
//!                      ├─► expiry, not yet ordered, ──┤
//!  gossip ── admit ────┘   not pending, room          └─► pending, in order of arrival ─► orderer
//!                                                          │ own ones gossiped again until ordered
//!  ledger: decided ────────────────────────────────────────┘ removed: ordered, or its certificate
//!                                                            no longer counts
//! ```

mod admission;
mod config;
mod error;
mod handle;
mod metrics;
mod pending;
mod regossip;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use config::PoolConfig;
pub use error::PoolError;
pub use handle::Pool;
pub use metrics::PoolMetrics;
