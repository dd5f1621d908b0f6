//! Reading a configuration file.

use std::path::Path;

use super::raw::RawConfig;
use super::{Config, ConfigError};

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError::Read`] (local), [`ConfigError::Parse`], [`ConfigError::Value`] (caller).
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Self::check(parse(&text, path)?, folder)
    }

    /// Checks a configuration that is not in a file; relative paths are taken from `folder`.
    ///
    /// # Errors
    /// [`ConfigError::Parse`], [`ConfigError::Value`] (caller).
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        Self::check(parse(text, folder)?, folder)
    }
}

fn parse(text: &str, path: &Path) -> Result<RawConfig, ConfigError> {
    toml::from_str(text).map_err(|source| ConfigError::Parse {
        path: path.to_path_buf(),
        source: Box::new(source),
    })
}
