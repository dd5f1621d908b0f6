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
//!                    │  └────── headers, peers ─────────────────────────► Sync       │
//!                    └─ HTTP ─► api ─► Gateway ──────────────────────────────────────┘
//! ```
//!
//! [`Node::start`] takes [`NodeOptions`]; `weft node`, `weft devnet` and `weft demo` start the same.

mod configured;
mod dispatch;
mod error;
mod options;
mod readiness;
mod running;
mod start;
mod tasks;

#[cfg(test)]
mod tests;

pub use configured::ConfiguredError;
pub use error::NodeError;
pub use options::NodeOptions;
pub use readiness::{NotReady, Readiness};
pub use running::Node;
