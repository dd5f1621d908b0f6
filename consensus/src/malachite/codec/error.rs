//! Why a message cannot be decoded or encoded.

use weft_encoding::Fault;

/// Why something cannot be decoded (peer) or encoded (local).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end too early.
    #[error("{what}: {missing} bytes are missing")]
    Truncated {
        /// What was read.
        what: &'static str,
        /// Missing bytes.
        missing: usize,
    },
    /// Bytes are left over.
    #[error("{what}: {extra} bytes after its end")]
    Trailing {
        /// What was read.
        what: &'static str,
        /// Bytes after it.
        extra: usize,
    },
    /// A length is above its limit.
    #[error("{what}: length {len}, the limit is {max}")]
    TooLong {
        /// The field.
        what: &'static str,
        /// The length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// No such variant.
    #[error("{what}: no variant {tag}")]
    Variant {
        /// The enum.
        what: &'static str,
        /// The byte.
        tag: u8,
    },
    /// A required round is missing.
    #[error("{what}: no round")]
    NoRound {
        /// What has no round.
        what: &'static str,
    },
    /// The bytes are not a peer id.
    #[error("{what}: not a peer id")]
    PeerId {
        /// What names the peer.
        what: &'static str,
    },
    /// A vote extension that differs from its own signature. This node makes no such extension.
    #[error("a vote extension that is not its own signature")]
    Extension,
}

impl CodecError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Extension => Fault::Local,
            Self::Truncated { .. }
            | Self::Trailing { .. }
            | Self::TooLong { .. }
            | Self::Variant { .. }
            | Self::NoRound { .. }
            | Self::PeerId { .. } => Fault::Peer,
        }
    }
}
