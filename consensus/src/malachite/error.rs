//! Why the engine does not start or go on.

use libp2p::Multiaddr;
use weft_chain::{CertificateError, HeaderHash, Height};
use weft_encoding::Fault;
use weft_ledger::LedgerError;
use weft_ledger::store::StoreError;

use super::codec::CodecError;

/// What ends the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MalachiteError {
    /// The address has neither TCP nor QUIC (caller).
    #[error("consensus cannot listen on {address}: it needs /tcp/ or /udp/../quic-v1")]
    Listen {
        /// The address.
        address: Multiaddr,
    },
    /// The address is taken or is not one of this machine (caller).
    #[error("consensus cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: Multiaddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// A part of the engine did not start (local).
    #[error("consensus engine: {part} did not start: {reason}")]
    Start {
        /// The part.
        part: &'static str,
        /// The engine's error, which is untyped.
        reason: String,
    },
    /// The engine stopped after a failure that it cannot recover from, such as one of its log
    /// (local).
    #[error("the consensus engine stopped by itself; its log says why")]
    Stopped,
    /// The engine could not write or read its log while it ran. The log may lack the last signed
    /// messages, so an operator must examine it before the engine starts again (local).
    #[error(
        "the consensus engine has stopped for safety: its log cannot be relied on. Do not start \
         this validator again before the disk is mended; the log names the reason"
    )]
    Unsafe,
    /// A header was decided whose block is not in the store (local: the store lost it).
    #[error("header {header} is decided at height {height}, but its block is not kept")]
    LostBlock {
        /// The height.
        height: Height,
        /// The decided header.
        header: HeaderHash,
    },
    /// The engine's certificate yields no finality certificate (local).
    #[error("height {height}: decided without a finality certificate: {source}")]
    Finality {
        /// The height.
        height: Height,
        /// Why.
        source: CertificateError,
    },
    /// The engine named no round for a decision (local).
    #[error("height {height}: a decision without a round")]
    NoRound {
        /// The height.
        height: Height,
    },
    /// The decided block could not be committed (local).
    #[error("height {height}: decided block not committed: {source}")]
    Commit {
        /// The height.
        height: Height,
        /// Why.
        source: LedgerError,
    },
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A message of the engine could not be encoded (local).
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The node is shutting down (retry).
    #[error("the node is shutting down")]
    Closed,
}

impl MalachiteError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Listen { .. } | Self::Bind { .. } => Fault::Caller,
            Self::Closed => Fault::Retry,
            Self::Store(error) => error.fault(),
            Self::Start { .. }
            | Self::Stopped
            | Self::Unsafe
            | Self::LostBlock { .. }
            | Self::Finality { .. }
            | Self::NoRound { .. }
            | Self::Commit { .. }
            | Self::Codec(_) => Fault::Local,
        }
    }
}
