//! Sync: fetches blocks that other nodes decided, verifies them and commits them in order.
//!
//! ```text
//!  gossip: SignedHeader ─► verify ─► accept / reject / ignore
//!                            │ height h
//!  peers' Status ────────────┤
//!  (connected, polled)       ▼
//!                    SyncPlan: which peers are ahead? which to ask, and when?
//!                            │ Fetch{peer, from, count}
//!                            ▼
//!        headers ─► body: voted on here, or from the peer ─► Ledger::commit, one by one
//!                            │ failed: back off from the peer, ask another
//! ```
//!
//! - `plan`: the decisions, pure.
//! - [`SyncHandle`]: the node's reports of peers and headers. The mailbox is bounded. Reports are
//!   dropped when it is full; the next status poll brings them again.
//! - [`SyncEngine`]: the loop.

mod config;
mod engine;
mod error;
mod fetch;
mod gossip;
mod mailbox;
mod metrics;
mod plan;

pub use config::SyncConfig;
pub use engine::SyncEngine;
pub use error::FetchError;
pub use gossip::{HeaderVerdict, judge_header};
pub use mailbox::SyncHandle;
pub use metrics::SyncMetrics;
