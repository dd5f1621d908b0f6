//! A checked configuration.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use libp2p::Multiaddr;
use weft_encoding::{MAX_BLOB_ROWS, ROW_BYTES};

use super::addresses::{Kind, address};
use super::raw::{RawApi, RawConfig, RawLog, RawNetwork};
use super::{ConfigError, OrdererConfig};

/// The largest batch that there is: 64 raw rows.
pub(super) const MAX_BODY_BYTES: u64 = (MAX_BLOB_ROWS * ROW_BYTES) as u64;
const CONCURRENT_POSTS: RangeInclusive<u64> = 1..=1024;
const BODY_BYTES: RangeInclusive<u64> = 1..=MAX_BODY_BYTES;

/// What a node is, as its configuration file says. Paths are absolute or relative to the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of everything that the node writes.
    pub data_dir: PathBuf,
    /// The chain's genesis file.
    pub genesis: PathBuf,
    /// What the node does besides following the chain.
    pub roles: Roles,
    /// Its secret keys.
    pub keys: KeyFiles,
    /// Where peers find it, and it them.
    pub network: NetworkAddresses,
    /// Its HTTP interface; always there for a gateway.
    pub api: Option<ApiConfig>,
    /// How blocks are ordered.
    pub orderer: OrdererConfig,
    /// What it logs.
    pub log: LogConfig,
}

/// What a node does besides following the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles {
    /// It votes, and holds its columns: a custodian is a validator in that role, so there is no
    /// switch of its own for it.
    pub validator: bool,
    /// It takes batches, disperses them and gives them back.
    pub gateway: bool,
}

/// Where a node's secret keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// The validator's key; always there for a validator.
    pub validator: Option<PathBuf>,
    /// The key of its identity in the network.
    pub network: PathBuf,
}

/// A node's addresses in the peer-to-peer network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkAddresses {
    /// Where it listens: TCP and QUIC.
    pub listen: Vec<Multiaddr>,
    /// What it tells others besides.
    pub external: Vec<Multiaddr>,
    /// Peers that it dials besides the validators, each with its peer id.
    pub bootstrap: Vec<Multiaddr>,
}

/// The HTTP interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Posts under way at once; one more is told to try again.
    pub max_concurrent_posts: NonZeroUsize,
    /// The longest body of a post, in bytes.
    pub max_body_bytes: NonZeroU64,
}

/// What a node logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// Levels by module, as in `RUST_LOG`.
    pub filter: String,
    /// One line of text or of JSON an event.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Checks a file's content; relative paths in it are taken from `folder`.
    pub(super) fn check(raw: RawConfig, folder: &Path) -> Result<Self, ConfigError> {
        let roles = Roles::check(&raw.roles)?;
        if roles.validator && raw.keys.validator.is_none() {
            return Err(ConfigError::value(
                "keys.validator",
                "absent",
                "set for a validator",
            ));
        }
        if roles.gateway && raw.api.is_none() {
            return Err(ConfigError::value("api", "absent", "set for a gateway"));
        }
        let network = NetworkAddresses::check(&raw.network)?;
        if roles.validator && network.listen.is_empty() {
            let limit = "at least one address for a validator";
            return Err(ConfigError::value("network.listen", "empty", limit));
        }
        Ok(Self {
            data_dir: path("data_dir", folder, &raw.data_dir)?,
            genesis: path("genesis", folder, &raw.genesis)?,
            roles,
            keys: KeyFiles {
                validator: raw
                    .keys
                    .validator
                    .map(|file| path("keys.validator", folder, &file))
                    .transpose()?,
                network: path("keys.network", folder, &raw.keys.network)?,
            },
            network,
            api: raw.api.as_ref().map(ApiConfig::check).transpose()?,
            orderer: OrdererConfig::check(&raw.orderer, roles)?,
            log: LogConfig::check(raw.log)?,
        })
    }
}

impl Roles {
    fn check(names: &[String]) -> Result<Self, ConfigError> {
        let mut roles = Self::default();
        for name in names {
            let role = match name.as_str() {
                "validator" => &mut roles.validator,
                "gateway" => &mut roles.gateway,
                _ => {
                    let limit = "of \"validator\" and \"gateway\"";
                    return Err(ConfigError::value("roles", format!("{name:?}"), limit));
                }
            };
            if std::mem::replace(role, true) {
                let value = format!("{name:?} twice");
                return Err(ConfigError::value(
                    "roles",
                    value,
                    "a list without repetition",
                ));
            }
        }
        Ok(roles)
    }
}

impl NetworkAddresses {
    fn check(raw: &RawNetwork) -> Result<Self, ConfigError> {
        let addresses = |field, texts: &[String], kind| {
            texts
                .iter()
                .map(|text| address(field, text, kind))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            listen: addresses("network.listen", &raw.listen, Kind::Own)?,
            external: addresses("network.external", &raw.external, Kind::Own)?,
            bootstrap: addresses("network.bootstrap", &raw.bootstrap, Kind::Peer)?,
        })
    }
}

impl ApiConfig {
    fn check(raw: &RawApi) -> Result<Self, ConfigError> {
        let listen = raw.listen.parse().map_err(|_| {
            ConfigError::value(
                "api.listen",
                format!("{:?}", raw.listen),
                "an IP address and port",
            )
        })?;
        let posts = within(
            "api.max_concurrent_posts",
            raw.max_concurrent_posts,
            CONCURRENT_POSTS,
        )?;
        let bytes = within("api.max_body_bytes", raw.max_body_bytes, BODY_BYTES)?;
        Ok(Self {
            listen,
            max_concurrent_posts: usize::try_from(posts)
                .ok()
                .and_then(NonZeroUsize::new)
                .expect("within 1 to 1,024"),
            max_body_bytes: NonZeroU64::new(bytes).expect("at least 1"),
        })
    }
}

impl LogConfig {
    fn check(raw: RawLog) -> Result<Self, ConfigError> {
        if let Err(error) = raw.filter.parse::<tracing_subscriber::EnvFilter>() {
            let value = format!("{:?}", raw.filter);
            let limit = format!("a filter as in RUST_LOG ({error})");
            return Err(ConfigError::value("log.filter", value, limit));
        }
        let format = match raw.format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                let limit = "\"text\" or \"json\"";
                return Err(ConfigError::value(
                    "log.format",
                    format!("{other:?}"),
                    limit,
                ));
            }
        };
        Ok(Self {
            filter: raw.filter,
            format,
        })
    }
}

fn path(field: &'static str, folder: &Path, path: &Path) -> Result<PathBuf, ConfigError> {
    if path.as_os_str().is_empty() {
        return Err(ConfigError::value(field, "empty", "a path"));
    }
    Ok(folder.join(path))
}

pub(super) fn within(
    field: &'static str,
    value: u64,
    range: RangeInclusive<u64>,
) -> Result<u64, ConfigError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let limit = format!("within {} to {}", range.start(), range.end());
    Err(ConfigError::value(field, value, limit))
}
