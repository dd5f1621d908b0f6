//! Why the calls of [`DataAvailability`](super::DataAvailability) fail, one enum a call.

use thiserror::Error;
use weft_chain::BlobId;
use weft_encoding::{Fault, LayoutError};

use crate::{
    api::{MalformedLength, Wait},
    client::{LearnError, StaleHead, TransportError},
    verify::{BatchError, HeaderError, MalformedError, NamespaceListError, ReceiptError},
};

/// Why a post failed.
#[derive(Debug, Error)]
pub enum PostError {
    /// The batch does not fit the layout; nothing was sent. Fault: caller.
    #[error("the batch does not fit the layout: {0}")]
    Layout(#[from] LayoutError),
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: as it says.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The gateway's receipt does not hold. Fault: peer.
    #[error("the receipt does not hold: {0}")]
    Receipt(#[from] ReceiptError),
    /// The receipt is for something else than what was posted. Fault: peer.
    #[error("the receipt is not for the batch that was posted: {0}")]
    Batch(#[from] BatchError),
}

impl PostError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Layout(error) => error.fault(),
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::Receipt(error) => error.fault(),
            Self::Batch(error) => error.fault(),
        }
    }
}

/// Why a receipt was not had.
#[derive(Debug, Error)]
pub enum FetchReceiptError {
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: as it says.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The gateway's receipt does not hold. Fault: peer.
    #[error("the receipt does not hold: {0}")]
    Receipt(#[from] ReceiptError),
}

impl FetchReceiptError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::Receipt(error) => error.fault(),
        }
    }
}

/// Why a blob was not waited for to the end.
#[derive(Debug, Error)]
pub enum WaitForError {
    /// Its receipt was not had. Fault: as it says.
    #[error(transparent)]
    Receipt(#[from] FetchReceiptError),
    /// The blob did not come so far in time. Fault: retry.
    #[error("blob {blob_id} is not {until} after {waited_ms} ms, limit {limit_ms} ms")]
    NotYet {
        /// The blob.
        blob_id: BlobId,
        /// What was waited for.
        until: Wait,
        /// How long it was waited for, milliseconds.
        waited_ms: u128,
        /// The longest wait, milliseconds.
        limit_ms: u128,
    },
}

impl WaitForError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Receipt(error) => error.fault(),
            Self::NotYet { .. } => Fault::Retry,
        }
    }
}

/// Why a blob was not read: neither its batch nor a proof that it holds none was had.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The gateway could not be reached, or could not repair it. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: as it says.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The blob's receipt does not hold. Fault: peer.
    #[error("the receipt does not hold: {0}")]
    Receipt(#[from] ReceiptError),
    /// The bytes that came are not the blob's. Fault: peer.
    #[error("the batch is not the blob's: {0}")]
    Batch(#[from] BatchError),
    /// What is said to show that the blob holds no batch has not the length of it. Fault: peer.
    #[error("the blob is said to hold no batch, by what is no row and its index: {0}")]
    MalformedLength(#[from] MalformedLength),
    /// The blob is said to hold no batch, and the row does not show it. Fault: peer.
    #[error("the blob is said to hold no batch, and nothing shows it: {0}")]
    Malformed(#[from] MalformedError),
}

impl From<FetchReceiptError> for ReadError {
    fn from(error: FetchReceiptError) -> Self {
        match error {
            FetchReceiptError::Transport(error) => Self::Transport(error),
            FetchReceiptError::ValidatorSet(error) => Self::ValidatorSet(error),
            FetchReceiptError::Receipt(error) => Self::Receipt(error),
        }
    }
}

impl ReadError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::Receipt(error) => error.fault(),
            Self::Batch(error) => error.fault(),
            Self::MalformedLength(error) => error.fault(),
            Self::Malformed(error) => error.fault(),
        }
    }
}

/// Why a namespace was not listed.
#[derive(Debug, Error)]
pub enum ListError {
    /// The range has no height, or begins before the first block. Fault: caller.
    #[error("the range {from} to {to} is empty, heights begin at {first}")]
    Range {
        /// First height asked for.
        from: u64,
        /// Last height asked for.
        to: u64,
        /// The lowest height that there is.
        first: u64,
    },
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: as it says.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The list is not proven complete. Fault: peer.
    #[error("the namespace's list does not hold: {0}")]
    List(#[from] NamespaceListError),
}

impl ListError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Range { .. } => Fault::Caller,
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::List(error) => error.fault(),
        }
    }
}

/// Why the chain was not followed.
#[derive(Debug, Error)]
pub enum SubscribeError {
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: as it says.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// A header is not final, or not the next. Fault: as it says.
    #[error("the header does not hold: {0}")]
    Header(#[from] HeaderError),
    /// The newest block that the gateway gives is too old. Fault: retry.
    #[error(transparent)]
    Stale(#[from] StaleHead),
    /// A namespace's list at a height was not had. Fault: as the list says.
    #[error(transparent)]
    List(#[from] ListError),
}

impl SubscribeError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::Header(error) => error.fault(),
            Self::Stale(error) => error.fault(),
            Self::List(error) => error.fault(),
        }
    }
}
