//! Phases of a post, as they end.

use std::time::Duration;

use weft_chain::BlobId;

/// A phase of a post that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseEvent {
    /// The posted blob.
    pub blob_id: BlobId,
    /// The phase that ended.
    pub phase: Phase,
    /// How long the phase took.
    pub took: Duration,
    /// Bytes that the phase made or sent.
    pub bytes: u64,
}

/// The phases of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows, commitments, cells, columns root and column proofs are made.
    Coded,
    /// One more custodian has signed for its columns.
    Dispersed {
        /// Custodians that have signed.
        signed: usize,
        /// Custodians in all.
        of: usize,
    },
    /// Custodians with more than 2/3 of the stake have signed.
    Certified,
    /// The cell proofs of all rows are made.
    CellProofs,
    /// One more custodian has the cell proofs of its columns.
    CellProofsPushed {
        /// Custodians that have them.
        done: usize,
        /// Custodians in all.
        of: usize,
    },
}
