//! Who holds which columns, which cells to ask for, and what the answers are worth.
//!
//! ```text
//!   ValidatorSet --> custody ----------------.   who can be asked for a column
//!                                            v
//!   randomness ----> choice --> coords --> session --> requests, batches to verify
//!                                            |  ^
//!                                            |  '----- replies, verified cells, timeouts
//!                                            v
//!                      confidence --------> Verdict
//! ```
//!
//! The crate is pure: time, randomness, the network and the verification of cells all belong to
//! the caller. The same code runs in a light client, in a simulation of thousands of peers, and
//! in a browser.

#![forbid(unsafe_code)]

pub mod adversary;
mod choice;
mod clients;
mod column_set;
mod confidence;
pub mod custody;
pub mod session;

pub use choice::choose_samples;
pub use clients::{CLIENTS_MISS_LOG2, clients_needed};
pub use column_set::{ColumnSet, ColumnSetIter};
pub use confidence::{
    confidence, matrix_cells, miss_probability, partial_miss_probability, samples_for,
};
pub use custody::{AssignmentError, Coverage, CustodyAssignment};
pub use session::{SamplingSession, SessionConfig, Verdict};
