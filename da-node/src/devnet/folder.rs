//! The folder of a local network: its genesis and its members' keys and stores.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use libp2p::identity::Keypair;
use weft_chain::{ChainId, Genesis, SecretKey, ValidatorEntry};

use crate::genesis_file::{self, GenesisFileError};
use crate::keys::{self, KeyFileError, NETWORK_KEY, VALIDATOR_KEY};

/// Chain id of local networks.
const CHAIN_ID: &str = "weft-devnet";
/// Retention of local networks, in blocks.
const RETENTION_BLOCKS: u64 = 100_000;
/// Stake of each local validator.
const STAKE: u64 = 1;

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be read or written (local).
    #[error("{path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The genesis cannot be used.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// The folder has a network of another size (caller).
    #[error(
        "{path} holds a network of {found} validators, not {asked}: use another folder, or \
         --validators {found}"
    )]
    OtherSize {
        /// The folder.
        path: PathBuf,
        /// Its validators.
        found: usize,
        /// The requested number.
        asked: usize,
    },
    /// The clock is before 1970 (local).
    #[error("the system clock is before 1970")]
    Clock,
}

/// A node's keys and the folder of its store.
pub(super) struct Member {
    pub(super) data_dir: PathBuf,
    pub(super) keypair: Keypair,
    pub(super) validator_key: Option<SecretKey>,
}

/// The folder of a local network.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    genesis: Genesis,
}

impl Folder {
    /// Opens the folder, or creates a new network of `validators` in it.
    pub(super) fn open(path: &Path, validators: usize) -> Result<Self, FolderError> {
        let file = path.join(genesis_file::NAME);
        let mut genesis = if file.exists() {
            genesis_file::read(&file)?
        } else {
            let genesis = make_genesis(path, validators)?;
            genesis_file::write(&file, &genesis)?;
            genesis
        };
        let found = genesis.validators.len();
        if found != validators {
            return Err(FolderError::OtherSize {
                path: path.into(),
                found,
                asked: validators,
            });
        }
        // Each run takes new free ports: the last run's are closed, or belong to other processes.
        for validator in &mut genesis.validators {
            validator.addresses.clear();
            validator.consensus_addresses.clear();
        }
        Ok(Self {
            path: path.into(),
            genesis,
        })
    }

    /// The genesis, without addresses.
    pub(super) fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Writes the genesis with the addresses of this run, which are not part of its hash.
    pub(super) fn write_genesis(&self, genesis: &Genesis) -> Result<PathBuf, FolderError> {
        let file = self.path.join(genesis_file::NAME);
        genesis_file::write(&file, genesis)?;
        Ok(file)
    }

    pub(super) fn validator(&self, index: usize) -> Result<Member, FolderError> {
        let folder = validator_folder(&self.path, index);
        let key = keys::load_validator_key(&folder.join(VALIDATOR_KEY))?;
        let keypair = keys::load_network_key(&folder.join(NETWORK_KEY))?;
        Ok(Member {
            data_dir: folder,
            keypair,
            validator_key: Some(key),
        })
    }

    pub(super) fn gateway(&self, index: usize) -> Result<Member, FolderError> {
        let folder = self.path.join(format!("gateway-{index}"));
        let keypair = keys::load_or_create_network_key(&folder.join(NETWORK_KEY))?;
        Ok(Member {
            data_dir: folder,
            keypair,
            validator_key: None,
        })
    }
}

fn validator_folder(path: &Path, index: usize) -> PathBuf {
    path.join(format!("validator-{index}"))
}

fn make_genesis(path: &Path, validators: usize) -> Result<Genesis, FolderError> {
    let mut members = Vec::with_capacity(validators);
    for index in 0..validators {
        let folder = validator_folder(path, index);
        let key = keys::load_or_create_validator_key(&folder.join(VALIDATOR_KEY))?;
        let network = keys::load_or_create_network_key(&folder.join(NETWORK_KEY))?;
        members.push(ValidatorEntry {
            name: format!("validator-{index}"),
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake: STAKE,
            peer_id: network.public().to_peer_id().to_string(),
            addresses: Vec::new(),
            consensus_addresses: Vec::new(),
        });
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| FolderError::Clock)?;
    Ok(Genesis {
        chain_id: CHAIN_ID.parse::<ChainId>().expect("a legal chain id"),
        time_ms: u64::try_from(since.as_millis()).map_err(|_| FolderError::Clock)?,
        retention_blocks: RETENTION_BLOCKS,
        max_block_rows: 256,
        validators: members,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_keeps_its_network_and_no_addresses_of_the_last_run() {
        let path = tempfile::tempdir().unwrap();
        let folder = Folder::open(path.path(), 2).unwrap();
        let mut genesis = folder.genesis().clone();
        let keys = [0, 1].map(|index| folder.validator(index).unwrap().keypair.public());
        let gateway = folder.gateway(0).unwrap().keypair.public();
        genesis.validators[1].addresses = vec!["/ip4/127.0.0.1/tcp/1".into()];
        genesis.validators[1].consensus_addresses = vec!["/ip4/127.0.0.1/tcp/2".into()];
        folder.write_genesis(&genesis).unwrap();

        let again = Folder::open(path.path(), 2).unwrap();
        assert_eq!(again.genesis().hash(), genesis.hash());
        let validator = &again.genesis().validators[1];
        assert!(validator.addresses.is_empty() && validator.consensus_addresses.is_empty());
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(again.validator(index).unwrap().keypair.public(), *key);
        }
        assert_eq!(again.gateway(0).unwrap().keypair.public(), gateway);

        let error = Folder::open(path.path(), 3).unwrap_err();
        assert!(
            matches!(
                error,
                FolderError::OtherSize {
                    found: 2,
                    asked: 3,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn keys_that_were_made_before_a_crash_are_the_genesis_of_the_next_start() {
        let path = tempfile::tempdir().unwrap();
        let made = make_genesis(path.path(), 1).unwrap();
        let opened = Folder::open(path.path(), 1).unwrap();
        let key = |genesis: &Genesis| genesis.validators[0].public_key;
        assert_eq!(key(opened.genesis()), key(&made));
    }
}
