//! The extended matrix of a blob or a block: 2n x 128 cells over n committed rows.
//!
//! ```text
//!                 columns 0..63     64..127
//!              .----------------.------------.
//!   rows 0..   |  original data |  extended  |   each row: any 64 of its 128 cells give the rest
//!     n-1      |                |   along    |
//!              |----------------+------------|
//!   rows n..   |    extended    |  extended  |   each column: any n of its 2n cells give the rest
//!     2n-1     |      down      | both ways  |
//!              '----------------'------------'
//! ```
//!
//! | file | what |
//! |---|---|
//! | `cell` | a single cell with its proof, unverified and verified |
//! | `commitments` | batch verification of any mix of original and parity cells |
//! | `plan` | which rows and columns to complete, in which order: bitmaps only |
//! | `repair` | the plan carried out on verified cells |

mod cell;
mod commitments;
mod plan;
mod repair;

#[cfg(test)]
mod tests;

pub use cell::{UnverifiedCell, VerifiedCell};
pub use commitments::MatrixCommitments;
pub use repair::{MatrixRepair, RepairedMatrix, smallest_unrepairable};
