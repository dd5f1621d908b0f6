//! The HTTP client: [`DataAvailability`](crate::DataAvailability) over one gateway.
//!
//! ```text
//!   http_client ── one method a call: ask, then verify on a blocking thread
//!        │    └ learn ── validator sets that an answer names and that are not trusted yet
//!   transport ──── deadline an attempt, retries, limits on what comes back
//!        │                                   follow ── subscriptions, resumed from a height
//!      reqwest                                  ├ sse ── server-sent events, bounded
//!                                               └ freshness ── the newest block is not too old
//! ```
//!
//! Every call may be repeated: a post names its blob by content. So every call whose failure is
//! [`Fault::Retry`](crate::Fault::Retry) is tried again, with growing pauses, a limited number of
//! times. Nothing that a gateway sends is kept beyond its size limit.
//!
//! Every answer, poll and stream has a deadline for the whole of it, which bytes that trickle in do not
//! put off: an attempt's in [`ClientConfig::deadline`] and [`ClientConfig::transfer_deadline`], a wait's in
//! [`ClientConfig::wait_limit`], the next block's in [`ClientConfig::block_deadline`].
//!
//! When an answer names a validator set that is not known to be in force at its height, the client asks
//! for the update by which it came there, and for the one before that, back to a set that is known to be
//! in force, and verifies them forward from there, each with the header that decided it. At most
//! [`MAX_UPDATES`] are looked at for one set, within the deadline of a transfer.

mod clock;
mod config;
mod follow;
mod freshness;
mod http_client;
mod learn;
mod sse;
mod transport;
mod transport_error;
mod validators;

pub use config::ClientConfig;
pub use freshness::StaleHead;
pub use http_client::HttpClient;
pub use learn::{LearnError, MAX_UPDATES};
pub use transport_error::TransportError;
pub use validators::{SubmitUpdateError, ValidatorsError};
