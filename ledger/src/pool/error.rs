//! Why the pool did not take a blob.

use weft_chain::{CertifiedBlobError, ExpiryError, Height, Namespace};
use weft_encoding::{Digest, Fault};

use crate::store::StoreError;

/// Why the pool did not take a blob.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The blob header breaks a rule, the certificate is for another blob, or does not hold
    /// (peer).
    #[error(transparent)]
    Uncertified(#[from] CertifiedBlobError),
    /// The certificate was signed by a set that is not in force (retry: a change of the set may not
    /// have reached this node).
    #[error("certificate of validator set {found}, which is not in force at height {height}")]
    UnknownSet {
        /// The certificate's validator-set root.
        found: Digest,
        /// The next height here.
        height: Height,
    },
    /// A block at the next height may not include a certificate with this expiry (retry: with a new
    /// certificate, or once this node has caught up).
    #[error("certificate: {0}")]
    Expiry(#[source] ExpiryError),
    /// The blob is too large for any block of this chain (peer).
    #[error("{rows} rows, a block has at most {max}")]
    TooLarge {
        /// The blob's rows.
        rows: usize,
        /// The chain's limit.
        max: usize,
    },
    /// The pool is full (retry).
    #[error("{count} blobs wait to be ordered, at most {max} may")]
    Full {
        /// Blobs waiting.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// The namespace has reached its limit of waiting blobs (retry).
    #[error("{count} blobs of namespace {namespace} wait to be ordered, at most {max} may")]
    NamespaceFull {
        /// The namespace.
        namespace: Namespace,
        /// Its blobs waiting.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The node is shutting down (retry).
    #[error("the pool is shutting down")]
    Closed,
}

impl PoolError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Uncertified(error) => error.fault(),
            Self::TooLarge { .. } => Fault::Peer,
            Self::UnknownSet { .. }
            | Self::Expiry(_)
            | Self::Full { .. }
            | Self::NamespaceFull { .. }
            | Self::Closed => Fault::Retry,
            Self::Store(error) => error.fault(),
        }
    }
}
