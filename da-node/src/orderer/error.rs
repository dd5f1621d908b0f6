//! What can go wrong between an engine and the node.

use std::path::PathBuf;

use weft_chain::{BlockError, HeaderHash, Height, ValidatorIndex};
use weft_encoding::Fault;

use super::BlockRefusal;
use crate::store::StoreError;

/// The kept proposal could not be read or written (local).
#[derive(Debug, thiserror::Error)]
#[error("proposal file {path}: {source}")]
pub struct ProposalFileError {
    /// The file.
    pub path: PathBuf,
    /// The system's error.
    pub source: std::io::Error,
}

/// Why this node proposes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// This node is not in the validator set (caller).
    #[error("this node is no validator at height {height}")]
    NotValidator {
        /// The height to propose at.
        height: Height,
    },
    /// This node has voted at this height for a block that it no longer has; a second block could
    /// not be signed (local: the proposal file was lost).
    #[error("height {height} is locked on header {locked}, whose block is lost")]
    LostProposal {
        /// The height.
        height: Height,
        /// The header that this node has voted for.
        locked: HeaderHash,
    },
    /// The block could not be built (local).
    #[error("building the block: {0}")]
    Build(#[from] BlockError),
    /// The node's own block breaks a rule (local).
    #[error("this node's own block: {0}")]
    Invalid(#[source] BlockRefusal),
    /// The proposal could not be kept (local).
    #[error(transparent)]
    File(#[from] ProposalFileError),
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The node is shutting down (retry).
    #[error("the node is shutting down")]
    Closed,
}

impl ProposeError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotValidator { .. } => Fault::Caller,
            Self::Closed => Fault::Retry,
            Self::Store(error) => error.fault(),
            Self::LostProposal { .. } | Self::Build(_) | Self::Invalid(_) | Self::File(_) => {
                Fault::Local
            }
        }
    }
}

/// Why this node does not sign a header.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// This node is no validator (caller).
    #[error("this node is no validator at height {height}")]
    NotValidator {
        /// The height to sign at.
        height: Height,
    },
    /// The lock could not be taken: another header has this height's vote (peer), or the store
    /// failed (local).
    #[error("vote lock: {0}")]
    Lock(#[from] StoreError),
    /// The node is shutting down (retry).
    #[error("the node is shutting down")]
    Closed,
}

impl SignError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotValidator { .. } => Fault::Caller,
            // Whoever asked for the second signature is at fault, and this node stays honest.
            Self::Lock(StoreError::VoteConflict { .. }) => Fault::Peer,
            Self::Lock(error) => error.fault(),
            Self::Closed => Fault::Retry,
        }
    }
}

/// Why an engine cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrdererError {
    /// The configured proposer is not in the validator set (caller).
    #[error("the proposer {proposer} is not in the set of {validators} validators")]
    UnknownProposer {
        /// The configured place.
        proposer: ValidatorIndex,
        /// Validators in the set.
        validators: usize,
    },
}

impl OrdererError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownProposer { .. } => Fault::Caller,
        }
    }
}
