//! Why an update of the validator set is refused.

use weft_encoding::{Digest, Fault};

use super::{MAX_UPDATE_BYTES, MAX_UPDATE_DELAY};
use crate::{CertificateError, ChainId, Height, ValidatorEntryError, ValidatorSetError};

/// Why an update of the validator set is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidatorUpdateError {
    /// The update is of another chain.
    #[error("the update is of chain {actual}, this one is {expected}")]
    WrongChain {
        /// This chain.
        expected: ChainId,
        /// The update's chain.
        actual: ChainId,
    },
    /// The update replaces another set.
    #[error("the update replaces validator set {actual}, the current one is {expected}")]
    WrongSet {
        /// The root of the set that verifies.
        expected: Digest,
        /// The root that the update names.
        actual: Digest,
    },
    /// The new set would begin too early or too late for a block that includes the update.
    #[error(
        "the update begins at height {first_height}, in block {included_at} it takes {} to {}",
        included_at.saturating_add(1),
        included_at.saturating_add(MAX_UPDATE_DELAY)
    )]
    Height {
        /// The height of the block.
        included_at: Height,
        /// The first height of the new set.
        first_height: Height,
    },
    /// A validator's name or contact breaks a limit.
    #[error("validator {index} of the update is refused: {source}")]
    Entry {
        /// Its index in the new set.
        index: usize,
        /// Why.
        source: ValidatorEntryError,
    },
    /// All entries together take too many bytes.
    #[error("the update is {len} bytes, the limit is {MAX_UPDATE_BYTES}")]
    TooLarge {
        /// Its bytes, or the bytes up to where decoding stopped.
        len: usize,
    },
    /// The certificate is for another update.
    #[error("the certificate is for update {actual}, this one is {expected}")]
    WrongUpdate {
        /// The id of this update.
        expected: Digest,
        /// The id that the certificate names.
        actual: Digest,
    },
    /// The validators do not make a set.
    #[error("the next validators are refused: {0}")]
    Validators(#[from] ValidatorSetError),
    /// The certificate does not verify with the replaced set.
    #[error("the update's certificate is refused: {0}")]
    Certificate(#[from] CertificateError),
}

impl ValidatorUpdateError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}
