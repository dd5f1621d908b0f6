//! Why blocks could not be fetched from a peer.

use weft_chain::Height;
use weft_encoding::Fault;
use weft_network::{Refusal, RequestError};

use crate::LedgerError;

/// Why blocks could not be fetched from a peer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The peer sent no headers although it claimed to have them (retry, with another peer).
    #[error("no header from height {from}")]
    NoHeaders {
        /// First height asked for.
        from: Height,
    },
    /// The request failed (fault as the request's error says).
    #[error("request: {0}")]
    Request(#[from] RequestError),
    /// The peer sent the header but refused the body.
    #[error("body of height {height}: {refusal}")]
    Body {
        /// The block's height.
        height: Height,
        /// The peer's answer.
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
            // The peer may have restarted with a shorter chain, or answer from another store.
            Self::NoHeaders { .. } | Self::Body { .. } => Fault::Retry,
            Self::Request(error) => error.fault(),
            Self::Block { source, .. } => source.fault(),
        }
    }
}
