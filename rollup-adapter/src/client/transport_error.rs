//! Why a gateway gave no usable answer.

use std::time::Duration;

use thiserror::Error;
use weft_chain::Height;
use weft_encoding::Fault;

use weft_gateway_api::ProblemDto;

/// Why a gateway gave no usable answer. Whether an answer is true is not asked here.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The gateway's address is not an HTTP URL. Fault: caller.
    #[error("gateway address {url:?} is not an http or https URL: {reason}")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client could not be built. Fault: local.
    #[error("the HTTP client could not be built: {0}")]
    Build(#[source] reqwest::Error),
    /// The gateway was not reached, or the connection broke. Fault: retry.
    #[error("{path}: the gateway was not reached or the connection broke: {source}")]
    Connection {
        /// What was asked for.
        path: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The answer did not come in time. Fault: retry.
    #[error("{path}: no answer in {limit_ms} ms")]
    Deadline {
        /// What was asked for.
        path: String,
        /// The deadline, milliseconds.
        limit_ms: u128,
    },
    /// The subscription brought no block in time, whatever else it brought. Fault: retry.
    #[error("{path}: no block {height} in {limit_ms} ms")]
    NoBlock {
        /// What was asked for.
        path: String,
        /// The block that was to come.
        height: Height,
        /// The deadline, milliseconds.
        limit_ms: u128,
    },
    /// The answer is larger than it may be; no more of it was read. Fault: peer.
    #[error("{path}: the answer has more than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        path: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// The answer is not what it should be a JSON form of. Fault: peer.
    #[error("{path}: the answer is malformed: {source}")]
    Malformed {
        /// What was asked for.
        path: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The subscription is not a stream of server-sent events. Fault: peer.
    #[error("{path}: the event stream is malformed: {reason}")]
    EventStream {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The gateway answered with a problem. Fault: as the problem says.
    #[error("{path}: {problem}")]
    Problem {
        /// What was asked for.
        path: String,
        /// The problem.
        problem: Box<ProblemDto>,
        /// How long the gateway asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// A failure that is not a problem of a gateway's, such as a proxy's. Fault: by the status.
    #[error("{path}: status {status}, not from a gateway")]
    Status {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
    },
}

impl TransportError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Url { .. } => Fault::Caller,
            Self::Build(_) => Fault::Local,
            Self::Connection { .. } | Self::Deadline { .. } | Self::NoBlock { .. } => Fault::Retry,
            Self::TooLarge { .. } | Self::Malformed { .. } | Self::EventStream { .. } => {
                Fault::Peer
            }
            Self::Problem { problem, .. } => problem.fault(),
            Self::Status { status, .. } => match status {
                408 | 425 | 429 | 502..=504 => Fault::Retry,
                400..500 => Fault::Caller,
                _ => Fault::Peer,
            },
        }
    }

    /// How long the gateway asks to be left alone before the next attempt.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The problem that the gateway answered with, if it did.
    pub fn problem(&self) -> Option<&ProblemDto> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
