//! Node options from a configuration file.

use super::NodeOptions;
use crate::config::Config;
use crate::genesis_file::{self, GenesisFileError};
use crate::keys::{self, KeyFileError};

/// Why the files that a configuration names cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfiguredError {
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

impl NodeOptions {
    /// Reads the genesis and the keys that a configuration names.
    ///
    /// # Errors
    /// [`ConfiguredError`]: a file is invalid (caller) or cannot be read (local).
    pub fn from_config(config: &Config) -> Result<Self, ConfiguredError> {
        let genesis = genesis_file::read(&config.genesis)?;
        let keypair = keys::load_network_key(&config.keys.network)?;
        let validator_key = match &config.keys.validator {
            Some(path) if config.roles.validator => Some(keys::load_validator_key(path)?),
            _ => None,
        };
        let mut options = Self::new(genesis, config.data_dir.clone(), keypair);
        options.validator_key = validator_key;
        options.listen.clone_from(&config.network.listen);
        options.external.clone_from(&config.network.external);
        options.bootstrap.clone_from(&config.network.bootstrap);
        options.gateway = config.roles.gateway;
        options.workers = config.workers;
        options.limits = config.limits;
        options.deadlines = config.deadlines;
        options.scores = config.scores;
        if let Some(api) = &config.api {
            options.api_listen = Some(api.listen);
            options.api_limits.clone_from(&api.limits);
        }
        options.gateway_config.clone_from(&config.gateway);
        options.orderer.clone_from(&config.orderer);
        options.custodian = config.custodian;
        options.backfill.clone_from(&config.backfill);
        options.pool.clone_from(&config.pool);
        options.sync.clone_from(&config.sync);
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::init::{InitOptions, init};

    #[test]
    fn every_limit_of_the_file_reaches_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let chain_id = "weft-test-1".parse().unwrap();
        let files = init(&InitOptions::new(1, folder.path().into(), chain_id, 1)).unwrap();
        let path = &files.nodes[0].config;
        let text = std::fs::read_to_string(path).unwrap();
        let limits = "[api]\nmax_concurrent_posts = 3\nmax_body_bytes = 1000";
        let text = text
            .replace("[api]", limits)
            .replace("block_interval_ms = 1000", "block_interval_ms = 70");
        let config = Config::parse(&text, path.parent().unwrap()).unwrap();
        let options = NodeOptions::from_config(&config).unwrap();
        assert_eq!(options.gateway_config.max_posts.get(), 3);
        assert_eq!(options.api_limits.posts.get(), 3);
        assert_eq!(options.api_limits.max_body_bytes, 1000);
        assert_eq!(options.orderer.block_interval.as_millis(), 70);
        assert_eq!(options.orderer, config.orderer);
        assert_eq!(options.api_listen, Some(files.nodes[0].api));
        assert!(options.gateway && options.validator_key.is_some());
    }
}
