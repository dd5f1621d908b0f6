//! The decided chain: what every node agrees on, checked once more before it is written down.
//!
//! ```text
//! orderer (decided) ──┐                        ┌─► store: header, body, locations, namespaces
//!                     ├─► Ledger::commit ──────┼─► head watch   (latest height, hash, time)
//! sync (fetched) ─────┘   extends the head?    └─► decided blocks (broadcast)
//!                         body derives header?
//!                         > 2/3 of the stake?
//! ```
//!
//! - [`ValidatorSets`]: which validator set stands at which height.
//! - [`Head`] and the pure checks of [`extension`]: does a block extend the head?
//! - [`Ledger`]: the handle; commits are serialised, durable, and safe to repeat.
//! - [`LedgerServer`]: answers peers' `Status`, `Headers`, `Body` and `Commitments` requests.

mod candidates;
mod decided;
mod error;
pub mod extension;
mod metrics;
mod serve;
mod validators;

#[cfg(test)]
mod tests;

pub use decided::{Committed, DecidedBlock, Ledger};
pub use error::{ExtensionError, LedgerError};
pub use extension::{Head, HeaderRules};
pub use metrics::LedgerMetrics;
pub use serve::LedgerServer;
pub use validators::ValidatorSets;
