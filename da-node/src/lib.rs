//! Weft's node: validator, custodian and gateway in one process.
//!
//! ```text
//!   rollup ---- HTTP ----> api ----> gateway: coding, dispersal, proofs, retrieval
//!                           |           |  columns, proofs            ^ columns, samples
//!                           |           v                            |
//!                           |        network (libp2p) <----> peers ----+
//!                           |           |  Disperse, PushProofs, Columns, Samples
//!                           |           v
//!                           |        custodian: verify, keep, sign, serve
//!                           |           |
//!                           v           v
//!                        ledger <---> store (redb) <--- pool <--- certified blobs (gossip)
//!                           ^
//!                           | decided blocks
//!                        orderer: propose, verify, decide
//! ```
//!
//! A [`config::Config`] or code says what a node is; [`init`] writes the files of a whole network.

pub mod config;
pub mod custodian;
pub mod directory;
pub mod faults;
pub mod genesis_file;
pub mod init;
pub mod keys;
pub mod ledger;
pub mod node;
pub mod orderer;
pub mod pool;
pub mod store;
pub mod sync;
pub mod workers;

pub mod api;
pub mod cli;
pub mod devnet;
#[cfg(test)]
mod fixtures;
pub mod gateway;
mod listening;
#[cfg(test)]
mod voting_fixture;
