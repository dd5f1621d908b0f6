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
    /// Longest time that [`wait`](crate::DataAvailability::wait) waits.
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
