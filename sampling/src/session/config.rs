//! The limits of a session.

use std::time::Duration;

use thiserror::Error;
use weft_encoding::{CellCoord, Fault, MAX_BLOCK_ROWS};

/// The limits of a [`SamplingSession`](super::SamplingSession).
///
/// The defaults suit a light client on the open network. Zero counts as one where a session could make
/// no progress with zero.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The most time from the start of the session to its verdict.
    pub deadline: Duration,
    /// The time after which a request counts as unanswered.
    pub request_timeout: Duration,
    /// How long samples without a peer to ask wait for new peers.
    pub patience: Duration,
    /// Requests in flight over all peers; fallbacks have no more than half of them.
    pub max_in_flight: usize,
    /// Requests in flight to one peer.
    pub max_in_flight_per_peer: usize,
    /// Coordinates in one request.
    pub max_coords_per_request: usize,
    /// Refusals, failed requests and invalid cells of custodians after which no further custodian
    /// is asked for a sample, except one to which the column is assigned later. Answers of fallbacks do
    /// not count: each fallback has its own limits.
    pub max_attempts: u32,
    /// Unanswered requests after which a peer is not asked for the same sample again.
    pub max_timeouts_per_peer: u32,
    /// Answers of the kind "not yet" after which a peer is not asked for the same sample again.
    pub max_postponements: u32,
    /// Wait before a peer is asked again; it doubles each time.
    pub backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
    /// Peers that are kept; offers of further peers are ignored.
    pub max_peers: usize,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            request_timeout: Duration::from_secs(8),
            patience: Duration::from_secs(2),
            max_in_flight: 32,
            max_in_flight_per_peer: 2,
            max_coords_per_request: 16,
            max_attempts: 12,
            max_timeouts_per_peer: 3,
            max_postponements: 64,
            backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            max_peers: 4096,
        }
    }
}

impl SessionConfig {
    /// The defaults with another [`deadline`](Self::deadline).
    pub fn with_deadline(deadline: Duration) -> Self {
        Self {
            deadline,
            ..Self::default()
        }
    }

    /// The wait after the `nth` setback in a row, counted from 1.
    pub(super) fn backoff_after(&self, nth: u32) -> Duration {
        let factor = 1u32 << nth.saturating_sub(1).min(16);
        self.backoff.saturating_mul(factor).min(self.max_backoff)
    }
}

/// Why samples do not make a session. Fault: the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// More rows than a block has (caller).
    #[error("a block has at most {max} rows, not {rows}")]
    TooManyRows {
        /// Rows of the block.
        rows: usize,
        /// The limit.
        max: usize,
    },
    /// A block with rows, and no samples (caller).
    #[error("a block of {rows} rows needs at least one sample")]
    NoSamples {
        /// Rows of the block.
        rows: usize,
    },
    /// A cell outside the extended matrix (caller).
    #[error("row {row} is outside the extended matrix of {extended_rows} rows")]
    OutsideMatrix {
        /// The row asked for.
        row: usize,
        /// Rows of the extended matrix.
        extended_rows: usize,
    },
    /// The same cell twice, which would overstate the confidence (caller).
    #[error("the cell at {0} is among the samples twice")]
    Duplicate(CellCoord),
}

impl SessionError {
    /// The limit of [`Self::TooManyRows`].
    pub(super) const fn too_many_rows(rows: usize) -> Self {
        Self::TooManyRows {
            rows,
            max: MAX_BLOCK_ROWS,
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}
