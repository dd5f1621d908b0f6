//! A node as its configuration file says.

use crate::config::{Config, OrdererKind};
use crate::gateway::GatewayConfig;
use crate::genesis_file::{self, GenesisFileError};
use crate::keys::{self, KeyFileError};
use crate::orderer::solo::SoloConfig;

use super::NodeOptions;

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
    /// [`ConfiguredError`]: a file that is not what it should be (caller), or cannot be read
    /// (local).
    pub fn from_config(config: &Config) -> Result<Self, ConfiguredError> {
        let genesis = genesis_file::read(&config.genesis)?;
        let keypair = keys::load_network_key(&config.keys.network)?;
        let validator_key = match &config.keys.validator {
            Some(path) if config.roles.validator => Some(keys::load_validator_key(path)?),
            _ => None,
        };
        let OrdererKind::Solo = config.orderer.kind;
        let mut options = Self::new(genesis, config.data_dir.clone(), keypair);
        options.validator_key = validator_key;
        options.listen.clone_from(&config.network.listen);
        options.external.clone_from(&config.network.external);
        options.bootstrap.clone_from(&config.network.bootstrap);
        options.gateway = config.roles.gateway;
        options.orderer = SoloConfig {
            block_interval: config.orderer.block_interval,
            ..SoloConfig::default()
        };
        if let Some(api) = &config.api {
            options.api_listen = Some(api.listen);
            options.gateway_config = GatewayConfig {
                max_posts: api.max_concurrent_posts,
                ..GatewayConfig::default()
            };
            options.api_limits.posts = api.max_concurrent_posts;
        }
        Ok(options)
    }
}
