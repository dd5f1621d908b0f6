//! Why a validator set that a gateway's answer names is not trusted.

use thiserror::Error;
use weft_chain::Height;
use weft_encoding::{Digest, Fault};

use super::TransportError;
use crate::verify::{HeaderError, UpdateError};

/// Why a validator set that a gateway's answer names is not trusted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The gateway names a set and has no update that introduced it. Fault: peer.
    #[error("the gateway has no update that introduced validator set {root}")]
    NotShown {
        /// Root of the set.
        root: Digest,
    },
    /// An update introduces another set than the one that was asked for. Fault: peer.
    #[error("the update introduces validator set {found}, expected {expected}")]
    OtherSet {
        /// Root of the update's set.
        found: Digest,
        /// The root asked for.
        expected: Digest,
    },
    /// An update begins after the height at which its set has to be in force. Fault: peer.
    #[error("validator set {root} begins at {first_height}, expected to be in force at {at}")]
    Order {
        /// Root of the set.
        root: Digest,
        /// Its first height.
        first_height: Height,
        /// The height at which it has to be in force.
        at: Height,
    },
    /// The gateway's header at the checkpoint's height is not the checkpoint's. Fault: that of the source.
    #[error("the gateway's header is not the checkpoint's: {0}")]
    Checkpoint(#[source] HeaderError),
    /// The set in force before an update did not approve and decide it. Fault: that of the source.
    #[error("the update that introduced validator set {root} is not valid: {source}")]
    Update {
        /// Root of the set.
        root: Digest,
        /// Why.
        source: Box<UpdateError>,
    },
    /// The set is too many changes after the last trusted one: trust a later checkpoint, or subscribe
    /// from an earlier height. Fault: caller.
    #[error("validator set {root} is more than {limit} changes after the last trusted one")]
    TooManyUpdates {
        /// Root of the set.
        root: Digest,
        /// The limit.
        limit: usize,
    },
}

impl LearnError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::NotShown { .. } | Self::OtherSet { .. } | Self::Order { .. } => Fault::Peer,
            Self::Checkpoint(error) => error.fault(),
            Self::Update { source, .. } => source.fault(),
            Self::TooManyUpdates { .. } => Fault::Caller,
        }
    }
}
