//! Why certificates and signatures for them are refused.

use weft_encoding::{Digest, Fault};

use crate::{SignatureError, SignersError, ValidatorIndex};

/// Why a certificate, or a signature offered for one, is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The certificate names another validator set.
    #[error("the certificate is of validator set {actual}, this one is {expected}")]
    WrongValidatorSet {
        /// The root of the set that verifies.
        expected: Digest,
        /// The root that the certificate names.
        actual: Digest,
    },
    /// The bitmap is for a set of another size.
    #[error("the signer bitmap is for {actual} validators, the set has {expected}")]
    WrongSetSize {
        /// The size of the set that verifies.
        expected: usize,
        /// The size that the bitmap is for.
        actual: usize,
    },
    /// A signer that is not in the set, or has already signed.
    #[error(transparent)]
    Signers(#[from] SignersError),
    /// The signers' stake is not more than two thirds.
    #[error("the signers hold {signed} of {total} stake, it takes more than two thirds")]
    NotEnoughStake {
        /// The stake of the signers.
        signed: u64,
        /// The stake of the set.
        total: u64,
    },
    /// One validator's signature does not verify.
    #[error("the signature of validator {index} is refused: {source}")]
    InvalidSigner {
        /// The validator.
        index: ValidatorIndex,
        /// Why.
        source: SignatureError,
    },
    /// The aggregate is not these signers' signature of this statement on this chain.
    #[error("the aggregate signature of {signers} signers is refused: {source}")]
    InvalidAggregate {
        /// The number of signers.
        signers: usize,
        /// Why.
        source: SignatureError,
    },
}

impl CertificateError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// The first certificate of a batch that is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate {position} of the batch is refused: {source}")]
pub struct BatchError {
    /// Its position in the batch, from 0.
    pub position: usize,
    /// Why.
    pub source: CertificateError,
}

impl BatchError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.source.fault()
    }
}
