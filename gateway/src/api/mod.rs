//! The HTTP interface, `/v1` (design, section 10), and what operators probe.
//!
//! ```text
//!   TcpListener ─► connections: at most so many, heads and writes may not stall
//!        │
//!      limits: places by class of request, a deadline for each, panics caught
//!        │
//!   /v1  ├─ blobs, receipts ─► BlobService (the gateway)
//!        ├─ blocks ──────────► Ledger, CellSource (custodians, own and others)
//!        ├─ namespaces ──────► Ledger
//!        ├─ validators ──────► Ledger: sets, the updates that made them, updates offered
//!        ├─ evidence ────────► Store
//!        ├─ events ──────────► Ledger: from the store first, then as blocks are decided
//!        └─ status
//!   /healthz /readyz /metrics /openapi.json
//! ```
//!
//! The shapes of answers are [`weft_gateway_api`], shared with every client. Each failure
//! is a [`Problem`]: `application/problem+json` that names the value and the limit. Batches are
//! raw bytes both ways.

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
