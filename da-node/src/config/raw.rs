//! The file as it is written.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) data_dir: PathBuf,
    pub(super) genesis: PathBuf,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) keys: RawKeys,
    pub(super) network: RawNetwork,
    pub(super) api: Option<RawApi>,
    #[serde(default)]
    pub(super) orderer: RawOrderer,
    #[serde(default)]
    pub(super) log: RawLog,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeys {
    pub(super) validator: Option<PathBuf>,
    pub(super) network: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNetwork {
    #[serde(default)]
    pub(super) listen: Vec<String>,
    #[serde(default)]
    pub(super) external: Vec<String>,
    #[serde(default)]
    pub(super) bootstrap: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApi {
    pub(super) listen: String,
    #[serde(default = "RawApi::max_concurrent_posts")]
    pub(super) max_concurrent_posts: u64,
    #[serde(default = "RawApi::max_body_bytes")]
    pub(super) max_body_bytes: u64,
}

impl RawApi {
    fn max_concurrent_posts() -> u64 {
        8
    }

    fn max_body_bytes() -> u64 {
        super::settings::MAX_BODY_BYTES
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOrderer {
    pub(super) kind: String,
    pub(super) block_interval_ms: u64,
}

impl Default for RawOrderer {
    fn default() -> Self {
        Self {
            kind: "solo".into(),
            block_interval_ms: 1000,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    pub(super) filter: String,
    pub(super) format: String,
}

impl Default for RawLog {
    fn default() -> Self {
        Self {
            filter: "info".into(),
            format: "text".into(),
        }
    }
}
