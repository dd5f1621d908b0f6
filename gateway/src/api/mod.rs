//! The HTTP interface, `/v1` (design, section 10), and the probes for operators.
//!
//! ```text
//!   TcpListener ─► connections: bounded in number, heads and writes may not stall
//!        │
//!      limits: a bound and a deadline per class of request, panics caught
//!        │
//!   /v1  ├─ blobs, receipts ─► BlobService (the gateway)
//!        ├─ blocks ──────────► Ledger, CellSource (this node's custodian and others)
//!        ├─ namespaces ──────► Ledger
//!        ├─ validators ──────► Ledger: sets, the updates that introduced them, submitted updates
//!        ├─ evidence ────────► Store
//!        ├─ events ──────────► Ledger: stored blocks first, then each one as it is decided
//!        └─ status
//!   /healthz /readyz /metrics /openapi.json
//! ```
//!
//! [`weft_gateway_api`] defines the answers and is shared with every client. Each failure is a
//! [`Problem`]: `application/problem+json` that names the value and the limit. Batches are raw
//! bytes in both directions.

mod blobs;
mod blocks;
mod connections;
mod context;
mod events;
mod evidence;
mod extract;
mod health;
mod limits;
mod metrics;
mod namespaces;
mod openapi;
mod problem;
mod receipts;
mod refusals;
mod server;
mod validators;

#[cfg(test)]
mod tests;

pub use context::{ApiContext, ApiParts, BlobService, Readiness};
pub use limits::ApiLimits;
pub use metrics::ApiMetrics;
pub use openapi::openapi;
pub use problem::Problem;
pub use server::serve;
