//! A node's secret keys, as files that only their owner can read.
//!
//! | file | holds | text |
//! |---|---|---|
//! | validator key | BLS12-381 secret scalar, 32 bytes, big-endian | 64 hex digits, newline |
//! | network key | libp2p ed25519 key pair, protobuf | hex digits, newline |
//!
//! Files are created atomically with mode 0600 and never replace an existing file. A file that its
//! group or the world can read is refused. Keys appear in no `Debug` and in no log.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use libp2p::identity::Keypair;
use rand::TryRngCore;
use rand::rngs::OsRng;
use weft_chain::SecretKey;
use weft_encoding::Fault;
use zeroize::Zeroizing;

/// Usual name of a validator key file.
pub const VALIDATOR_KEY: &str = "validator.key";
/// Usual name of a network key file.
pub const NETWORK_KEY: &str = "network.key";
/// Mode of a key file: only the owner reads and writes it.
const MODE: u32 = 0o600;
/// Permissions that a key file must not have: any of group and world.
const FORBIDDEN: u32 = 0o077;
/// Size limit: above any key file.
const MAX_FILE_BYTES: u64 = 1024;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read or written. Local.
    #[error("key file {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file exists already; keys are never overwritten. Caller.
    #[error("key file {path} exists already, it is not overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner can read or write the file. Caller.
    #[error("key file {path} has mode {mode:o}, only its owner may have access (600)")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file does not hold a key of this kind. Caller.
    #[error("key file {path} holds no {kind} key")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The kind that was expected.
        kind: &'static str,
    },
    /// The system's randomness is not available. Local.
    #[error("no randomness from the system")]
    Randomness(#[source] rand::rand_core::OsError),
}

impl KeyFileError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Io { .. } | Self::Randomness(_) => Fault::Local,
            Self::Exists { .. } | Self::TooOpen { .. } | Self::Malformed { .. } => Fault::Caller,
        }
    }
}

/// Makes a validator key from the system's randomness and writes it to a new file.
///
/// # Errors
/// [`KeyFileError::Exists`] (caller), [`KeyFileError::Io`], [`KeyFileError::Randomness`] (local).
pub fn create_validator_key(path: &Path) -> Result<SecretKey, KeyFileError> {
    let mut material = Zeroizing::new([0; 32]);
    OsRng
        .try_fill_bytes(material.as_mut_slice())
        .map_err(KeyFileError::Randomness)?;
    let key = SecretKey::generate(&material);
    write_secret(path, key.to_bytes().as_slice())?;
    Ok(key)
}

/// Reads a validator key.
///
/// # Errors
/// [`KeyFileError::TooOpen`], [`KeyFileError::Malformed`] (caller), [`KeyFileError::Io`] (local).
pub fn load_validator_key(path: &Path) -> Result<SecretKey, KeyFileError> {
    const KIND: &str = "validator";
    let malformed = || KeyFileError::Malformed {
        path: path.to_path_buf(),
        kind: KIND,
    };
    let bytes = read_secret(path, KIND)?;
    let scalar: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| malformed())?;
    SecretKey::from_bytes(scalar).map_err(|_| malformed())
}

/// Makes a network key and writes it to a new file.
///
/// # Errors
/// As [`create_validator_key`].
pub fn create_network_key(path: &Path) -> Result<Keypair, KeyFileError> {
    let keypair = Keypair::generate_ed25519();
    let encoded = keypair
        .to_protobuf_encoding()
        .map(Zeroizing::new)
        .expect("an ed25519 key pair has a protobuf form");
    write_secret(path, &encoded)?;
    Ok(keypair)
}

/// Reads a network key.
///
/// # Errors
/// As [`load_validator_key`].
pub fn load_network_key(path: &Path) -> Result<Keypair, KeyFileError> {
    const KIND: &str = "network";
    let bytes = read_secret(path, KIND)?;
    Keypair::from_protobuf_encoding(&bytes).map_err(|_| KeyFileError::Malformed {
        path: path.to_path_buf(),
        kind: KIND,
    })
}

