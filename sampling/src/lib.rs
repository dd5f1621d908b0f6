//! Custody assignment, sample choice and the sampling state machine of the Weft data-availability layer:
//! which validator holds which columns, which cells a light client asks for, and what the answers are worth.
//!
//! ```text
//!   ValidatorHistory --> holding sets          which sets' custodians may hold a blob
//!                             |
//!                             v
//!   ValidatorSet --> custody ---> holders ---> column plan     whom to ask for its columns
//!                      |
//!                      '---------------------.   who can be asked for a column
//!                                            v
//!   randomness ----> choice --> coords --> session --> requests, batches to verify
//!                                            |  ^
//!                                            |  '----- replies, verified cells, timeouts
//!                                            v
//!                      confidence --------> Verdict
//! ```
//!
//! # Quick start
//!
//! Seventy samples of a block of 64 rows miss a block that cannot be repaired with a probability below
//! 2^-30:
//!
//! ```
//! use rand::SeedableRng;
//! use weft_sampling::{choose_samples, confidence, samples_for};
//!
//! let target_miss = f64::powi(2.0, -30);
//! let samples = samples_for(64, target_miss);
//! assert_eq!(samples, 70);
//! assert!(confidence(64, samples) >= 1.0 - target_miss);
//!
//! // A light client seeds the generator from the operating system, anew for each block.
//! let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! assert_eq!(choose_samples(64, samples, &mut rng).len(), 70);
//! ```
//!
//! [`CustodyAssignment::new`] gives the custodians of each column, and a [`SamplingSession`] asks them:
//! it takes offers, replies and verified cells as inputs and gives requests, batches to verify and at last
//! a [`Verdict`]. `examples/custody_and_confidence.rs` prints an assignment and the worth of samples.
//!
//! The caller passes time and randomness as arguments, and owns the network and the verification of cells.
//! The same code runs in a light client, in a simulation of thousands of peers, and in a browser. The
//! assignment is the same on every machine: its logarithms are computed in software, and the order of its
//! floating-point operations is fixed. The crate has no features.
//!
//! # Formats
//!
//! The assignment follows from the validator set alone, and known-answer tests freeze it; section 5 of
//! `docs/design.md` specifies it. [`ColumnSet`] is the one type with a wire form: 16 bytes, little-endian.

#![forbid(unsafe_code)]

pub mod adversary;
mod choice;
mod clients;
mod column_plan;
mod column_set;
mod confidence;
pub mod custody;
mod holders;
mod holding_sets;
pub mod session;

pub use choice::choose_samples;
pub use clients::{CLIENTS_MISS_LOG2, clients_needed};
pub use column_plan::{Ask, ColumnPlan};
pub use column_set::{ColumnSet, ColumnSetIter};
pub use confidence::{
    confidence, matrix_cells, miss_probability, partial_miss_probability, samples_for,
};
pub use custody::{AssignmentError, Coverage, CustodyAssignment};
pub use holders::{Holder, Holders};
pub use holding_sets::{MAX_HOLDING_SETS, holding_sets};
pub use session::{SamplingSession, SessionConfig, Verdict};
