//! Why files were not written.

use std::path::PathBuf;

use weft_chain::{MAX_ENTRY_NAME_BYTES, MAX_VALIDATORS};
use weft_encoding::Fault;

use super::files::PORTS_PER_NODE;
use crate::genesis_file::GenesisFileError;
use crate::keys::KeyFileError;

/// Why files were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// No validator, or more than a set may have. Caller.
    #[error("{validators} validators, there must be 1 to {MAX_VALIDATORS}")]
    Validators {
        /// The requested number.
        validators: usize,
    },
    /// The last node's ports would be above 65535. Caller.
    #[error(
        "base port {base_port} with {nodes} nodes of {PORTS_PER_NODE} ports: 1 to {limit} is possible"
    )]
    Ports {
        /// The requested base port; 0 is invalid.
        base_port: u16,
        /// How many nodes.
        nodes: usize,
        /// The highest base port for this number of nodes.
        limit: u32,
    },
    /// The name is too short or too long for a validator. Caller.
    #[error("the name {name:?} has {} bytes, it must have 1 to {MAX_ENTRY_NAME_BYTES}", name.len())]
    Name {
        /// The name.
        name: String,
    },
    /// A validator of the genesis has this name. Caller.
    #[error("the genesis has a validator {name:?}: choose another name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The file exists already. Caller.
    #[error("{path} exists already, it is not overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A key could not be made.
    #[error("key")]
    Key(#[from] KeyFileError),
    /// The genesis could not be read or written.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// A file could not be written. Local.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl InitError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Validators { .. }
            | Self::Ports { .. }
            | Self::Name { .. }
            | Self::NameTaken { .. }
            | Self::Exists { .. } => Fault::Caller,
            Self::Key(error) => error.fault(),
            Self::Genesis(error) => error.fault(),
            Self::Write { .. } => Fault::Local,
        }
    }
}
