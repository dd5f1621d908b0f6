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
//! It is for development and demonstrations: without its proposer nothing is ordered. What it
//! makes is real all the same: its finality certificates are those of any engine, and validators
//! check a block before they sign it.
//!
//! After a crash the proposer proposes the block it had kept for the height, because its own vote
//! and perhaps others' are locked on that header in the one round there is.

mod config;
mod engine;
mod votes;

pub use config::SoloConfig;
pub use engine::SoloOrderer;
