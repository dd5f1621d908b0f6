//! Availability certificates: custodians signed that they hold a blob's columns.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Digest;

use super::aggregate::{Claim, verify_all};
use super::builder::sealed::Sealed;
use super::{BatchError, CertificateBuilder, CertificateError, Statement};
use crate::codec::Canonical;
use crate::hashing::tag;
use crate::{BlobId, ChainId, Height, Signature, SignerBitmap, SigningMessage, ValidatorSet};

/// Custodians with more than two thirds of the stake hold their columns of a blob, and keep them
/// to the expiry height.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AvailabilityCertificate {
    /// The blob.
    pub blob_id: BlobId,
    /// Root of the validator set that signed.
    pub validator_set_root: Digest,
    /// The height up to which the columns are kept.
    pub expiry: Height,
    /// Who signed.
    pub signers: SignerBitmap,
    /// The sum of their signatures.
    pub signature: Signature,
}

/// What an availability certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailabilityStatement {
    /// The blob.
    pub blob_id: BlobId,
    /// The height up to which the columns are kept.
    pub expiry: Height,
}

/// What a custodian signs when it holds all its columns of a blob.
#[must_use]
pub fn availability_message(
    chain_id: &ChainId,
    blob_id: &BlobId,
    validator_set_root: &Digest,
    expiry: Height,
) -> SigningMessage {
    SigningMessage::new(
        tag::AVAILABILITY,
        chain_id,
        &[
            blob_id.as_bytes(),
            validator_set_root.as_bytes(),
            &expiry.get().to_le_bytes(),
        ],
    )
}

impl Sealed for AvailabilityStatement {}

impl Statement for AvailabilityStatement {
    type Certificate = AvailabilityCertificate;

    fn message(&self, chain_id: &ChainId, validators: &ValidatorSet) -> SigningMessage {
        availability_message(chain_id, &self.blob_id, &validators.root(), self.expiry)
    }

    fn certify(
        &self,
        validators: &ValidatorSet,
        signers: SignerBitmap,
        signature: Signature,
    ) -> AvailabilityCertificate {
        AvailabilityCertificate {
            blob_id: self.blob_id,
            validator_set_root: validators.root(),
            expiry: self.expiry,
            signers,
            signature,
        }
    }
}

impl CertificateBuilder<AvailabilityStatement> {
    /// Starts an availability certificate.
    #[must_use]
    pub fn availability(
        chain_id: &ChainId,
        blob_id: BlobId,
        validators: &ValidatorSet,
        expiry: Height,
    ) -> Self {
        Self::new(
            chain_id,
            validators,
            AvailabilityStatement { blob_id, expiry },
        )
    }
}

impl AvailabilityCertificate {
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
        self.claim(chain_id, validators)?.verify()
    }

    /// Verifies many certificates, each for the set that signed it, as after a change of the set.
    ///
    /// Costs one pairing a certificate and one final exponentiation in all, over blst's threads.
    ///
    /// # Errors
    /// [`BatchError`] with the position of the first certificate that is refused (fault: peer).
    pub fn verify_batch<'a>(
        chain_id: &ChainId,
        certificates: impl IntoIterator<Item = (&'a Self, &'a ValidatorSet)>,
    ) -> Result<(), BatchError> {
        let claims: Vec<Claim<'a>> = certificates
            .into_iter()
            .enumerate()
            .map(|(position, (certificate, validators))| {
                certificate
                    .claim(chain_id, validators)
                    .map_err(|source| BatchError { position, source })
            })
            .collect::<Result<_, _>>()?;
        verify_all(&claims)
    }

    fn claim<'a>(
        &'a self,
        chain_id: &ChainId,
        validators: &'a ValidatorSet,
    ) -> Result<Claim<'a>, CertificateError> {
        let (expected, actual) = (validators.root(), self.validator_set_root);
        if expected != actual {
            return Err(CertificateError::WrongValidatorSet { expected, actual });
        }
        Ok(Claim {
            message: availability_message(chain_id, &self.blob_id, &actual, self.expiry),
            signers: &self.signers,
            signature: &self.signature,
            validators,
        })
    }
}

impl Canonical for AvailabilityCertificate {
    const NAME: &'static str = "an availability certificate";
    const MAX_BYTES: usize = 32 + 32 + 8 + SignerBitmap::MAX_ENCODED_BYTES + 96;
}
