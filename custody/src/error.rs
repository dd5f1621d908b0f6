//! Why a custodian refused or failed a request.

use weft_chain::{BlobHeaderError, BlobId, ExpiryError, Height};
use weft_encoding::{ColumnIndex, Digest, Fault, VerifyError};
use weft_ledger::store::StoreError;
use weft_network::{Offence, Refusal};
use weft_sampling::AssignmentError;

use crate::workers::JobLost;

/// Why a custodian refused or failed a request. Nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CustodyError {
    /// This node has no validator key, or its validator is not in the set. Retry, elsewhere.
    #[error("this node is no custodian of that validator set")]
    NotCustodian,
    /// The dispersal names a validator set that is neither the previous, the current nor the coming
    /// one. Retry: the gateway's chain or this node's is behind.
    #[error("validator set {root} is neither the previous, the current nor the coming one")]
    UnknownSet {
        /// The root of the set that was named.
        root: Digest,
    },
    /// Too many requests wait. Retry.
    #[error("{limit} requests are under way, which is the limit")]
    Busy {
        /// The limit.
        limit: usize,
    },
    /// The blob's header contradicts itself. Peer.
    #[error("blob header")]
    Header(#[from] BlobHeaderError),
    /// The blob has more rows than a block of this chain. Caller.
    #[error("a blob of {rows} rows, a block has at most {limit}")]
    TooManyRows {
        /// The blob's rows.
        rows: usize,
        /// A block's limit.
        limit: usize,
    },
    /// The next block would not accept the expiry. Caller: its head may differ.
    #[error(transparent)]
    Expiry(ExpiryError),
    /// The columns are not exactly those of this custodian. Caller: its validator set may differ.
    #[error(
        "{missing} of this custodian's {assigned} columns are missing, {foreign} are not its own"
    )]
    WrongColumns {
        /// How many columns this custodian holds of every blob.
        assigned: usize,
        /// How many of them were not sent.
        missing: usize,
        /// How many were sent that belong to others.
        foreign: usize,
    },
    /// A column comes twice. Peer.
    #[error("column {} comes twice", column.get())]
    DuplicateColumn {
        /// The column.
        column: ColumnIndex,
    },
    /// A column, a proof or a commitment does not verify. Peer.
    #[error("verification")]
    Verify(#[from] VerifyError),
    /// The blob is not known here. Retry, elsewhere.
    #[error("blob {blob} is unknown")]
    UnknownBlob {
        /// The blob.
        blob: BlobId,
    },
    /// The blob's column is not held here. Retry, elsewhere.
    #[error("column {} of blob {blob} is not held", column.get())]
    NotHeld {
        /// The blob.
        blob: BlobId,
        /// The column.
        column: ColumnIndex,
    },
    /// A column does not have one cell proof per row. Peer.
    #[error("{proofs} cell proofs for the {rows} rows of column {}", column.get())]
    ProofCount {
        /// The column.
        column: ColumnIndex,
        /// Proofs received.
        proofs: usize,
        /// The blob's rows.
        rows: usize,
    },
    /// Verified cells in the store do not extend to a parity row. Local.
    #[error("cannot derive parity row {row} of block {height}: {reason}")]
    Derive {
        /// The block.
        height: Height,
        /// The row.
        row: usize,
        /// The coding library's error.
        reason: String,
    },
    /// The store failed. Local.
    #[error("store")]
    Store(#[from] StoreError),
    /// The validator set has no custody assignment. Local.
    #[error("custody assignment")]
    Assignment(#[from] AssignmentError),
    /// The computation was lost. Local.
    #[error("worker")]
    Lost(#[from] JobLost),
}

impl CustodyError {
    /// Whose fault this is. Peer scores read only this.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotCustodian
            | Self::UnknownSet { .. }
            | Self::Busy { .. }
            | Self::UnknownBlob { .. }
            | Self::NotHeld { .. } => Fault::Retry,
            Self::TooManyRows { .. } | Self::Expiry(_) | Self::WrongColumns { .. } => Fault::Caller,
            Self::Header(_) | Self::DuplicateColumn { .. } | Self::ProofCount { .. } => Fault::Peer,
            Self::Verify(error) => error.fault(),
            Self::Derive { .. } | Self::Store(_) | Self::Assignment(_) | Self::Lost(_) => {
                Fault::Local
            }
        }
    }

    /// The offence to report to the peer's score; `None` unless it is the peer's fault.
    pub fn offence(&self) -> Option<Offence> {
        if self.fault() != Fault::Peer {
            return None;
        }
        Some(match self {
            Self::Verify(_) => Offence::InvalidProof,
            Self::Header(_) => Offence::InvalidBlock,
            _ => Offence::Malformed,
        })
    }

    /// The refusal to send to the peer. A local failure does not reveal its cause.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::NotCustodian => Refusal::NotServed,
            Self::UnknownSet { .. } => Refusal::NotYet,
            Self::Busy { .. } => Refusal::Busy,
            Self::UnknownBlob { .. } => Refusal::Unknown,
            Self::NotHeld { .. } => Refusal::NotHeld,
            Self::Header(error) => Refusal::invalid(error),
            Self::Verify(error) => Refusal::invalid(error),
            Self::TooManyRows { .. }
            | Self::Expiry(_)
            | Self::WrongColumns { .. }
            | Self::DuplicateColumn { .. }
            | Self::ProofCount { .. } => Refusal::invalid(self),
            Self::Derive { .. } | Self::Store(_) | Self::Assignment(_) | Self::Lost(_) => {
                Refusal::Failed
            }
        }
    }
}
