//! Weft's node: validator, custodian and gateway in one process, and the `weft` command.
//!
//! ```text
//!   rollup ---- HTTP ----> weft-gateway: the HTTP interface, coding, dispersal, proofs, retrieval
//!                             |  columns, proofs                     ^ columns, samples
//!                             v                                      |
//!                          weft-network (libp2p) <----> peers -------+
//!                             |  Disperse, PushProofs, Columns, Samples
//!                             v
//!                          weft-custody: verify, store, sign, serve, backfill
//!                             |
//!                             v
//!                          weft-ledger: ledger, store (redb), pool <--- certified blobs (gossip)
//!                             ^
//!                             | decided blocks
//!                          weft-consensus: propose, verify, decide
//! ```
//!
//! This crate wires the others together and holds no protocol of its own. A [`config::Config`] or
//! code configures a [`node::Node`]; [`init`] writes the files of a whole network.

pub mod cli;
pub mod config;
pub mod devnet;
#[cfg(test)]
mod generated_docs;
pub mod genesis_file;
pub mod init;
pub mod keys;
pub mod node;
