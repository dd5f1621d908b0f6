//! Limits and deadlines of the gateway.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Limits and deadlines of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Posts in progress at once; further ones are answered "busy".
    pub max_posts: NonZeroUsize,
    /// Reads in progress at once; further ones are answered "busy".
    pub max_reads: NonZeroUsize,
    /// Certified posts that still send columns to slower custodians. The slower custodians of
    /// further posts get no columns.
    pub max_stragglers: NonZeroUsize,
    /// How long a post may take until its certificate. The dispersal to slower custodians ends at
    /// the same deadline.
    pub certify_deadline: Duration,
    /// How long a dispersal by a replaced validator set may continue before the columns are
    /// dispersed by the new one.
    pub old_set_patience: Duration,
    /// How long a post that waits for its block may take after its certificate.
    pub order_deadline: Duration,
    /// How long a read may take.
    pub read_deadline: Duration,
    /// How long one custodian may take to answer a read's request for columns or cells.
    pub request_deadline: Duration,
    /// Time after which a read asks other custodians for the columns of one that has not answered.
    pub slow_after: Duration,
    /// How long a read retries cells whose proofs the custodians do not have yet.
    pub not_yet_patience: Duration,
    /// How long a read asks light clients for the cells that they sampled, after the custodians
    /// served too few.
    pub clients_patience: Duration,
    /// First pause before a custodian is asked again; it doubles up to [`Self::max_retry_pause`].
    pub first_retry_pause: Duration,
    /// Longest pause before a custodian is asked again.
    pub max_retry_pause: Duration,
    /// First pause before cell proofs are pushed again to custodians that did not accept them; it
    /// doubles up to [`Self::max_push_pause`].
    pub first_push_pause: Duration,
    /// Longest pause before cell proofs are pushed again.
    pub max_push_pause: Duration,
    /// How long cell proofs are pushed to unreachable custodians. A restart starts the count again.
    pub push_patience: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            max_posts: NonZeroUsize::new(8).expect("not zero"),
            max_reads: NonZeroUsize::new(16).expect("not zero"),
            max_stragglers: NonZeroUsize::new(32).expect("not zero"),
            certify_deadline: Duration::from_secs(60),
            old_set_patience: Duration::from_secs(2),
            order_deadline: Duration::from_secs(60),
            read_deadline: Duration::from_secs(60),
            request_deadline: Duration::from_secs(15),
            slow_after: Duration::from_secs(2),
            not_yet_patience: Duration::from_secs(30),
            clients_patience: Duration::from_secs(20),
            first_retry_pause: Duration::from_millis(100),
            max_retry_pause: Duration::from_secs(5),
            first_push_pause: Duration::from_millis(500),
            max_push_pause: Duration::from_secs(600),
            push_patience: Duration::from_secs(24 * 3600),
        }
    }
}
