//! The files of a new network: a genesis, and for each node its keys and configuration.
//!
//! ```text
//! OUT/genesis.json
//! OUT/node-0/weft.toml         node I: HTTP API on 127.0.0.1, port P + 10 I
//! OUT/node-0/validator.key             peers on port P + 10 I + 1 (TCP and QUIC)
//! OUT/node-0/network.key               ports up to P + 10 I + 9 are its own
//! OUT/node-0/data/             made when the node starts
//! OUT/node-1/...
//! ```

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use libp2p::PeerId;
use weft_chain::{ChainId, Genesis, GenesisValidator, MAX_VALIDATORS, PublicKey};
use weft_encoding::{Fault, MAX_BLOCK_ROWS};

use crate::genesis_file::{self, GenesisFileError};
use crate::keys::{KeyFileError, create_network_key, create_validator_key};

/// Ports that belong to one node.
const PORTS_PER_NODE: u32 = 10;
/// Thirty days of blocks of one second.
const DEFAULT_RETENTION_BLOCKS: u64 = 30 * 24 * 60 * 60;
/// The port of the first node's API if none is named.
pub const DEFAULT_BASE_PORT: u16 = 9700;

/// What network to write.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// How many validators, all with the same stake.
    pub validators: usize,
    /// The folder to write into; made if it is not there.
    pub out: PathBuf,
    /// The API port of node 0.
    pub base_port: u16,
    /// The chain's name.
    pub chain_id: ChainId,
    /// The chain's start, unix milliseconds.
    pub time_ms: u64,
    /// How many blocks a blob is kept.
    pub retention_blocks: u64,
    /// A block's most rows.
    pub max_block_rows: NonZeroU16,
}

impl InitOptions {
    /// A network of `validators` in `out` with the default ports and parameters, starting at
    /// `time_ms` (unix milliseconds).
    pub fn new(validators: usize, out: PathBuf, chain_id: ChainId, time_ms: u64) -> Self {
        Self {
            validators,
            out,
            base_port: DEFAULT_BASE_PORT,
            chain_id,
            time_ms,
            retention_blocks: DEFAULT_RETENTION_BLOCKS,
            max_block_rows: u16::try_from(MAX_BLOCK_ROWS)
                .ok()
                .and_then(NonZeroU16::new)
                .expect("256 rows"),
        }
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct InitReport {
    /// The genesis file.
    pub genesis: PathBuf,
    /// The nodes in order.
    pub nodes: Vec<InitNode>,
}

/// One node of a new network.
#[derive(Debug, Clone)]
pub struct InitNode {
    /// Its configuration file.
    pub config: PathBuf,
    /// Where its HTTP API will listen.
    pub api: SocketAddr,
    /// Its identity in the network.
    pub peer: PeerId,
    /// Its validator key.
    pub public_key: PublicKey,
}

/// Why a network could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// No validator, or more than a set may have. Caller.
    #[error("{validators} validators, there must be 1 to {MAX_VALIDATORS}")]
    Validators {
        /// How many were asked for.
        validators: usize,
    },
    /// The last node's ports would be above 65535. Caller.
    #[error(
        "base port {base_port} with {validators} nodes of 10 ports: at most {limit} is possible"
    )]
    Ports {
        /// The base port asked for; 0 is not one.
        base_port: u16,
        /// How many nodes.
        validators: usize,
        /// The highest base port for so many.
        limit: u32,
    },
    /// There is a network in the folder already. Caller.
    #[error("{path} is there already, it is not overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A key could not be made.
    #[error("key")]
    Key(#[from] KeyFileError),
    /// The genesis could not be written.
    #[error("genesis")]
    Genesis(#[from] GenesisFileError),
    /// A file could not be written. Local.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl InitError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Validators { .. } | Self::Ports { .. } | Self::Exists { .. } => Fault::Caller,
            Self::Key(error) => error.fault(),
            Self::Genesis(error) => error.fault(),
            Self::Write { .. } => Fault::Local,
        }
    }
}

/// Writes genesis, keys and configurations of a new network.
///
/// The genesis is written last: where it is, the network is complete. Nothing is overwritten.
///
/// # Errors
/// [`InitError`]; what was written before stays, and has to be removed before another try.
pub fn init(options: &InitOptions) -> Result<InitReport, InitError> {
    let ports = check(options)?;
    let genesis_path = options.out.join(genesis_file::NAME);
    if genesis_path.exists() {
        return Err(InitError::Exists { path: genesis_path });
    }

    let mut nodes = Vec::new();
    let mut validators = Vec::new();
    for (number, port) in ports.into_iter().enumerate() {
        let name = format!("node-{number}");
        let folder = options.out.join(&name);
        let validator = create_validator_key(&folder.join("validator.key"))?;
        let network = create_network_key(&folder.join("network.key"))?;
        let peer = network.public().to_peer_id();
        let config = folder.join("weft.toml");
        write_new(&config, &node_config(port))?;
        validators.push(GenesisValidator {
            name,
            public_key: validator.public_key(),
            proof_of_possession: validator.prove_possession(),
            stake: 1,
            peer_id: peer.to_string(),
            addresses: peer_addresses(port).into(),
        });
        nodes.push(InitNode {
            config,
            api: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            peer,
            public_key: validator.public_key(),
        });
    }

    let genesis = Genesis {
        chain_id: options.chain_id,
        time_ms: options.time_ms,
        retention_blocks: options.retention_blocks,
        max_block_rows: options.max_block_rows.get(),
        validators,
    };
    genesis_file::write(&genesis_path, &genesis)?;
    Ok(InitReport {
        genesis: genesis_path,
        nodes,
    })
}

