//! Why the work on one blob failed. It is retried, whatever the fault.

use weft_chain::BlobHeaderError;
use weft_encoding::{EncodeError, Fault, RepairError, VerifyError};
use weft_ledger::store::StoreError;
use weft_sampling::AssignmentError;

use super::super::CustodyError;
use crate::workers::JobLost;

/// Why the work on one blob failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackfillError {
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// No columns can be assigned to a validator set (local).
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// The blob's header breaks a rule (peer: its disperser).
    #[error(transparent)]
    Header(#[from] BlobHeaderError),
    /// What was made here does not verify, or the header's points are malformed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The rows do not follow from the columns.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// The repaired rows cannot be coded (local).
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// This node's custodian failed (local).
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// A computation was lost (local).
    #[error(transparent)]
    JobLost(#[from] JobLost),
    /// The node is shutting down (retry: the next run resumes).
    #[error("the node is shutting down")]
    Stopping,
}

impl BackfillError {
    /// Whose fault it is.
    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Assignment(_) | Self::Encode(_) | Self::JobLost(_) => Fault::Local,
            Self::Header(_) => Fault::Peer,
            Self::Verify(error) => error.fault(),
            Self::Repair(error) => error.fault(),
            Self::Custody(error) => error.fault(),
            Self::Stopping => Fault::Retry,
        }
    }
}
