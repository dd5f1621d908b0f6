//! The custodian: verifies and stores its columns, signs for them, and serves columns and cells.
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
//! A signature says: *I verified these columns and they are on my disk.* So the custodian signs
//! only after the store's commit has returned; a failed commit is a refusal.
//!
//! Requests are idempotent: the same blob gives the same signature, and columns or proofs that are
//! already stored are not verified again.
//!
//! Verification and derivation run in [`Workers`], a bounded number at once. At most
//! [`CustodianConfig::queue`] requests run or wait; the next one is answered "busy".
//!
//! [`backfill`] fetches or repairs the columns that a dispersal did not deliver or that a change of
//! the validator set newly assigns. Stored columns are served until they expire, whether or not
//! this node is in the current set.
//!
//! A node without a validator key, such as a gateway that keeps its blobs, serves the columns and
//! samples in its store with the same code and signs nothing.

mod assignments;
pub mod backfill;
mod block_column;
mod block_rows;
mod columns;
mod config;
mod disperse;
mod error;
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
pub use self::metrics::CustodianMetrics;
pub use self::proof_accounts::ProofAccounts;
pub use self::service::{Custodian, CustodianOptions};
pub use self::withholding::Withholding;
pub use self::workers::{JobLost, Workers};

#[cfg(test)]
mod tests;
