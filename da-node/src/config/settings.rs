//! A checked configuration.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use libp2p::Multiaddr;
use weft_custody::CustodianConfig;
use weft_custody::backfill::BackfillConfig;
use weft_encoding::{MAX_BLOB_ROWS, ROW_BYTES};
use weft_gateway::GatewayConfig;
use weft_gateway::api::ApiLimits;
use weft_ledger::pool::PoolConfig;
use weft_ledger::sync::SyncConfig;
use weft_network::{Deadlines, Limits, ScoreConfig};

use super::addresses::{Kind, address};
use super::raw::{DEFAULT_LOG_FILTER, RawApi, RawConfig, RawLog, RawNetwork};
use super::{ConfigError, OrdererConfig};

/// The largest batch that there is: 64 raw rows.
pub(super) const MAX_BODY_BYTES: u64 = (MAX_BLOB_ROWS * ROW_BYTES) as u64;
/// The form of log lines when none is named.
pub(super) const DEFAULT_LOG_FORMAT: &str = "text";
const WORKERS: RangeInclusive<u64> = 0..=1024;

/// What a node is, as its configuration file says. Paths are absolute or relative to the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of everything that the node writes.
    pub data_dir: PathBuf,
    /// The chain's genesis file.
    pub genesis: PathBuf,
    /// What the node does besides following the chain.
    pub roles: Roles,
    /// Long computations at once; one for each core if absent.
    pub workers: Option<NonZeroUsize>,
    /// Its secret keys.
    pub keys: KeyFiles,
    /// Where peers find it, and it them.
    pub network: NetworkAddresses,
    /// What peers may take.
    pub limits: Limits,
    /// How long requests to peers may take.
    pub deadlines: Deadlines,
    /// When a peer is banned, and for how long.
    pub scores: ScoreConfig,
    /// Its HTTP interface; always there for a gateway.
    pub api: Option<ApiConfig>,
    /// Limits and deadlines of posts and reads; as many posts as the HTTP interface takes.
    pub gateway: GatewayConfig,
    /// How blocks are ordered.
    pub orderer: OrdererConfig,
    /// How much the custodian does at once.
    pub custodian: CustodianConfig,
    /// How the custodian gets what it owns and lacks.
    pub backfill: BackfillConfig,
    /// Limits of the pool of certified blobs.
    pub pool: PoolConfig,
    /// How missing blocks are fetched.
    pub sync: SyncConfig,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it takes at once, and for how long.
    pub limits: ApiLimits,
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
        let roles = Roles::check(&raw.roles.unwrap_or_default())?;
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
        let raw_network = raw.network.unwrap_or_default();
        let network = NetworkAddresses::check(&raw_network)?;
        if roles.validator && network.listen.is_empty() {
            let limit = "at least one address for a validator";
            return Err(ConfigError::value("network.listen", "empty", limit));
        }
        let workers = within("workers", raw.workers.unwrap_or_default(), WORKERS)?;
        let api = raw.api.as_ref().map(ApiConfig::check).transpose()?;
        let mut gateway = raw.gateway.unwrap_or_default().numbers()?;
        if let Some(api) = &api {
            gateway.max_posts = api.limits.posts;
            api.outlasts(&gateway)?;
        }
        Ok(Self {
            data_dir: path("data_dir", folder, &raw.data_dir)?,
            genesis: path("genesis", folder, &raw.genesis)?,
            roles,
            workers: usize::try_from(workers).ok().and_then(NonZeroUsize::new),
            keys: KeyFiles {
                validator: raw
                    .keys
                    .validator
                    .map(|file| path("keys.validator", folder, &file))
                    .transpose()?,
                network: path("keys.network", folder, &raw.keys.network)?,
            },
            network,
            limits: raw_network.limits.unwrap_or_default().numbers()?,
            deadlines: raw_network.deadlines.unwrap_or_default().numbers()?,
            scores: raw_network.scores.unwrap_or_default().numbers()?,
            api,
            gateway,
            orderer: OrdererConfig::check(&raw.orderer.unwrap_or_default(), roles)?,
            custodian: raw.custodian.unwrap_or_default().numbers()?,
            backfill: raw.backfill.unwrap_or_default().numbers()?,
            pool: raw.pool.unwrap_or_default().numbers()?,
            sync: raw.sync.unwrap_or_default().numbers()?,
            log: LogConfig::check(raw.log.unwrap_or_default())?,
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
        let addresses = |field, texts: &Option<Vec<String>>, kind| {
            texts
                .iter()
                .flatten()
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
        Ok(Self {
            listen,
            limits: raw.numbers()?,
        })
    }

    /// Whether the interface waits for what the gateway may still answer.
    fn outlasts(&self, gateway: &GatewayConfig) -> Result<(), ConfigError> {
        let longer = |field, deadline: Duration, than: Duration, named: &str| {
            if deadline > than {
                return Ok(());
            }
            let limit = format!("above {}, {named}", than.as_millis());
            Err(ConfigError::value(field, deadline.as_millis(), limit))
        };
        longer(
            "api.post_deadline_ms",
            self.limits.post_deadline,
            gateway.certify_deadline + gateway.order_deadline,
            "gateway.certify_deadline_ms and gateway.order_deadline_ms together",
        )?;
        longer(
            "api.read_deadline_ms",
            self.limits.read_deadline,
            gateway.read_deadline,
            "gateway.read_deadline_ms",
        )
    }
}

impl LogConfig {
    fn check(raw: RawLog) -> Result<Self, ConfigError> {
        let filter = raw.filter.unwrap_or_else(|| DEFAULT_LOG_FILTER.into());
        if let Err(error) = filter.parse::<tracing_subscriber::EnvFilter>() {
            let value = format!("{filter:?}");
            let limit = format!("a filter as in RUST_LOG ({error})");
            return Err(ConfigError::value("log.filter", value, limit));
        }
        let format = match raw.format.as_deref().unwrap_or(DEFAULT_LOG_FORMAT) {
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
        Ok(Self { filter, format })
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
