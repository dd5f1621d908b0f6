//! Why a post or a read failed, and whose fault it is.

use std::time::Duration;

use weft_chain::{BlobHeaderError, BlobId, CertificateError, Height, ValidatorIndex};
use weft_encoding::{EncodeError, Fault, LayoutError, RepairError, VerifyError};
use weft_network::{Refusal, RequestError};
use weft_sampling::AssignmentError;

use weft_custody::JobLost;
use weft_ledger::LedgerError;
use weft_ledger::pool::PoolError;
use weft_ledger::store::StoreError;

/// Why a batch was not posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The batch does not fit its layout (caller).
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The rows cannot be coded (caller).
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The blob's header breaks a rule (caller).
    #[error(transparent)]
    Header(#[from] BlobHeaderError),
    /// The blob has more rows than a block of this chain may have (caller).
    #[error("the batch needs {rows} rows, a block of this chain has at most {max}")]
    TooManyRows {
        /// Rows of the batch.
        rows: usize,
        /// The chain's limit.
        max: usize,
    },
    /// Too many posts at once (retry).
    #[error("{max} posts are in progress, the most this gateway takes: try again")]
    Busy {
        /// The limit.
        max: usize,
    },
    /// Too few custodians signed in time (retry).
    #[error(transparent)]
    Dispersal(#[from] DispersalError),
    /// The blob is certified, but no block has ordered it yet (retry: the same post answers at
    /// once).
    #[error("blob {blob_id} is certified but was not ordered within {waited:?}")]
    NotOrdered {
        /// The blob.
        blob_id: BlobId,
        /// The deadline.
        waited: Duration,
    },
    /// The blob is certified, but no block has ordered it, and none may include the certificate any
    /// more (retry: the same post certifies it again).
    #[error(
        "blob {blob_id} was not ordered while its certificate was good: no block from height \
         {height} on may have one that expires at {expiry}: post it again"
    )]
    Lapsed {
        /// The blob.
        blob_id: BlobId,
        /// The certificate's expiry.
        expiry: Height,
        /// The next height.
        height: Height,
    },
    /// The node is shutting down before the blob was certified (retry).
    #[error("this gateway is shutting down: try again")]
    Stopping,
    /// The pool refused the certified blob or is full.
    #[error("pool: {0}")]
    Pool(#[from] PoolError),
    /// The ledger failed.
    #[error("ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A computation was lost (local).
    #[error(transparent)]
    JobLost(#[from] JobLost),
}

impl PostError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Layout(_) | Self::Encode(_) | Self::Header(_) | Self::TooManyRows { .. } => {
                Fault::Caller
            }
            Self::Busy { .. } | Self::NotOrdered { .. } | Self::Lapsed { .. } | Self::Stopping => {
                Fault::Retry
            }
            Self::Dispersal(error) => error.fault(),
            Self::Pool(error) => match error.fault() {
                // The gateway made the blob itself, so a refusal by the pool is not a peer's fault.
                Fault::Peer => Fault::Local,
                fault => fault,
            },
            Self::Ledger(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::JobLost(_) => Fault::Local,
        }
    }
}

/// Why a dispersal produced no certificate.
#[derive(Debug, thiserror::Error)]
pub enum DispersalError {
    /// Custodians with more than 2/3 of the stake did not sign in time (retry).
    #[error(
        "custodians with {signed} of {total} stake signed within {waited:?}, more than two thirds \
         are needed; {}", last_of(.failures)
    )]
    TooFewSignatures {
        /// Stake that signed.
        signed: u64,
        /// Stake in all.
        total: u64,
        /// How long the gateway waited.
        waited: Duration,
        /// The last known failure of each custodian that did not sign.
        failures: Vec<(ValidatorIndex, CustodianError)>,
    },
    /// No columns can be assigned to this validator set (local).
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// The certificate could not be aggregated (local).
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A computation was lost (local).
    #[error(transparent)]
    JobLost(#[from] JobLost),
}

impl DispersalError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::TooFewSignatures { .. } => Fault::Retry,
            Self::Assignment(_) | Self::Certificate(_) | Self::JobLost(_) => Fault::Local,
        }
    }
}

