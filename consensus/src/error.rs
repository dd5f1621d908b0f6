//! Errors between an engine and the node.

use weft_chain::{BlockError, HeaderHash, Height, ValidatorIndex};
use weft_encoding::Fault;
use weft_ledger::store::StoreError;

use super::BlockRefusal;
use super::malachite::MalachiteError;

/// Why this node proposes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// This node is not in the validator set (caller).
    #[error("this node is no validator at height {height}")]
    NotValidator {
        /// The height to propose at.
        height: Height,
    },
    /// This node has voted in this round for a block that it no longer has; a second block could
    /// not be signed (local: the store has lost the proposal).
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
            Self::LostProposal { .. } | Self::Build(_) | Self::Invalid(_) => Fault::Local,
        }
    }
}

/// Why this node does not sign a header.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// This node is not a validator (caller).
    #[error("this node is no validator at height {height}")]
    NotValidator {
        /// The height to sign at.
        height: Height,
    },
    /// No block with this header is stored: it was not verified, or its height is decided (caller).
    #[error("no block with header {header} was verified at height {height}")]
    NotVerified {
        /// The height.
        height: Height,
        /// The header.
        header: HeaderHash,
    },
    /// The lock could not be taken: another header has the vote of this height and round (peer), or
    /// the store failed (local).
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
            Self::NotValidator { .. } | Self::NotVerified { .. } => Fault::Caller,
            // The peer that proposed the second header is at fault; this node has not equivocated.
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
        /// The configured index.
        proposer: ValidatorIndex,
        /// Validators in the set.
        validators: usize,
    },
    /// Malachite did not start or go on.
    #[error(transparent)]
    Malachite(#[from] MalachiteError),
}

impl OrdererError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownProposer { .. } => Fault::Caller,
            Self::Malachite(error) => error.fault(),
        }
    }

    /// Whether an automatic restart of the engine could make this validator equivocate.
    #[must_use]
    pub fn forbids_restart(&self) -> bool {
        matches!(self, Self::Malachite(MalachiteError::Unsafe))
    }
}
