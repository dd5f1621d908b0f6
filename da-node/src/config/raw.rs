//! The file as it is written.

use std::path::PathBuf;

use serde::Deserialize;

/// What a node logs if its file does not say: of Weft everything worth a line, of the libraries below
/// it what is wrong. Gossipsub warns of every repetition, and Malachite's network calls every dial of a
/// peer that is down an error, for as long as it is down: the node tells that itself, once.
pub(crate) const DEFAULT_LOG_FILTER: &str = "info,libp2p=warn,libp2p_gossipsub=error,\
    arc_malachitebft=warn,arc_malachitebft_discovery=off,arc_malachitebft_network=off";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) data_dir: PathBuf,
    pub(super) genesis: PathBuf,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) keys: RawKeys,
    #[serde(default)]
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawNetwork {
    pub(super) listen: Vec<String>,
    pub(super) external: Vec<String>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOrderer {
    pub(super) kind: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) block_interval_ms: Option<u64>,
    pub(super) propose_timeout_ms: Option<u64>,
    pub(super) vote_timeout_ms: Option<u64>,
    pub(super) timeout_step_ms: Option<u64>,
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
            filter: DEFAULT_LOG_FILTER.into(),
            format: "text".into(),
        }
    }
}
