//! Finality certificates: validators signed a block header in one round of consensus.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Digest;

use super::aggregate::Claim;
use super::builder::sealed::Sealed;
use super::{CertificateBuilder, CertificateError, Statement};
use crate::codec::Canonical;
use crate::hashing::tag;
use crate::{ChainId, HeaderHash, Signature, SignerBitmap, SigningMessage, ValidatorSet};

/// Validators with more than two thirds of the stake signed a block header, all in the same round.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FinalityCertificate {
    /// The header.
    pub header_hash: HeaderHash,
    /// The round of consensus whose precommits these are.
    pub round: u32,
    /// Who signed.
    pub signers: SignerBitmap,
    /// The sum of their signatures.
    pub signature: Signature,
}

/// What a finality certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalityStatement {
    /// The header.
    pub header_hash: HeaderHash,
    /// The round of consensus that decides it.
    pub round: u32,
}

/// What a validator signs when it finalises a header in a round of consensus.
///
/// The round is in the message because consensus decides by the votes of one round: signatures of
/// different rounds, each for the same header, may not add up to a certificate.
///
/// The set's root is in the message, though the header binds it too, so that a certificate does not
/// verify under another set even where only the header's hash is at hand.
#[must_use]
pub fn finality_message(
    chain_id: &ChainId,
    header_hash: &HeaderHash,
    round: u32,
    validator_set_root: &Digest,
) -> SigningMessage {
    SigningMessage::new(
        tag::FINALITY,
        chain_id,
        &[
            header_hash.as_bytes(),
            &round.to_le_bytes(),
            validator_set_root.as_bytes(),
        ],
    )
}

impl Sealed for FinalityStatement {}

impl Statement for FinalityStatement {
    type Certificate = FinalityCertificate;

    fn message(&self, chain_id: &ChainId, validators: &ValidatorSet) -> SigningMessage {
        finality_message(chain_id, &self.header_hash, self.round, &validators.root())
    }

    fn certify(
        &self,
        _validators: &ValidatorSet,
        signers: SignerBitmap,
        signature: Signature,
    ) -> FinalityCertificate {
        FinalityCertificate {
            header_hash: self.header_hash,
            round: self.round,
            signers,
            signature,
        }
    }
}

impl CertificateBuilder<FinalityStatement> {
    /// Starts a finality certificate of one round.
    #[must_use]
    pub fn finality(
        chain_id: &ChainId,
        header_hash: HeaderHash,
        round: u32,
        validators: &ValidatorSet,
    ) -> Self {
        Self::new(
            chain_id,
            validators,
            FinalityStatement { header_hash, round },
        )
    }
}

impl FinalityCertificate {
    /// Verifies the certificate for a chain and the set that signed it. Costs two pairings.
    ///
    /// # Errors
    /// [`CertificateError`] if it is of another set or chain, its signers hold too little stake,
    /// or the signature is not theirs (fault: peer).
    pub fn verify(
        &self,
        chain_id: &ChainId,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        Claim {
            message: finality_message(chain_id, &self.header_hash, self.round, &validators.root()),
            signers: &self.signers,
            signature: &self.signature,
            validators,
        }
        .verify()
    }
}

impl Canonical for FinalityCertificate {
    const NAME: &'static str = "a finality certificate";
    const MAX_BYTES: usize = 32 + 4 + SignerBitmap::MAX_ENCODED_BYTES + 96;
}
