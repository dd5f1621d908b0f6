//! What can be wrong with a block that is offered to the ledger.

use weft_chain::{BlockError, GenesisError, HeaderError, HeaderHash, Height};
use weft_encoding::{Digest, Fault};

use crate::store::StoreError;

/// A block that does not extend the head.
#[derive(Debug, thiserror::Error)]
pub enum ExtensionError {
    /// The header is of a later height than the next: blocks between are missing (retry).
    #[error("header at height {found}, the next height here is {next}")]
    Ahead {
        /// The header's height.
        found: Height,
        /// The height this node decides next.
        next: Height,
    },
    /// The header does not follow the last decided one (peer).
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The time is further ahead of the local clock than may be (peer).
    #[error("time {found} ms is ahead of the clock's limit {limit} ms")]
    TimeAhead {
        /// The header's time.
        found: u64,
        /// The latest time accepted now.
        limit: u64,
    },
    /// The next validator set is not the next height's (peer).
    #[error("next validator set root {found}, the next height's is {expected}")]
    NextValidatorSet {
        /// The header's root.
        found: Digest,
        /// The root of the set at the next height.
        expected: Digest,
    },
    /// The block has more rows than this chain allows (peer).
    #[error("{found} rows, a block of this chain has at most {max}")]
    Rows {
        /// The header's rows.
        found: u16,
        /// The chain's limit.
        max: u16,
    },
    /// The header does not follow from the body, or the body breaks a rule of its own (peer).
    #[error(transparent)]
    Derivation(#[from] BlockError),
}

impl ExtensionError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Ahead { .. } => Fault::Retry,
            Self::Header(error) => error.fault(),
            Self::Derivation(error) => error.fault(),
            Self::TimeAhead { .. } | Self::NextValidatorSet { .. } | Self::Rows { .. } => {
                Fault::Peer
            }
        }
    }
}

/// Why the ledger did not take a block.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The block does not extend the head (peer, or retry).
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// The header is not final (peer).
    #[error("not final: {0}")]
    Finality(#[source] HeaderError),
    /// Two headers of one height carry valid finality certificates: more than a third of the stake
    /// lied, or the local store is of another chain (peer).
    #[error("height {height} is decided as {decided}, and {found} is finalised too")]
    Fork {
        /// The height.
        height: Height,
        /// Hash of the header in the store.
        decided: HeaderHash,
        /// Hash of the other finalised header.
        found: HeaderHash,
    },
    /// The genesis names no valid validator set (caller).
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A task was cancelled while the node shuts down (retry).
    #[error("the ledger is shutting down")]
    Closed,
}

impl LedgerError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Extension(error) => error.fault(),
            Self::Finality(error) => error.fault(),
            Self::Fork { .. } => Fault::Peer,
            Self::Genesis(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Closed => Fault::Retry,
        }
    }
}
