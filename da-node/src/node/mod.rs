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
//! (*) Sync does not run if the engine fetches missed blocks itself, as Malachite does. An engine
//! with its own transport, such as Malachite, connects to the other engines directly.
//!
//! A node also runs readiness, the offers of validator updates, the connections to joining
//! validators and, on a custodian, the backfill of missing columns.
//!
//! Every service runs until the shutdown. If one ends earlier, the node is not ready from then on,
//! and [`Node::failed`] returns so that the process can be restarted.
//!
//! [`Node::start`] takes [`NodeOptions`]. `weft node`, `weft devnet` and `weft demo` all use it.

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
