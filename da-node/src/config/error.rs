//! What can be wrong with a configuration.

use std::path::PathBuf;

use weft_encoding::Fault;

/// A configuration that cannot be used. Always the caller's fault, but for an unreadable file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read. Local.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML of this form: a wrong type, a missing or an unknown field. Caller.
    #[error("cannot parse {path}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A field has a value that it cannot have. Caller.
    #[error("{field} is {value}, but must be {limit}")]
    Value {
        /// The field, with its section.
        field: &'static str,
        /// What the file says.
        value: String,
        /// What it may be.
        limit: String,
    },
}

impl ConfigError {
    pub(super) fn value(field: &'static str, value: impl ToString, limit: impl ToString) -> Self {
        Self::Value {
            field,
            value: value.to_string(),
            limit: limit.to_string(),
        }
    }

    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Read { .. } => Fault::Local,
            Self::Parse { .. } | Self::Value { .. } => Fault::Caller,
        }
    }
}
