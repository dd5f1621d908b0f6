//! The decided chain. Every decided block is verified once more before it is stored.
//!
//! ```text
//! orderer (decided) ──┐                        ┌─► store: header, body, locations, namespaces,
//!                     ├─► Ledger::commit ──────┤          update of the validator set
//! sync (fetched) ─────┘   extends the head?    ├─► ValidatorSets, Directory (live handles)
//!                         body derives header? ├─► head watch   (latest height, hash, time)
//!                         update allowed?      └─► decided blocks (broadcast)
//!                         > 2/3 of the stake?
//!
//! operators, peers ──► Ledger::offer_update ──► verified, durable, until a block includes it
//!                                               or none can any more ──► proposals
//! ```
//!
//! The crate also contains the ledger's storage and its inputs:
//!
//! - [`store`]: the node's database, one file.
//! - [`pool`]: certified blobs that wait for a block.
//! - [`sync`]: fetches blocks that this node missed.
//!
//! The ledger itself:
//!
//! - [`ValidatorSets`]: the validator set in force at each height. Decided updates extend it.
//! - [`check_update`]: may a block include an update of the validator set? Pure.
//! - [`HeaderRules`]: may a block follow the [`Head`]? Pure.
//! - [`Ledger`]: the handle; commits are serialised, durable, and safe to repeat.
//! - [`LedgerServer`]: answers peers' `Status`, `Headers`, `Body`, `Commitments`, `ValidatorUpdate`
//!   and `OfferUpdate` requests.

mod decided;
mod error;
mod header_rules;
mod metrics;
mod offers;
pub mod pool;
mod serve;
pub mod store;
pub mod sync;
#[cfg(any(test, feature = "test-utils"))]
pub mod testing;
mod updates;
mod validators;

#[cfg(test)]
mod tests;

pub use decided::{Committed, DecidedBlock, Ledger};
pub use error::{BlockRuleError, LedgerError, UpdateError, UpdateRefusal};
pub use header_rules::{Head, HeaderRules, check_clock};
pub use metrics::{Arrival, LedgerMetrics};
pub use offers::MAX_OFFERED_UPDATES;
pub use serve::{LedgerServer, OfferRefused};
pub use updates::check_update;
pub use validators::ValidatorSets;