/// Reads a validator key, or creates one if the file does not exist.
///
/// # Errors
/// As [`load_validator_key`] and [`create_validator_key`].
pub fn load_or_create_validator_key(path: &Path) -> Result<SecretKey, KeyFileError> {
    if path.exists() {
        load_validator_key(path)
    } else {
        create_validator_key(path)
    }
}

/// Reads a network key, or creates one if the file does not exist.
///
/// # Errors
/// As [`load_network_key`] and [`create_network_key`].
pub fn load_or_create_network_key(path: &Path) -> Result<Keypair, KeyFileError> {
    if path.exists() {
        load_network_key(path)
    } else {
        create_network_key(path)
    }
}

/// Writes a secret to a new file. It is written under another name first, so that a crash never
/// leaves a partial key under `path`.
fn write_secret(path: &Path, secret: &[u8]) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_path_buf(),
        source,
    };
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;

    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = write_synced(&draft, secret);
    // A link fails if the name exists; a rename would replace the file.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    let removed = std::fs::remove_file(&draft);
    match linked {
        Ok(()) => removed.map_err(io)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(KeyFileError::Exists {
                path: path.to_path_buf(),
            });
        }
        Err(error) => return Err(io(error)),
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

fn write_synced(path: &Path, secret: &[u8]) -> std::io::Result<()> {
    let mut text = Zeroizing::new(hex::encode(secret));
    text.push('\n');
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read_secret(path: &Path, kind: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & FORBIDDEN != 0 {
        return Err(KeyFileError::TooOpen {
            path: path.to_path_buf(),
            mode,
        });
    }
    let malformed = || KeyFileError::Malformed {
        path: path.to_path_buf(),
        kind,
    };
    let mut text = Zeroizing::new(Vec::new());
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut text)
        .map_err(io)?;
    let text = std::str::from_utf8(&text).map_err(|_| malformed())?;
    hex::decode(text.trim_ascii_end())
        .map(Zeroizing::new)
        .map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn keys_come_back_and_their_files_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/validator.key");
        let made = create_validator_key(&path).unwrap();
        assert_eq!(
            load_validator_key(&path).unwrap().public_key(),
            made.public_key()
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            MODE
        );

        let path = folder.path().join("deep/network.key");
        let made = load_or_create_network_key(&path).unwrap();
        let read = load_or_create_network_key(&path).unwrap();
        assert_eq!(read.public().to_peer_id(), made.public().to_peer_id());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            MODE
        );
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            2,
            "drafts left"
        );
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("validator.key");
        let made = create_validator_key(&path).unwrap();
        assert!(matches!(
            create_validator_key(&path),
            Err(KeyFileError::Exists { .. })
        ));
        assert!(matches!(
            create_network_key(&path),
            Err(KeyFileError::Exists { .. })
        ));
        assert_eq!(
            load_validator_key(&path).unwrap().public_key(),
            made.public_key()
        );
    }

    #[test]
    fn readable_by_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("validator.key");
        create_validator_key(&path).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o660, 0o777] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = load_validator_key(&path).unwrap_err();
            assert!(matches!(error, KeyFileError::TooOpen { mode: found, .. } if found == mode));
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        load_validator_key(&path).unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let order = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
        let zero = "00".repeat(32);
        for text in [
            "",
            "zz",
            "00",
            &order[2..],
            order,
            &zero,
            &"ab".repeat(2000),
        ] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(MODE)).unwrap();
            let error = load_validator_key(&path).unwrap_err();
            assert!(matches!(error, KeyFileError::Malformed { .. }), "{text}");
            assert!(text.is_empty() || text == "00" || !format!("{error:?}").contains(text));
            assert!(load_network_key(&path).is_err());
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("validator.key");
        let key = create_validator_key(&path).unwrap();
        let secret = std::fs::read_to_string(&path).unwrap();
        assert!(!format!("{key:?}").contains(secret.trim()));
    }
}
