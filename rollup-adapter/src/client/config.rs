//! The client's deadlines, retries and size limits.

use std::time::Duration;

/// Deadlines, retries and size limits of an [`HttpClient`](super::HttpClient).
///
/// ```
/// use std::time::Duration;
/// use weft_rollup_adapter::client::ClientConfig;
///
/// let config = ClientConfig::default()
///     .with_trusting_period(Duration::from_secs(21 * 86_400))
///     .with_retries(1);
/// assert_eq!(config.retries, 1);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Longest time to establish a connection.
    pub connect_deadline: Duration,
    /// Longest time of one attempt to fetch a small answer: a receipt, a header.
    pub deadline: Duration,
    /// Longest time of one attempt to post, to read a batch or to list a namespace.
    pub transfer_deadline: Duration,
    /// Longest silence on a subscription; the gateway sends something every 15 seconds.
    pub idle_deadline: Duration,
    /// Longest time from one block of a subscription to the next, whatever else the stream brings. Set
    /// it above the chain's block interval. Time that the subscriber takes between blocks does not
    /// count.
    pub block_deadline: Duration,
    /// Greatest age of a gateway's newest block, by the block's time and the local clock; `None` for
    /// any age. A subscription from an earlier height first brings older blocks: they must come at
    /// twice the clock's pace or faster.
    pub max_head_age: Option<Duration>,
    /// How long after its last block a validator set is trusted to sign no second history; `None`
    /// for ever. Once the newest block that is trusted or was verified is older, the client accepts
    /// no later one: name a newer checkpoint. The period begins at the genesis's time, so a chain
    /// that is older than the period needs a checkpoint.
    pub trusting_period: Option<Duration>,
    /// Longest time that [`wait`](crate::DataAvailability::wait) takes, slow answers included.
    pub wait_limit: Duration,
    /// Retries of a call after its first attempt.
    pub retries: usize,
    /// The first pause between attempts; it doubles each time, with jitter.
    pub first_pause: Duration,
    /// The longest pause, even if the gateway asks for a longer one.
    pub longest_pause: Duration,
    /// Largest JSON answer, bytes.
    pub max_answer_bytes: usize,
    /// Largest update of the validator set, bytes of JSON. All updates fetched for one unknown set
    /// together may have at most [`max_answer_bytes`](Self::max_answer_bytes).
    pub max_update_bytes: usize,
    /// Largest single event of a subscription, bytes.
    pub max_event_bytes: usize,
}

impl ClientConfig {
    /// Sets [`deadline`](Self::deadline).
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets [`transfer_deadline`](Self::transfer_deadline).
    #[must_use]
    pub const fn with_transfer_deadline(mut self, deadline: Duration) -> Self {
        self.transfer_deadline = deadline;
        self
    }

    /// Sets [`block_deadline`](Self::block_deadline).
    #[must_use]
    pub const fn with_block_deadline(mut self, deadline: Duration) -> Self {
        self.block_deadline = deadline;
        self
    }

    /// Sets [`wait_limit`](Self::wait_limit).
    #[must_use]
    pub const fn with_wait_limit(mut self, limit: Duration) -> Self {
        self.wait_limit = limit;
        self
    }

    /// Sets [`max_head_age`](Self::max_head_age).
    #[must_use]
    pub fn with_max_head_age(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.max_head_age = age.into();
        self
    }

    /// Sets [`trusting_period`](Self::trusting_period).
    #[must_use]
    pub fn with_trusting_period(mut self, period: impl Into<Option<Duration>>) -> Self {
        self.trusting_period = period.into();
        self
    }

    /// Sets [`retries`](Self::retries).
    #[must_use]
    pub const fn with_retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }
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
