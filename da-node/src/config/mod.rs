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
//! external = []                 # addresses to tell others, if not the ones above
//! bootstrap = []                # peers besides the validators, each ending in /p2p/PEER-ID
//!
//! [api]                         # needed by the role gateway
//! listen = "127.0.0.1:9700"
//! max_concurrent_posts = 8
//! max_body_bytes = 8388608
//!
//! [orderer]
//! kind = "malachite"            # or "solo", for development
//! listen = "/ip4/127.0.0.1/tcp/9702"   # needed by the role validator; others find it in the genesis
//! block_interval_ms = 1000
//! propose_timeout_ms = 2000     # of round 0; each round adds timeout_step_ms
//! vote_timeout_ms = 1000
//! timeout_step_ms = 500
//!
//! [log]
//! filter = "info"               # as in RUST_LOG
//! format = "text"               # or "json"
//! ```
//!
//! The file is read as it is written, unknown fields refused, and then checked field by field into
//! a [`Config`] whose types admit no wrong value.

mod addresses;
mod error;
mod load;
mod orderer;
mod raw;
mod settings;

pub use self::error::ConfigError;
pub use self::orderer::{MalachiteSettings, OrdererConfig, OrdererKind};
pub(crate) use self::raw::DEFAULT_LOG_FILTER;
pub use self::settings::{
    ApiConfig, Config, KeyFiles, LogConfig, LogFormat, NetworkAddresses, Roles,
};

#[cfg(test)]
mod tests;
