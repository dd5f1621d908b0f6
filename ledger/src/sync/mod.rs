//! Blocks that were decided elsewhere: heard of, fetched, verified, committed in order.
//!
//! ```text
//!  gossip: SignedHeader ─► verify ─► accept / reject / ignore
//!                            │ height h
//!  peers' Status ────────────┤
//!  (connected, polled)       ▼
//!                    SyncPlan: who has more? whom to ask, when again?
//!                            │ Fetch{peer, from, count}
//!                            ▼
//!        headers ─► body: voted on here, or from the peer ─► Ledger::commit, one by one
//!                            │ failed: the peer pauses, another is asked
//! ```
//!
//! - `plan`: the decisions, pure.
//! - [`SyncHandle`]: what the node tells it. The mailbox is bounded; when it is full, news are
//!   dropped, because the next status poll brings them again.
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
