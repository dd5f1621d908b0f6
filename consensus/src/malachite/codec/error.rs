//! Why bytes are no message, or a message has no bytes.

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
        /// Bytes that are not there.
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
        /// What is too long.
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
    /// A round that has to be there is not.
    #[error("{what}: no round")]
    NoRound {
        /// What has no round.
        what: &'static str,
    },
    /// The bytes are no peer id.
    #[error("{what}: not a peer id")]
    PeerId {
        /// What names the peer.
        what: &'static str,
    },
    /// A vote extension whose signature is not itself; this node makes no such extension.
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
