//! A node's configuration file.
//!
//! ```toml
//! # Relative paths are relative to this file.
//! data_dir = "data"
//! genesis = "../genesis.json"
//! # validator: votes, and holds its columns as a custodian. gateway: takes and gives batches.
//! # A node without a role follows the chain.
//! roles = ["validator", "gateway"]
//!
//! [keys]
//! validator = "validator.key"   # needed by the role validator
//! network = "network.key"
//!
//! [network]
//! listen = ["/ip4/127.0.0.1/tcp/9701", "/ip4/127.0.0.1/udp/9701/quic-v1"]
//!
//! [api]                         # needed by the role gateway
//! listen = "127.0.0.1:9700"
//!
//! [orderer]
//! listen = "/ip4/127.0.0.1/tcp/9702"   # needed by the role validator; others find it in the genesis
//! ```
//!
//! All other options have defaults. The tables in `raw.rs` hold every option with its unit, range and
//! explanation; [`example`] writes them out, as in `weft.example.toml`.
//!
//! The file is read as it is written, unknown fields refused, and then checked field by field into
//! a [`Config`] whose types admit no wrong value.

mod addresses;
mod error;
mod example;
mod load;
mod orderer;
mod raw;
mod section;
mod settings;

pub use self::error::ConfigError;
pub use self::example::example;
pub use self::orderer::{MalachiteSettings, OrdererConfig, OrdererKind};
pub(crate) use self::raw::DEFAULT_LOG_FILTER;
pub use self::settings::{
    ApiConfig, Config, KeyFiles, LogConfig, LogFormat, NetworkAddresses, Roles,
};

#[cfg(test)]
mod tests;