/// The nodes' API ports.
fn check(options: &InitOptions) -> Result<Vec<u16>, InitError> {
    let &InitOptions {
        validators,
        base_port,
        ..
    } = options;
    let count = u32::try_from(validators).unwrap_or(u32::MAX);
    if !(1..=MAX_VALIDATORS).contains(&validators) {
        return Err(InitError::Validators { validators });
    }
    let limit = u32::from(u16::MAX) + 1 - count * PORTS_PER_NODE;
    if base_port == 0 || u32::from(base_port) > limit {
        return Err(InitError::Ports {
            base_port,
            validators,
            limit,
        });
    }
    let ports = (0..count).map(|node| u32::from(base_port) + node * PORTS_PER_NODE);
    Ok(ports.filter_map(|port| u16::try_from(port).ok()).collect())
}

fn peer_addresses(api_port: u16) -> [String; 2] {
    let port = api_port + 1;
    [
        format!("/ip4/127.0.0.1/tcp/{port}"),
        format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
    ]
}

fn node_config(api_port: u16) -> String {
    let [tcp, quic] = peer_addresses(api_port);
    format!(
        r#"# Relative paths are relative to this file.
data_dir = "data"
genesis = "../genesis.json"
roles = ["validator", "gateway"]

[keys]
validator = "validator.key"
network = "network.key"

[network]
listen = ["{tcp}", "{quic}"]
# The validators of the genesis are dialled anyway; name others here.
bootstrap = []

[api]
listen = "127.0.0.1:{api_port}"

[orderer]
kind = "solo"
block_interval_ms = 1000

[log]
filter = "info"
format = "text"
"#
    )
}

fn write_new(path: &Path, text: &str) -> Result<(), InitError> {
    let write = || {
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => InitError::Exists {
            path: path.to_path_buf(),
        },
        _ => InitError::Write {
            path: path.to_path_buf(),
            source,
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::Config;
    use crate::directory::Directory;
    use crate::keys::{load_network_key, load_validator_key};

    fn options(validators: usize, out: &Path) -> InitOptions {
        InitOptions::new(
            validators,
            out.to_path_buf(),
            "weft-test-1".parse().unwrap(),
            1,
        )
    }

    #[test]
    fn what_is_written_is_a_network() {
        let folder = tempfile::tempdir().unwrap();
        let report = init(&options(3, folder.path())).unwrap();
        let genesis = genesis_file::read(&report.genesis).unwrap();
        let set = genesis.validator_set().unwrap();
        let directory = Directory::from_genesis(&genesis).unwrap();
        assert_eq!((set.len(), report.nodes.len()), (3, 3));
        for (number, node) in report.nodes.iter().enumerate() {
            assert!(node.config.ends_with(format!("node-{number}/weft.toml")));
            let config = Config::load(&node.config).unwrap();
            let port = DEFAULT_BASE_PORT + 10 * u16::try_from(number).unwrap();
            assert_eq!(config.api.unwrap().listen.port(), port);
            assert_eq!(
                genesis_file::read(&config.genesis).unwrap().hash(),
                genesis.hash()
            );
            let key = load_validator_key(&config.keys.validator.unwrap()).unwrap();
            let network = load_network_key(&config.keys.network).unwrap();
            let contact = directory.by_key(&key.public_key()).unwrap();
            assert_eq!(contact.peer, network.public().to_peer_id());
            assert_eq!(contact.addresses, config.network.listen);
            assert_eq!(
                directory.index_of(&set, &contact.peer).unwrap().get(),
                number
            );
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let report = init(&options(1, folder.path())).unwrap();
        let before = std::fs::read(&report.genesis).unwrap();
        let error = init(&options(1, folder.path())).unwrap_err();
        assert!(matches!(error, InitError::Exists { .. }));
        assert_eq!(std::fs::read(&report.genesis).unwrap(), before);
        std::fs::remove_file(&report.genesis).unwrap();
        assert!(matches!(
            init(&options(1, folder.path())),
            Err(InitError::Key(_))
        ));
    }

    #[test]
    fn limits_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for validators in [0, MAX_VALIDATORS + 1, usize::MAX] {
            let error = init(&options(validators, folder.path())).unwrap_err();
            assert!(matches!(error, InitError::Validators { .. }), "{error}");
        }
        for (base_port, fits) in [(0, false), (1, true), (65_516, true), (65_517, false)] {
            let options = InitOptions {
                base_port,
                ..options(2, folder.path())
            };
            assert_eq!(check(&options).is_ok(), fits, "{base_port}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
