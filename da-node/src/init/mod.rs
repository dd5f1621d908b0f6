//! The files of nodes: of all nodes of a new network, or of one that joins a chain.
//!
//! ```text
//! OUT/genesis.json             [init]                    [join]     OUT/genesis.json, a copy
//! OUT/node-0/weft.toml         node I: ports from P + 10 I          OUT/weft.toml
//! OUT/node-0/validator.key             HTTP API       + 0           OUT/validator.key
//! OUT/node-0/network.key               peers          + 1           OUT/network.key
//! OUT/node-0/data/                     consensus      + 2           OUT/validator.json
//! OUT/node-1/...                       reserved up to + 9           OUT/data/
//! ```
//!
//! Every address is on loopback. The node creates `data` when it starts. Nothing is overwritten.

mod error;
mod files;
mod join;
mod network;

#[cfg(test)]
mod tests;

pub use error::InitError;
pub use files::{DEFAULT_BASE_PORT, InitNode};
pub use join::{JoinOptions, JoinReport, VALIDATOR_ENTRY, join};
pub use network::{InitOptions, InitReport, init};
