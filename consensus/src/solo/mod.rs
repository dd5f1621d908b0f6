//! The solo orderer: one fixed proposer, every validator's real signature.
//!
//! ```text
//! proposer                                             validators
//!   blobs pending, interval over
//!   block = propose()  (durable) ── Propose{block} ──► from the proposer? verify()
//!   own signature                ◄── signature ─────── lock (durable), sign
//!   > 2/3 of the stake ──► certificate ──► decided() ── gossip header ──► sync: commit
//! ```
//!
//! It is for development and demonstrations: without its proposer nothing is ordered. Its finality
//! certificates are the same as any engine's, and validators check a block before they sign it.
//!
//! After a crash the proposer proposes the stored block of the height again, because its own vote,
//! and perhaps others', is locked on that header in the only round.

mod config;
mod engine;
mod votes;

pub use config::SoloConfig;
pub use engine::SoloOrderer;
