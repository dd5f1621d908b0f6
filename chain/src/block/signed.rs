//! Headers with their finality certificate, before and after verification.

use std::ops::Deref;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{BlockHeader, HeaderError, HeaderHash};
use crate::codec::Canonical;
use crate::{ChainId, FinalityCertificate, ValidatorSet};

/// A header with the certificate that it is final; not verified.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedHeader {
    /// The header.
    pub header: BlockHeader,
    /// The certificate.
    pub finality: FinalityCertificate,
}

impl SignedHeader {
    /// Verifies that more than two thirds of the stake of a set signed this header of this chain.
    ///
    /// Costs two pairings. [`BlockHeader::verify_follows`] checks whether it follows another.
    ///
    /// # Errors
    /// [`HeaderError`] if the header is of another chain or set, or the certificate is of another
    /// header or does not verify (fault: peer).
    pub fn verify(
        &self,
        chain_id: &ChainId,
        validators: &ValidatorSet,
    ) -> Result<VerifiedHeader, HeaderError> {
        self.header.validate()?;
        if self.header.chain_id != *chain_id {
            let (expected, actual) = (*chain_id, self.header.chain_id);
            return Err(HeaderError::WrongChain { expected, actual });
        }
        let (expected, actual) = (validators.root(), self.header.validator_set_root);
        if expected != actual {
            return Err(HeaderError::WrongValidatorSet { expected, actual });
        }
        let (expected, actual) = (self.header.hash(), self.finality.header_hash);
        if expected != actual {
            return Err(HeaderError::WrongHash { expected, actual });
        }
        self.finality.verify(chain_id, validators)?;
        Ok(VerifiedHeader {
            hash: expected,
            signed: self.clone(),
        })
    }
}

impl AsRef<BlockHeader> for SignedHeader {
    fn as_ref(&self) -> &BlockHeader {
        &self.header
    }
}

impl Canonical for SignedHeader {
    const NAME: &'static str = "a signed header";
    const MAX_BYTES: usize = BlockHeader::MAX_BYTES + FinalityCertificate::MAX_BYTES;
}

/// A header that is final: only [`SignedHeader::verify`] makes one, and nothing decodes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeader {
    hash: HeaderHash,
    signed: SignedHeader,
}

impl VerifiedHeader {
    /// The header's hash.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        self.hash
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &BlockHeader {
        &self.signed.header
    }

    /// The certificate.
    #[must_use]
    pub fn finality(&self) -> &FinalityCertificate {
        &self.signed.finality
    }

    /// Header and certificate, to be stored or sent.
    #[must_use]
    pub fn signed(&self) -> &SignedHeader {
        &self.signed
    }

    /// Header and certificate, to be stored or sent.
    #[must_use]
    pub fn into_signed(self) -> SignedHeader {
        self.signed
    }
}

impl AsRef<BlockHeader> for VerifiedHeader {
    fn as_ref(&self) -> &BlockHeader {
        self.header()
    }
}

impl Deref for VerifiedHeader {
    type Target = BlockHeader;

    fn deref(&self) -> &BlockHeader {
        &self.signed.header
    }
}
