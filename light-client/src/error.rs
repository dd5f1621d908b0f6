//! Errors, by family: the configuration, the start, following headers, sampling.

use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;
use weft_chain::{Checkpoint, GenesisError, HeaderError, HeaderHash, Height, ValidatorUpdateError};
use weft_encoding::{Digest, Fault};
use weft_network::{DirectoryError, NetworkError};
use weft_sampling::{AssignmentError, session::SessionError};

use crate::StoreError;

/// An invalid configuration: the caller's fault.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A miss probability of 0 or less, or of 1 or more (caller).
    #[error("the target miss probability is {target}, it must be above 0 and below 1")]
    TargetMiss {
        /// The value.
        target: f64,
    },
    /// A trusting period of 0 (caller).
    #[error("the trusting period is 0, it must be longer")]
    NoTrustingPeriod,
    /// A poll interval of 0 (caller).
    #[error("the poll interval is 0, it must be longer")]
    NoPoll,
}

impl ConfigError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Why a light client could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is invalid (caller).
    #[error("the configuration is invalid")]
    Config(#[from] ConfigError),
    /// The genesis names a validator whose peer id or address is invalid (caller).
    #[error("the genesis names an invalid contact")]
    Directory(#[from] DirectoryError),
    /// The genesis is invalid (caller).
    #[error("the genesis is invalid")]
    Genesis(#[from] GenesisError),
    /// The genesis's validators cannot be custodians (caller).
    #[error("the genesis's validators cannot be assigned columns")]
    Assignment(#[from] AssignmentError),
    /// The data folder cannot be created (local).
    #[error("cannot create the data folder {path}")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store cannot be opened, or is of another chain.
    #[error("cannot open the store in the data folder")]
    Store(#[from] StoreError),
    /// A stored header does not verify any more: the store was tampered with (local).
    #[error("the stored header at height {height} does not verify")]
    StoredHeader {
        /// Its height.
        height: Height,
        /// Why.
        source: FollowError,
    },
    /// The stored header at the checkpoint's height is another one (caller).
    #[error("the checkpoint contradicts the stored chain")]
    Checkpoint(#[source] FollowError),
    /// A stored update of the validator set does not verify any more: the store was tampered with
    /// (local).
    #[error("the stored update of the validator set at height {first_height} does not verify")]
    StoredUpdate {
        /// The first height of the set.
        first_height: Height,
        /// Why.
        source: UpdateError,
    },
    /// The stored evidence does not verify any more: the store was tampered with (local).
    #[error("the stored evidence of height {height} does not verify")]
    StoredEvidence {
        /// Its height.
        height: Height,
        /// Why.
        source: FollowError,
    },
    /// The network cannot be started.
    #[error("cannot start the network")]
    Network(#[from] NetworkError),
    /// The metrics could not be registered: their names are taken (caller). The source is the
    /// registry's error.
    #[error("cannot register the metrics")]
    Metrics(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The runtime stopped while the client was starting (local).
    #[error("the runtime stopped while the light client was starting")]
    Runtime(#[from] tokio::task::JoinError),
}

impl StartError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Config(error) => error.fault(),
            Self::Directory(error) => error.fault(),
            Self::Genesis(error) => error.fault(),
            Self::Assignment(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Network(error) => error.fault(),
            Self::Metrics(_) | Self::Checkpoint(_) => Fault::Caller,
            Self::DataDir { .. }
            | Self::StoredHeader { .. }
            | Self::StoredUpdate { .. }
            | Self::StoredEvidence { .. }
            | Self::Runtime(_) => Fault::Local,
        }
    }
}

/// Why a header cannot be added to the chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The header is not final, or does not follow the tip (peer).
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The block has more rows than the genesis allows (peer).
    #[error("the header has {rows} rows, the genesis allows {max}")]
    TooManyRows {
        /// Rows in the header.
        rows: u16,
        /// The genesis's limit.
        max: u16,
    },
    /// The chain continues with a validator set that no peer has sent so far: the client goes on when
    /// a peer does (retry).
    #[error("no peer has sent validator set {root}, which finalises height {height}")]
    UnknownValidatorSet {
        /// The height.
        height: Height,
        /// The root of the set.
        root: Digest,
    },
    /// No peer has sent the header of the checkpoint at which the chain begins: the client begins when
    /// a peer does (retry).
    #[error("no peer has sent the header of checkpoint {checkpoint}")]
    CheckpointNotShown {
        /// The checkpoint.
        checkpoint: Checkpoint,
    },
    /// The chain has another block at the checkpoint's height (caller: the checkpoint is of another
    /// chain, or the headers are those of a fork).
    #[error(
        "the chain has block {found} at the height of checkpoint {checkpoint}: check the \
         checkpoint's source; if it is right, start again with an empty data folder and other peers"
    )]
    NotCheckpoint {
        /// The checkpoint.
        checkpoint: Checkpoint,
        /// The hash of the header at that height.
        found: HeaderHash,
    },
    /// A height before the one at which the chain begins (caller).
    #[error("height {height} is before {first}, where this client's chain begins")]
    BeforeFirst {
        /// The height.
        height: Height,
        /// The first height of the chain.
        first: Height,
    },
    /// The newest header is older than the trusting period: its validators may have withdrawn their
    /// stake, and are no longer trusted to sign no second history (caller). Final.
    #[error(
        "block {newest}, the newest that is trusted or was verified, is {} s old, more than the \
         trusting period of {} s: name a newer checkpoint (--checkpoint HEIGHT:HASH) or another \
         period (--trusting-period SECONDS or none)",
        .age.as_secs(), .period.as_secs()
    )]
    Expired {
        /// Its height, 0 for the genesis.
        newest: Height,
        /// The age of its time by the local clock.
        age: Duration,
        /// The trusting period.
        period: Duration,
    },
    /// The header's time is ahead of this machine's clock (retry, once the clock has reached it). One
    /// of the two clocks is wrong.
    #[error(
        "the header at {height} is {} s ahead of this machine's clock, the limit is {} s",
        .ahead.as_secs(), .limit.as_secs()
    )]
    AheadOfClock {
        /// The height.
        height: Height,
        /// How far it is ahead.
        ahead: Duration,
        /// The limit.
        limit: Duration,
    },
    /// Two headers of one height are final: more than a third of the stake signed both (peer: the
    /// validators). Final.
    #[error(
        "two final headers at height {height}, {first} and {second}: no header from there on is \
         trusted"
    )]
    Conflicting {
        /// The height.
        height: Height,
        /// The header that was followed.
        first: HeaderHash,
        /// The other one.
        second: HeaderHash,
    },
}

