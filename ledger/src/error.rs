//! Why the ledger refuses a block or an update of the validator set.

use weft_chain::{
    BlobId, BlockError, GenesisError, HeaderError, HeaderHash, Height, ValidatorIndex,
    ValidatorSetError, ValidatorUpdateError,
};
use weft_encoding::{Digest, Fault};
use weft_network::DirectoryError;
use weft_sampling::AssignmentError;

use crate::store::StoreError;

/// A block that does not extend the head.
#[derive(Debug, thiserror::Error)]
pub enum BlockRuleError {
    /// The header's height is above the next one: blocks in between are missing (retry).
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
    /// The time is too far ahead of the local clock (peer).
    #[error("time {found} ms is ahead of the clock's limit {limit} ms")]
    TimeAhead {
        /// The header's time.
        found: u64,
        /// The latest time accepted now.
        limit: u64,
    },
    /// The proposer is not in the validator set (peer).
    #[error("proposer {found}, the set of this height has {validators} validators")]
    UnknownProposer {
        /// The header's proposer.
        found: ValidatorIndex,
        /// Validators in the set of the header's height.
        validators: usize,
    },
    /// The body has an update of the validator set that this block may not include (peer).
    #[error("update of the validator set: {0}")]
    Update(#[from] UpdateError),
    /// The header's next validator set is not the set of the next height (peer).
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
    /// An earlier block ordered one of the blobs, under a certificate with at least half of the
    /// retention left (peer).
    #[error("blob {blob} was ordered at height {height} and is kept until {expiry}")]
    Ordered {
        /// The blob.
        blob: BlobId,
        /// The block that has it.
        height: Height,
        /// The expiry of that block's certificate.
        expiry: Height,
    },
    /// The header does not follow from the body, or the body itself breaks a rule (peer).
    #[error(transparent)]
    Derivation(#[from] BlockError),
}

impl BlockRuleError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Ahead { .. } => Fault::Retry,
            Self::Header(error) => error.fault(),
            Self::Derivation(error) => error.fault(),
            Self::Update(error) => error.fault(),
            Self::TimeAhead { .. }
            | Self::UnknownProposer { .. }
            | Self::NextValidatorSet { .. }
            | Self::Rows { .. }
            | Self::Ordered { .. } => Fault::Peer,
        }
    }
}

/// Why a block may not include an update of the validator set.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// It is of another chain or set, its height does not fit, or it is not signed by more than two
    /// thirds of the stake (peer).
    #[error(transparent)]
    Invalid(#[from] ValidatorUpdateError),
    /// An earlier update has not taken effect yet, and only one may be scheduled at a time (peer).
    #[error("at height {height} the set that begins at {first_height} still waits")]
    Waiting {
        /// The block's height.
        height: Height,
        /// When the earlier update takes effect.
        first_height: Height,
    },
    /// No columns can be assigned to the new set (peer).
    #[error("the new set has no custody assignment: {0}")]
    Custody(#[from] AssignmentError),
}

impl UpdateError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Why the ledger refused an offered update of the validator set.
#[derive(Debug, thiserror::Error)]
pub enum UpdateRefusal {
    /// No later block may include it (caller).
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// Its contacts are invalid (caller).
    #[error(transparent)]
    Contacts(#[from] DirectoryError),
    /// Too many updates are pending (retry).
    #[error("{max} updates wait for a block already, the limit")]
    Full {
        /// The limit.
        max: usize,
    },
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The node is shutting down (retry).
    #[error("the ledger is shutting down")]
    Closed,
}

impl UpdateRefusal {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Update(_) | Self::Contacts(_) => Fault::Caller,
            Self::Full { .. } | Self::Closed => Fault::Retry,
            Self::Store(error) => error.fault(),
        }
    }
}

/// Why the ledger refused a block.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The block does not extend the head (peer, or retry).
    #[error(transparent)]
    Rule(#[from] BlockRuleError),
    /// The header is not final (peer).
    #[error("not final: {0}")]
    Finality(#[source] HeaderError),
    /// Two headers of one height carry valid finality certificates: more than a third of the stake
    /// is byzantine, or the local store is of another chain (peer).
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
    /// The contacts in the genesis are invalid (caller).
    #[error("genesis: {0}")]
    Directory(#[from] DirectoryError),
    /// A stored update yields no valid validator set (local).
    #[error("the stored update whose set begins at height {first_height}: {source}")]
    StoredUpdate {
        /// The first height of the set.
        first_height: Height,
        /// Why.
        source: ValidatorSetError,
    },
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
            Self::Rule(error) => error.fault(),
            Self::Finality(error) => error.fault(),
            Self::Fork { .. } => Fault::Peer,
            Self::Genesis(error) => error.fault(),
            Self::Directory(error) => error.fault(),
            Self::StoredUpdate { .. } => Fault::Local,
            Self::Store(error) => error.fault(),
            Self::Closed => Fault::Retry,
        }
    }
}
