//! A node: every service of one process, wired once and stopped together.
//!
//! ```text
//!                    ┌───────────── Network ─────────────┐
//!                    │ requests          gossip     peers│
//!                    ▼                      ▼         ▼
//!                 Dispatcher ── Disperse, PushProofs, Columns, Samples ─► Custodian ─┐
//!                    │  ├────── Status, Headers, Body, Commitments ─────► Ledger ────┤
//!                    │  ├────── Propose ────────────────────────────────► Orderer    ├─► Store
//!                    │  ├────── certified blobs ────────────────────────► Pool ──────┤
//!                    │  └────── headers, peers ─────────────────────────► Sync (*)   │
//!                    └─ HTTP ─► api ─► Gateway ──────────────────────────────────────┘
//! ```
//!
//! (*) Where the engine brings missed blocks by itself, which Malachite does, there is no sync beside
//! it. An engine with a transport of its own, which Malachite has, talks to the others' engines.
//!
//! Beside these run: readiness, the offers of validator updates, the connections to validators that
//! join, and for a custodian the backfill of columns that it owns and lacks.
//!
//! Every service runs until the shutdown. One that ends before makes the node not ready at once, and
//! [`Node::failed`] tells whoever runs the node to stop it and to start it again.
//!
//! [`Node::start`] takes [`NodeOptions`]; `weft node`, `weft devnet` and `weft demo` start the same.

mod configured;
mod contacts;
mod dispatch;
mod ended;
mod engine;
mod error;
mod follower;
mod membership;
mod offers;
mod options;
mod reach;
mod readiness;
mod running;
mod start;
mod tasks;

#[cfg(test)]
mod tests;

pub use configured::ConfiguredError;
pub use ended::ServiceEnded;
pub use error::NodeError;
pub use options::NodeOptions;
pub use readiness::{NotReady, Readiness};
pub use running::Node;
