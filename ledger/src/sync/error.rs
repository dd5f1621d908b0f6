//! Why blocks could not be fetched from a peer.

use weft_chain::Height;
use weft_encoding::Fault;
use weft_network::{Refusal, RequestError};

use crate::LedgerError;

/// Why blocks could not be fetched from a peer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The peer gave no headers though it had said it has them (retry, with another).
    #[error("no header from height {from}")]
    NoHeaders {
        /// First height asked for.
        from: Height,
    },
    /// The request brought nothing (as the request's error says).
    #[error("request: {0}")]
    Request(#[from] RequestError),
    /// The peer has the header and does not give the body.
    #[error("body of height {height}: {refusal}")]
    Body {
        /// The block's height.
        height: Height,
        /// What the peer said.
        refusal: Refusal,
    },
    /// The ledger refused a block.
    #[error("block {height}: {source}")]
    Block {
        /// The block's height.
        height: Height,
        /// Why.
        source: LedgerError,
    },
}

impl FetchError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            // The other side may have been restarted with less, or answer from another place.
            Self::NoHeaders { .. } | Self::Body { .. } => Fault::Retry,
            Self::Request(error) => error.fault(),
            Self::Block { source, .. } => source.fault(),
        }
    }
}
