//! How patient a client is and how much it takes in.

use std::time::Duration;

/// Deadlines, retries and size limits of an [`HttpClient`](super::HttpClient).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Longest time for a connection to be made.
    pub connect_deadline: Duration,
    /// Longest time of one attempt at a small answer: a receipt, a header.
    pub deadline: Duration,
    /// Longest time of one attempt to post, to read a batch or to list a namespace.
    pub transfer_deadline: Duration,
    /// Longest silence on a subscription; the gateway sends something every 15 seconds.
    pub idle_deadline: Duration,
    /// Longest time from one block of a subscription to the next, whatever else comes meanwhile; set
    /// it above the chain's block interval. What the subscriber itself takes does not count.
    pub block_deadline: Duration,
    /// How old the newest block may be that a gateway gives, by the block's time and the local
    /// clock; `None` for any age. Blocks of the past on the way to the newest one may be older, as
    /// long as they come at twice the clock's pace or faster.
    pub max_head_age: Option<Duration>,
    /// How long after its last block a validator set is relied on to sign no second history; `None`
    /// for ever. Once the newest block that is trusted or was verified is older, no later one is
    /// accepted: name a newer checkpoint. Counted from the genesis's time at first, so a chain that
    /// is older than the period needs a checkpoint.
    pub trusting_period: Option<Duration>,
    /// Longest time that [`wait`](crate::DataAvailability::wait) takes, answers that trickle included.
    pub wait_limit: Duration,
    /// How often a call is tried again after its first attempt.
    pub retries: usize,
    /// The first pause between attempts; it doubles each time, with jitter.
    pub first_pause: Duration,
    /// The longest pause, also when the gateway asks for a longer one.
    pub longest_pause: Duration,
    /// Largest JSON answer, bytes.
    pub max_answer_bytes: usize,
    /// Largest update of the validator set, bytes of JSON. All updates that are looked at for one
    /// unknown set together may have as many bytes as one answer.
    pub max_update_bytes: usize,
    /// Largest single event of a subscription, bytes.
    pub max_event_bytes: usize,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_deadline: Duration::from_secs(5),
            deadline: Duration::from_secs(15),
            transfer_deadline: Duration::from_secs(120),
            idle_deadline: Duration::from_secs(45),
            block_deadline: Duration::from_secs(60),
            max_head_age: Some(Duration::from_secs(600)),
            trusting_period: None,
            wait_limit: Duration::from_secs(120),
            retries: 4,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
            max_answer_bytes: 64 << 20,
            max_update_bytes: 8 << 20,
            max_event_bytes: 4 << 20,
        }
    }
}
