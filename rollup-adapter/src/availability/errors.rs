//! The errors of [`DataAvailability`](super::DataAvailability), one enum for each kind of call.

use thiserror::Error;
use weft_chain::BlobId;
use weft_encoding::{Fault, LayoutError};
use weft_gateway_api::{MalformedLength, Wait};

use super::{LearnError, StaleHead, TransportError};
use crate::verify::{BatchError, HeaderError, MalformedError, NamespaceListError, ReceiptError};

/// Why a post failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PostError {
    /// The batch does not fit the layout; nothing was sent. Fault: caller.
    #[error("the batch does not fit the layout: {0}")]
    Layout(#[from] LayoutError),
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: that of the source.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The gateway's receipt is not valid. Fault: peer.
    #[error("the receipt is not valid: {0}")]
    Receipt(#[from] ReceiptError),
    /// The receipt is not for the batch that was posted. Fault: peer.
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

/// Why a receipt could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchReceiptError {
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: that of the source.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The gateway's receipt is not valid. Fault: peer.
    #[error("the receipt is not valid: {0}")]
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

/// Why a wait for a blob failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WaitForError {
    /// The blob's receipt could not be fetched. Fault: that of the source.
    #[error(transparent)]
    Receipt(#[from] FetchReceiptError),
    /// The blob did not reach the state within the limit. Fault: retry.
    #[error("blob {blob_id} is not {until} after {waited_ms} ms, limit {limit_ms} ms")]
    NotYet {
        /// The blob.
        blob_id: BlobId,
        /// The state that was awaited.
        until: Wait,
        /// The time waited, milliseconds.
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

/// Why a blob was not read: the gateway gave neither its batch nor a proof that it holds none.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The gateway could not be reached, or could not repair it. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: that of the source.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The blob's receipt is not valid. Fault: peer.
    #[error("the receipt is not valid: {0}")]
    Receipt(#[from] ReceiptError),
    /// The bytes are not the blob's batch. Fault: peer.
    #[error("the batch is not the blob's: {0}")]
    Batch(#[from] BatchError),
    /// The proof that the blob holds no batch has the wrong length. Fault: peer.
    #[error("the proof that the blob holds no batch has the wrong length: {0}")]
    MalformedLength(#[from] MalformedLength),
    /// The proof that the blob holds no batch is not valid. Fault: peer.
    #[error("the proof that the blob holds no batch is not valid: {0}")]
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
#[non_exhaustive]
pub enum ListError {
    /// The range is empty, or begins before the first block. Fault: caller.
    #[error("the range {from} to {to} is empty or begins before height {first}")]
    Range {
        /// First height of the range.
        from: u64,
        /// Last height of the range.
        to: u64,
        /// The height of the chain's first block.
        first: u64,
    },
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: that of the source.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The list is not proven complete. Fault: peer.
    #[error("the namespace's list is not valid: {0}")]
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

/// Why a header or a subscription failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A validator set that the answer names is not proven. Fault: that of the source.
    #[error("a validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// A header is not final, or does not follow the one before it. Fault: that of the source.
    #[error("the header is not valid: {0}")]
    Header(#[from] HeaderError),
    /// The gateway's newest block is too old. Fault: retry.
    #[error(transparent)]
    Stale(#[from] StaleHead),
    /// A namespace's list at a height could not be fetched or verified. Fault: that of the source.
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
