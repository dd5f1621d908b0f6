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
    /// Certified posts whose slower custodians are still being handed their columns; those of one
    /// more post are left without.
    pub max_stragglers: NonZeroUsize,
    /// How long a post may take until its certificate, and how long the slower custodians get
    /// after it.
    pub certify_deadline: Duration,
    /// How long a dispersal by a validator set that no longer stands may still take, before the
    /// columns are handed out by the new one.
    pub old_set_patience: Duration,
    /// How long a post that waits for its block may take after its certificate.
    pub order_deadline: Duration,
    /// How long a read may take.
    pub read_deadline: Duration,
    /// How long one custodian may take to give a read its columns or cells.
    pub request_deadline: Duration,
    /// When others are asked in the place of a custodian that has not given its columns.
    pub slow_after: Duration,
    /// How long a read asks again for cells whose proofs the custodians do not have yet.
    pub not_yet_patience: Duration,
    /// How long a read asks light clients for what they sampled, after the custodians gave too
    /// little.
    pub clients_patience: Duration,
    /// First pause before a custodian is asked again; it doubles up to [`Self::max_retry_pause`].
    pub first_retry_pause: Duration,
    /// Longest pause before a custodian is asked again.
    pub max_retry_pause: Duration,
    /// First pause before cell proofs are pushed again to the custodians that did not take them; it
    /// doubles up to [`Self::max_push_pause`].
    pub first_push_pause: Duration,
    /// Longest pause before cell proofs are pushed again.
    pub max_push_pause: Duration,
    /// How long cell proofs are pushed to custodians that cannot be reached; a restart counts anew.
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
