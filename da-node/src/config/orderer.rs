//! Who orders blocks, and at what pace.

use std::time::Duration;

use libp2p::Multiaddr;

use super::addresses::{Kind, address};
use super::raw::RawOrderer;
use super::{ConfigError, Roles};

/// The engine when none is named.
pub(super) const DEFAULT_KIND: &str = "malachite";

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
    /// How often the engine tells its peers up to where it has decided.
    pub status_interval: Duration,
}

impl Default for MalachiteSettings {
    fn default() -> Self {
        Self {
            listen: None,
            propose_timeout: Duration::from_secs(2),
            vote_timeout: Duration::from_secs(1),
            timeout_step: Duration::from_millis(500),
            status_interval: Duration::from_secs(5),
        }
    }
}

impl Default for OrdererConfig {
    fn default() -> Self {
        Self {
            kind: OrdererKind::Malachite(MalachiteSettings::default()),
            block_interval: Duration::from_secs(1),
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
        let Pace {
            block_interval,
            mut malachite,
        } = raw.numbers()?;
        let kind = match raw.kind.as_deref().unwrap_or(DEFAULT_KIND) {
            "malachite" => {
                malachite.listen = listen(raw, roles)?;
                OrdererKind::Malachite(malachite)
            }
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
        Ok(Self {
            kind,
            block_interval,
        })
    }
}

/// The numbers of the section.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) block_interval: Duration,
    /// Without an address.
    pub(super) malachite: MalachiteSettings,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            block_interval: OrdererConfig::default().block_interval,
            malachite: MalachiteSettings::default(),
        }
    }
}

/// Where the engine of a node with these roles listens.
fn listen(raw: &RawOrderer, roles: Roles) -> Result<Option<Multiaddr>, ConfigError> {
    let listen = raw
        .listen
        .as_deref()
        .map(|text| address("orderer.listen", text, Kind::Own))
        .transpose()?;
    if roles.validator && listen.is_none() {
        let limit = "/ip4/HOST/tcp/PORT or /ip4/HOST/udp/PORT/quic-v1 for a validator";
        return Err(ConfigError::value("orderer.listen", "absent", limit));
    }
    Ok(listen)
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
        (
            "orderer.status_interval_ms",
            raw.status_interval_ms.is_some(),
        ),
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
