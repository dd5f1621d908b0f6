//! Limits and deadlines of the backfill.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and deadlines of the backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackfillConfig {
    /// Age of a block at which its missing columns are fetched. Until then the gateway may still be
    /// dispersing them.
    pub column_patience: Duration,
    /// Age of a block at which the missing cell proofs of a blob are fetched or made, plus
    /// [`Self::proof_row_patience`] for each of the blob's rows. Until then the gateway may still
    /// be making and pushing them. Each later turn begins later by the same time.
    pub proof_patience: Duration,
    /// How long a gateway may take to prove a row.
    pub proof_row_patience: Duration,
    /// Rows that a gateway may leave to this custodian to prove. The account halves every ten minutes.
    pub proof_rows_owed: u32,
    /// Minimum age of a block at which proofs are made for a gateway that owes more rows.
    pub overdrawn_patience: Duration,
    /// Blobs worked on at once. Each holds up to 16 MiB of columns; rows are repaired and proofs
    /// are made for one of them at a time.
    pub blobs_at_once: NonZeroUsize,
    /// Unfinished blobs that are remembered, about 100 bytes each; the search for more waits.
    pub max_unfinished: NonZeroUsize,
    /// Deadline of one request to a custodian.
    pub request_deadline: Duration,
    /// Pause before a custodian that did not answer is asked again, for any blob.
    pub away_pause: Duration,
    /// First pause before an incomplete blob is retried; it doubles up to
    /// [`Self::max_retry_pause`].
    pub first_retry_pause: Duration,
    /// Longest pause before an incomplete blob is retried.
    pub max_retry_pause: Duration,
    /// Minimum interval between writes of the progress to the disk.
    pub save_interval: Duration,
}

impl Default for BackfillConfig {
    fn default() -> Self {
        Self {
            column_patience: Duration::from_secs(20),
            proof_patience: Duration::from_secs(3),
            proof_row_patience: Duration::from_millis(400),
            proof_rows_owed: 256,
            overdrawn_patience: Duration::from_secs(60),
            blobs_at_once: NonZeroUsize::new(4).expect("not zero"),
            max_unfinished: NonZeroUsize::new(65_536).expect("not zero"),
            request_deadline: Duration::from_secs(20),
            away_pause: Duration::from_secs(10),
            first_retry_pause: Duration::from_secs(2),
            max_retry_pause: Duration::from_secs(300),
            save_interval: Duration::from_secs(5),
        }
    }
}