fn last_of(failures: &[(ValidatorIndex, CustodianError)]) -> String {
    match failures {
        [] => "none refused".into(),
        [(index, error), rest @ ..] => {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" (+{})", rest.len())
            };
            format!("validator {}: {error}{more}", index.get())
        }
    }
}

/// Why a request to one custodian failed.
#[derive(Debug, thiserror::Error)]
pub enum CustodianError {
    /// This validator's peer is not known (retry: its address may become known).
    #[error("no peer is known for it")]
    NoPeer,
    /// It refused.
    #[error("it refused: {0}")]
    Refused(Refusal),
    /// The request failed.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It did not answer in time (retry).
    #[error("no answer within {waited:?}")]
    Slow {
        /// The deadline.
        waited: Duration,
    },
    /// Its signature is invalid (peer).
    #[error("its signature does not hold: {0}")]
    Signature(CertificateError),
}

impl CustodianError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoPeer | Self::Slow { .. } => Fault::Retry,
            Self::Refused(refusal) => refusal.fault(),
            Self::Request(error) => error.fault(),
            Self::Signature(_) => Fault::Peer,
        }
    }
}

/// Why a batch could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No blob of this id is known here (caller).
    #[error("no blob {0} is known here")]
    UnknownBlob(BlobId),
    /// Too many reads at once (retry).
    #[error("{max} reads are in progress, the most this gateway takes: try again")]
    Busy {
        /// The limit.
        max: usize,
    },
    /// Too few columns, and no block has ordered the blob yet, so there are no single cells to ask
    /// for (retry).
    #[error(
        "{had} columns of blob {blob_id} are available, {needed} are needed; it is not in a block yet, so it cannot be repaired from single cells"
    )]
    TooFewColumns {
        /// The blob.
        blob_id: BlobId,
        /// Whole columns that were verified.
        had: usize,
        /// Whole columns that suffice.
        needed: usize,
    },
    /// The available cells of the block's matrix do not repair the blob: it is unavailable (retry).
    #[error(
        "blob {blob_id} cannot be repaired: {columns} of the {needed_columns} whole columns that \
         suffice and {cells} of {total_cells} cells of block {height} are available; {refused} were refused"
    )]
    Unrepairable {
        /// The blob.
        blob_id: BlobId,
        /// The block it is in.
        height: Height,
        /// Whole columns that were verified.
        columns: usize,
        /// Whole columns that suffice.
        needed_columns: usize,
        /// Cells of the extended matrix that were verified or repaired.
        cells: usize,
        /// Cells of the extended matrix.
        total_cells: usize,
        /// Cells that a custodian of their column says it does not hold.
        refused: usize,
    },
    /// The deadline passed (retry).
    #[error("blob {blob_id} was not read within {waited:?}")]
    Deadline {
        /// The blob.
        blob_id: BlobId,
        /// The deadline.
        waited: Duration,
    },
    /// The certified columns do not follow from the committed rows: the blob counts as unavailable
    /// (peer: its disperser). Any other failure of repair is local.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// The blob's header carries malformed points (peer: its disperser).
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The blob's header breaks a rule (peer: its disperser).
    #[error(transparent)]
    Header(#[from] BlobHeaderError),
    /// The number of rows is not the one of the header's layout, which repair and the header's
    /// rules exclude (local). Rows that break the layout are not an error: they prove a malformed
    /// blob.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// No columns can be assigned to this validator set (local).
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A computation was lost (local).
    #[error(transparent)]
    JobLost(#[from] JobLost),
}

impl ReadError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownBlob(_) => Fault::Caller,
            Self::Busy { .. }
            | Self::TooFewColumns { .. }
            | Self::Unrepairable { .. }
            | Self::Deadline { .. } => Fault::Retry,
            Self::Repair(error) => match error.fault() {
                // The gateway chose the input of the repair itself.
                Fault::Caller => Fault::Local,
                fault => fault,
            },
            Self::Verify(_) | Self::Header(_) => Fault::Peer,
            Self::Layout(_) | Self::Assignment(_) | Self::JobLost(_) => Fault::Local,
            Self::Store(error) => error.fault(),
        }
    }
}
