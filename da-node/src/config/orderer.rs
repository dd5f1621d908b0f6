//! Who orders blocks, and at what pace.

use std::ops::RangeInclusive;
use std::time::Duration;

use libp2p::Multiaddr;

use super::addresses::{Kind, address};
use super::raw::RawOrderer;
use super::settings::within;
use super::{ConfigError, Roles};

const BLOCK_INTERVAL_MS: RangeInclusive<u64> = 10..=600_000;
const TIMEOUT_MS: RangeInclusive<u64> = 50..=600_000;
const TIMEOUT_STEP_MS: RangeInclusive<u64> = 10..=60_000;

/// The engine when none is named.
const DEFAULT_KIND: &str = "malachite";
const DEFAULT_BLOCK_INTERVAL_MS: u64 = 1_000;
const DEFAULT_PROPOSE_TIMEOUT_MS: u64 = 2_000;
const DEFAULT_VOTE_TIMEOUT_MS: u64 = 1_000;
const DEFAULT_TIMEOUT_STEP_MS: u64 = 500;

/// How blocks are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdererConfig {
    /// The engine, with what only it has.
    pub kind: OrdererKind,
    /// The time from one block to the next that is aimed at; with `solo` the least.
    pub block_interval: Duration,
}

/// The engines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrdererKind {
    /// Byzantine fault tolerant consensus of all validators.
    Malachite(MalachiteSettings),
    /// One fixed proposer, no fault tolerance: for development.
    Solo,
}

/// What a node says of its Malachite engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalachiteSettings {
    /// Where the engine listens, TCP or QUIC: a port of its own. Always there for a validator; other nodes
    /// run no engine.
    pub listen: Option<Multiaddr>,
    /// How long a round waits for its proposal.
    pub propose_timeout: Duration,
    /// How long a round waits for votes once they disagree.
    pub vote_timeout: Duration,
    /// By how much both grow from one round to the next.
    pub timeout_step: Duration,
}

impl Default for MalachiteSettings {
    fn default() -> Self {
        Self {
            listen: None,
            propose_timeout: Duration::from_millis(DEFAULT_PROPOSE_TIMEOUT_MS),
            vote_timeout: Duration::from_millis(DEFAULT_VOTE_TIMEOUT_MS),
            timeout_step: Duration::from_millis(DEFAULT_TIMEOUT_STEP_MS),
        }
    }
}

impl Default for OrdererConfig {
    fn default() -> Self {
        Self {
            kind: OrdererKind::Malachite(MalachiteSettings::default()),
            block_interval: Duration::from_millis(DEFAULT_BLOCK_INTERVAL_MS),
        }
    }
}

impl OrdererConfig {
    /// The fixed proposer, with this pace.
    #[must_use]
    pub fn solo(block_interval: Duration) -> Self {
        Self {
            kind: OrdererKind::Solo,
            block_interval,
        }
    }

    pub(super) fn check(raw: &RawOrderer, roles: Roles) -> Result<Self, ConfigError> {
        let kind = match raw.kind.as_deref().unwrap_or(DEFAULT_KIND) {
            "malachite" => OrdererKind::Malachite(MalachiteSettings::check(raw, roles)?),
            "solo" => {
                malachite_alone(raw)?;
                OrdererKind::Solo
            }
            other => {
                let limit = "\"malachite\" or \"solo\"";
                return Err(ConfigError::value(
                    "orderer.kind",
                    format!("{other:?}"),
                    limit,
                ));
            }
        };
        let block_interval = millis(
            "orderer.block_interval_ms",
            raw.block_interval_ms,
            DEFAULT_BLOCK_INTERVAL_MS,
            BLOCK_INTERVAL_MS,
        )?;
        Ok(Self {
            kind,
            block_interval,
        })
    }
}

impl MalachiteSettings {
    fn check(raw: &RawOrderer, roles: Roles) -> Result<Self, ConfigError> {
        let listen = raw
            .listen
            .as_deref()
            .map(|text| address("orderer.listen", text, Kind::Own))
            .transpose()?;
        if roles.validator && listen.is_none() {
            let limit = "/ip4/HOST/tcp/PORT or /ip4/HOST/udp/PORT/quic-v1 for a validator";
            return Err(ConfigError::value("orderer.listen", "absent", limit));
        }
        Ok(Self {
            listen,
            propose_timeout: millis(
                "orderer.propose_timeout_ms",
                raw.propose_timeout_ms,
                DEFAULT_PROPOSE_TIMEOUT_MS,
                TIMEOUT_MS,
            )?,
            vote_timeout: millis(
                "orderer.vote_timeout_ms",
                raw.vote_timeout_ms,
                DEFAULT_VOTE_TIMEOUT_MS,
                TIMEOUT_MS,
            )?,
            timeout_step: millis(
                "orderer.timeout_step_ms",
                raw.timeout_step_ms,
                DEFAULT_TIMEOUT_STEP_MS,
                TIMEOUT_STEP_MS,
            )?,
        })
    }
}

/// Refuses what would have no effect.
fn malachite_alone(raw: &RawOrderer) -> Result<(), ConfigError> {
    let fields = [
        ("orderer.listen", raw.listen.is_some()),
        (
            "orderer.propose_timeout_ms",
            raw.propose_timeout_ms.is_some(),
        ),
        ("orderer.vote_timeout_ms", raw.vote_timeout_ms.is_some()),
        ("orderer.timeout_step_ms", raw.timeout_step_ms.is_some()),
    ];
    for (field, set) in fields {
        if set {
            return Err(ConfigError::value(
                field,
                "set",
                "absent with kind \"solo\"",
            ));
        }
    }
    Ok(())
}

fn millis(
    field: &'static str,
    value: Option<u64>,
    default: u64,
    range: RangeInclusive<u64>,
) -> Result<Duration, ConfigError> {
    within(field, value.unwrap_or(default), range).map(Duration::from_millis)
}
