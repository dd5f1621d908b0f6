//! The HTTP client: [`DataAvailability`](crate::DataAvailability) over one gateway.
//!
//! ```text
//!   http_client ── one method a call: ask, then verify on a blocking thread
//!        │
//!   transport ──── deadline an attempt, retries, limits on what comes back
//!        │                                   follow ── subscriptions, resumed from a height
//!      reqwest                                  └ sse ── server-sent events, bounded
//! ```
//!
//! Every call may be repeated: a post names its blob by content. So every call whose failure is
//! [`Fault::Retry`](crate::Fault::Retry) is tried again, with growing pauses, a limited number of
//! times. Nothing that a gateway sends is kept beyond its size limit.

mod config;
mod follow;
mod http_client;
mod sse;
mod transport;
mod transport_error;

pub use config::ClientConfig;
pub use http_client::HttpClient;
pub use transport_error::TransportError;
