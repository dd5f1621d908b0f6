//! The HTTP client: [`DataAvailability`](crate::DataAvailability) over one gateway.
//!
//! ```text
//!   http_client ── one method a call: request, then verify on a blocking thread
//!        │    └ learn ── validator sets that an answer names and that are not trusted yet
//!   transport ──── a deadline for each attempt, retries, size limits on answers
//!        │                                   subscription ── resumed from a height
//!      reqwest                                  ├ sse ── server-sent events, bounded
//!                                               └ freshness ── the newest block is not too old
//! ```
//!
//! All calls are idempotent: a blob id is the hash of the blob's content. A call that fails with
//! [`Fault::Retry`](crate::Fault::Retry) is retried with growing pauses, at most
//! [`ClientConfig::retries`] times. Every answer has a size limit, and the client buffers no more.
//!
//! Every call and stream has a deadline that slow bytes do not extend: [`ClientConfig::deadline`] and
//! [`ClientConfig::transfer_deadline`] for an attempt, [`ClientConfig::wait_limit`] for a wait,
//! [`ClientConfig::block_deadline`] for the next block.
//!
//! An answer may name a validator set that is not known to be in force at its height. The client then
//! fetches the update that brought the set into force, and the update before that, back to a set that
//! is known to be in force. From there it verifies them forward, each with the header that decided it.
//! It fetches at most [`MAX_UPDATES`] for one set, within [`ClientConfig::transfer_deadline`].
//!
//! No type of reqwest is in this interface: a failure of the HTTP client is the boxed source of a
//! [`TransportError`](crate::TransportError).

mod clock;
mod config;
mod freshness;
mod http_client;
mod learn;
mod sse;
mod subscription;
mod transport;
mod validators;

pub use config::ClientConfig;
pub use http_client::HttpClient;
pub use learn::MAX_UPDATES;
pub use validators::{SubmitUpdateError, ValidatorsError};
