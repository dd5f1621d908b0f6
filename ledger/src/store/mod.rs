//! The node's durable state, in one [`redb`] file.
//!
//! ```text
//!  callers (spawn_blocking)          writer thread                     redb file
//!  put_columns ----+
//!  put_certified --+--> bounded queue --> one write transaction ----> commit + fsync
//!  lock_vote ------+    (64 jobs)         for all jobs that wait        |
//!       ^                                                               |
//!       +------------------- answered only after the commit <-----------+
//!
//!  column, body, head, ... --> read transaction on the caller's thread (never waits for writes)
//! ```
//!
//! **Durability.** A write method returns after its commit is on disk. An acknowledged write
//! survives a `kill -9` or a power cut; an unacknowledged one is stored in full or not at all.
//! Callers that arrive during a commit share the next one, so many small writes cost few fsyncs.
//!
//! **Identity.** The file carries its schema version, the chain id and the genesis hash. Opening
//! refuses a file of another chain or another schema.
//!
//! The tables and their byte layouts are in `tables.rs`. All methods block: from async code,
//! call them inside `tokio::task::spawn_blocking`.

mod blobs;
mod cell_proofs;
mod chain;
mod columns;
mod commit_proofs;
mod custody;
mod error;
mod evidence;
mod identity;
mod kzg_proofs;
mod open;
mod pool;
mod proposals;
mod segments;
mod spool;
mod tables;
mod updates;
mod votes;
mod writer;

pub use self::chain::Location;
pub use self::custody::CustodyProgress;
pub use self::error::StoreError;
pub use self::evidence::{EquivocationKind, EvidenceRecord, MAX_EVIDENCE};
pub use self::identity::StoreIdentity;
pub use self::open::Store;
pub use self::pool::Pooled;
pub use self::proposals::MAX_PROPOSALS;

#[cfg(test)]
mod tests;
