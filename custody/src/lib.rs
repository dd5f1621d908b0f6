//! The custodian: takes its columns, vouches for them, and gives them and their cells back.
//!
//! ```text
//!  gateway --Disperse--> bounds, header, exactly its columns?
//!                          | columns it does not hold yet
//!                          v
//!                        verify (batch, two pairings) --> store (fsync) --> sign --> Signature
//!
//!  gateway --PushProofs--> cells from store --> verify (batch) --> store (fsync) --> ()
//!
//!  reader  --Columns-----> store ------------------------------------------> columns as dispersed
//!
//!  light   --Samples-----> block's rows --+-- original row: one cell, one proof from the store
//!  client                                 `-- parity row: the block's whole column (cached),
//!                                             extended: cell and proof are derived
//! ```
//!
//! A signature says: *I verified these columns and they are on my disk.* So nothing is signed
//! before the store's commit returned, and a failed store is a refusal.
//!
//! Everything is safe to repeat: the same blob again gives the same signature, and columns or
//! proofs that are already stored are not verified again.
//!
//! Verification and derivation run in [`Workers`](Workers), a bounded number at
//! once; [`CustodianConfig::queue`] requests may wait, and the next is answered "busy" instead of
//! growing the queue.
//!
//! What dispersal did not bring, or a change of the validator set assigns anew, is fetched or
//! repaired by [`backfill`]. Whatever is held is served until it expires, whether or not this node
//! is in the current set.
//!
//! A node without a validator key serves columns and samples with the same code, as far as its
//! store has them, and signs nothing: that is what a gateway that keeps its blobs does.

mod assignments;
pub mod backfill;
mod block_column;
mod block_rows;
mod column_plan;
mod columns;
mod config;
mod disperse;
mod error;
mod holders;
mod metrics;
mod proof_accounts;
mod proofs;
mod samples;
mod service;
mod withholding;
mod workers;

pub use self::assignments::Assignments;
pub use self::config::CustodianConfig;
pub use self::error::CustodyError;
pub use self::holders::{Holder, Holders};
pub use self::metrics::CustodianMetrics;
pub use self::proof_accounts::ProofAccounts;
pub use self::service::{Custodian, CustodianOptions};
pub use self::withholding::Withholding;
pub use self::workers::{JobLost, Workers};

pub use self::column_plan::{Ask, ColumnPlan};
pub use self::holders::holding_sets;

#[cfg(test)]
mod tests;
