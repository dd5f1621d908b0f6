//! The genesis as a JSON file, so that rollups in any language can read what they trust.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use weft_chain::Genesis;
use weft_encoding::Fault;

/// The file's usual name.
pub const NAME: &str = "genesis.json";
/// Size limit: above the genesis of 1,024 validators.
const MAX_BYTES: u64 = 4 << 20;

/// Why a genesis file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GenesisFileError {
    /// The file cannot be read or written (local).
    #[error("genesis file {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any genesis (caller).
    #[error("genesis file {path} has {found} bytes, at most {max} are read")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: u64,
        /// The limit.
        max: u64,
    },
    /// The file is not a genesis (caller).
    #[error("genesis file {path}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The cause, with its position in the file.
        #[source]
        source: serde_json::Error,
    },
}

impl GenesisFileError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Io { .. } => Fault::Local,
            Self::TooLarge { .. } | Self::Malformed { .. } => Fault::Caller,
        }
    }
}

/// Reads a genesis.
///
/// # Errors
/// [`GenesisFileError`]: the file is not a genesis (caller), or cannot be read (local).
pub fn read(path: &Path) -> Result<Genesis, GenesisFileError> {
    let io = |source| GenesisFileError::Io {
        path: path.into(),
        source,
    };
    let found = std::fs::metadata(path).map_err(io)?.len();
    if found > MAX_BYTES {
        return Err(GenesisFileError::TooLarge {
            path: path.into(),
            found,
            max: MAX_BYTES,
        });
    }
    let bytes = std::fs::read(path).map_err(io)?;
    serde_json::from_slice(&bytes).map_err(|source| GenesisFileError::Malformed {
        path: path.into(),
        source,
    })
}

/// Writes a genesis atomically.
///
/// # Errors
/// [`GenesisFileError::Io`] (local).
pub fn write(path: &Path, genesis: &Genesis) -> Result<(), GenesisFileError> {
    let io = |source| GenesisFileError::Io {
        path: path.into(),
        source,
    };
    let text =
        serde_json::to_vec_pretty(genesis).map_err(|source| GenesisFileError::Malformed {
            path: path.into(),
            source,
        })?;
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;
    // Readable by all: a genesis is public, but temporary files are private by default.
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(io)?;
    file.write_all(&text)
        .and_then(|()| file.write_all(b"\n"))
        .map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
