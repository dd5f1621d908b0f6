//! Limits and deadlines of the gateway.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and deadlines of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Posts in progress at once; one more is told to try again.
    pub max_posts: NonZeroUsize,
    /// Reads in progress at once; one more is told to try again.
    pub max_reads: NonZeroUsize,
    /// How long a post may take until its certificate.
    pub certify_deadline: Duration,
    /// How long a post that waits for its block may take after its certificate.
    pub order_deadline: Duration,
    /// How long a read may take.
    pub read_deadline: Duration,
    /// First pause before a custodian is asked again; it doubles up to [`Self::max_retry_pause`].
    pub first_retry_pause: Duration,
    /// Longest pause before a custodian is asked again.
    pub max_retry_pause: Duration,
    /// How long one custodian is asked again and again for cells or proofs before it is left for a
    /// later round.
    pub round_deadline: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            max_posts: NonZeroUsize::new(8).expect("not zero"),
            max_reads: NonZeroUsize::new(16).expect("not zero"),
            certify_deadline: Duration::from_secs(60),
            order_deadline: Duration::from_secs(60),
            read_deadline: Duration::from_secs(60),
            first_retry_pause: Duration::from_millis(100),
            max_retry_pause: Duration::from_secs(5),
            round_deadline: Duration::from_secs(60),
        }
    }
}
