//! Limits and deadlines of the backfill.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and deadlines of the backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillConfig {
    /// How old a block is before its missing columns are fetched: until then the gateway may still
    /// be handing them out.
    pub column_patience: Duration,
    /// How old a block is before the missing cell proofs of a blob are fetched or made, together with
    /// [`Self::proof_row_patience`] for each of the blob's rows: until then the gateway may still be
    /// making and pushing them. Each later turn begins so much later.
    pub proof_patience: Duration,
    /// How long a gateway may take to prove a row.
    pub proof_row_patience: Duration,
    /// Rows that a gateway may leave to this custodian to prove. The account halves every ten minutes.
    pub proof_rows_owed: u32,
    /// How old a block is at least before the proofs of a gateway's blobs are made that owes more.
    pub overdrawn_patience: Duration,
    /// Blobs worked on at once. Each holds up to 16 MiB of columns; rows are repaired and proofs
    /// are made for one of them at a time.
    pub blobs_at_once: NonZeroUsize,
    /// Unfinished blobs that are remembered, about 100 bytes each; the search for more waits.
    pub max_unfinished: NonZeroUsize,
    /// How long one custodian may take to give what it is asked for.
    pub request_deadline: Duration,
    /// How long a custodian that did not answer is not asked again, for any blob.
    pub away_pause: Duration,
    /// First pause before a blob that could not be completed is taken up again; it doubles up to
    /// [`Self::max_retry_pause`].
    pub first_retry_pause: Duration,
    /// Longest pause before a blob is taken up again.
    pub max_retry_pause: Duration,
    /// How often at most the progress is written to the disk.
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
