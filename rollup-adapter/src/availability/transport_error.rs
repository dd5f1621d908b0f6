//! A gateway that gave no usable answer.

use std::{error::Error as StdError, time::Duration};

use thiserror::Error;
use weft_chain::Height;
use weft_encoding::Fault;
use weft_gateway_api::ProblemDto;

/// Why a gateway gave no usable answer. Whether an answer is true is the concern of [`crate::verify`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The gateway's address is not an HTTP URL. Fault: caller.
    #[error("gateway address {url:?} is not an http or https URL: {reason}")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client could not be built. The source is its error. Fault: local.
    #[error("the HTTP client could not be built: {0}")]
    Build(#[source] Box<dyn StdError + Send + Sync>),
    /// The gateway was not reached, or the connection broke. The source is the HTTP client's error.
    /// Fault: retry.
    #[error("{path}: the gateway was not reached or the connection broke: {source}")]
    Connection {
        /// The path of the request.
        path: String,
        /// The cause.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer was not complete within the deadline. Fault: retry.
    #[error("{path}: no answer in {limit_ms} ms")]
    Deadline {
        /// The path of the request.
        path: String,
        /// The deadline, milliseconds.
        limit_ms: u128,
    },
    /// The subscription brought no block within the deadline, whatever else it brought. Fault: retry.
    #[error("{path}: no block {height} in {limit_ms} ms")]
    NoBlock {
        /// The path of the request.
        path: String,
        /// The block that was due.
        height: Height,
        /// The deadline, milliseconds.
        limit_ms: u128,
    },
    /// The answer is larger than its limit; the rest was not read. Fault: peer.
    #[error("{path}: the answer has more than {limit} bytes")]
    TooLarge {
        /// The path of the request.
        path: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// The answer is not the JSON that the call expects. Fault: peer.
    #[error("{path}: the answer is malformed: {source}")]
    Malformed {
        /// The path of the request.
        path: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The subscription is not a stream of server-sent events. Fault: peer.
    #[error("{path}: the event stream is malformed: {reason}")]
    EventStream {
        /// The path of the request.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The gateway answered with problem details. Fault: that of the problem.
    #[error("{path}: {problem}")]
    Problem {
        /// The path of the request.
        path: String,
        /// The problem.
        problem: Box<ProblemDto>,
        /// How long the gateway asks the client to wait before a retry.
        retry_after: Option<Duration>,
    },
    /// A failure without problem details, such as a proxy's. Fault: by the status.
    #[error("{path}: status {status} without problem details")]
    Status {
        /// The path of the request.
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

    /// How long the gateway asks the client to wait before a retry.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The problem details of the gateway's answer, if it gave any.
    pub fn problem(&self) -> Option<&ProblemDto> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