impl FollowError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Header(error) => error.fault(),
            Self::TooManyRows { .. } | Self::Conflicting { .. } => Fault::Peer,
            Self::UnknownValidatorSet { .. }
            | Self::CheckpointNotShown { .. }
            | Self::AheadOfClock { .. } => Fault::Retry,
            Self::NotCheckpoint { .. } | Self::BeforeFirst { .. } | Self::Expired { .. } => {
                Fault::Caller
            }
        }
    }

    /// Whether the client has stopped following for good, until an operator intervenes.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Conflicting { .. })
    }
}

/// Why an update of the validator set does not continue the client's chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// It begins at another height than the chain's next change of the set (peer).
    #[error("the update begins at height {found}, the chain's set changes at {expected}")]
    OtherHeight {
        /// The update's first height.
        found: Height,
        /// The first height of the chain's new set.
        expected: Height,
    },
    /// It introduces another set than the one that the final header names (peer).
    #[error("the update introduces validator set {found}, the chain continues with {expected}")]
    OtherSet {
        /// Root of the update's set.
        found: Digest,
        /// The root in the header.
        expected: Digest,
    },
    /// No set came into force at its height, or it replaces an unknown set (local: the store is
    /// damaged).
    #[error("the update replaces the unknown validator set {replaces}")]
    UnknownSet {
        /// Root of the replaced set.
        replaces: Digest,
    },
    /// The update itself does not verify (peer).
    #[error("the update does not verify")]
    Refused(#[from] ValidatorUpdateError),
}

impl UpdateError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::OtherHeight { .. } | Self::OtherSet { .. } => Fault::Peer,
            Self::UnknownSet { .. } => Fault::Local,
            Self::Refused(error) => error.fault(),
        }
    }
}

/// Why a height was not sampled.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// There is no block at height 0 (caller).
    #[error("there is no block at height {height}, the first is {}", Height::FIRST)]
    NoBlock {
        /// The height.
        height: Height,
    },
    /// The client's chain begins later, at its checkpoint (caller).
    #[error("height {height} is not sampled: this client's chain begins at height {first}")]
    BeforeFirst {
        /// The height.
        height: Height,
        /// The first height of the chain.
        first: Height,
    },
    /// The chain has forked at this height or below, so its block is ambiguous (peer: the
    /// validators).
    #[error(
        "height {height} is not sampled: the chain has two final headers at height {forked_at}"
    )]
    Forked {
        /// The height.
        height: Height,
        /// The height of the two headers.
        forked_at: Height,
    },
    /// Too many heights are queued (retry).
    #[error("{limit} heights are queued already")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The client has stopped (retry, with another client).
    #[error("the light client has stopped")]
    Stopped,
    /// The sampling session cannot start (local).
    #[error("the sampling of height {height} cannot start")]
    Session {
        /// The height.
        height: Height,
        /// Why.
        source: SessionError,
    },
    /// The header in the store does not verify (local).
    #[error("the stored header at height {height} does not verify")]
    StoredHeader {
        /// The height.
        height: Height,
        /// Why.
        source: FollowError,
    },
    /// The validators of the height cannot be assigned columns (local).
    #[error("the validators of height {height} cannot be assigned columns")]
    Assignment {
        /// The height.
        height: Height,
        /// Why.
        source: AssignmentError,
    },
    /// The store failed (local).
    #[error("the light client's store failed")]
    Store(#[source] std::sync::Arc<StoreError>),
}

impl SampleError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoBlock { .. } | Self::BeforeFirst { .. } => Fault::Caller,
            Self::Forked { .. } => Fault::Peer,
            Self::TooMany { .. } | Self::Stopped => Fault::Retry,
            Self::Session { .. }
            | Self::StoredHeader { .. }
            | Self::Assignment { .. }
            | Self::Store(_) => Fault::Local,
        }
    }
}

impl From<StoreError> for SampleError {
    fn from(error: StoreError) -> Self {
        Self::Store(std::sync::Arc::new(error))
    }
}
