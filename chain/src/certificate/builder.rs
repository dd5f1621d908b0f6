//! Collecting signatures until they make a certificate.

use blst::min_pk;

use super::{CertificateError, aggregate};
use crate::{ChainId, Signature, SignerBitmap, SigningMessage, ValidatorIndex, ValidatorSet};

/// Keeps [`Statement`] to the statements that this crate defines.
pub(super) mod sealed {
    /// Implemented beside each [`Statement`](super::Statement).
    pub trait Sealed {}
}

/// A statement that a quorum of a validator set certifies: of availability, of finality or of an update.
///
/// Sealed: the messages of all statements are told apart by domain tags that this crate assigns.
pub trait Statement: sealed::Sealed {
    /// The certificate of it.
    type Certificate;

    /// What each validator signs.
    fn message(&self, chain_id: &ChainId, validators: &ValidatorSet) -> SigningMessage;

    /// The certificate, from a quorum's bitmap and aggregate signature.
    fn certify(
        &self,
        validators: &ValidatorSet,
        signers: SignerBitmap,
        signature: Signature,
    ) -> Self::Certificate;
}

/// Collects the signatures of one statement, each verified as it comes.
///
/// [`CertificateBuilder::availability`], [`CertificateBuilder::finality`] and
/// [`CertificateBuilder::update`] start one.
#[derive(Clone, Debug)]
pub struct CertificateBuilder<S> {
    statement: S,
    message: SigningMessage,
    validators: ValidatorSet,
    signers: SignerBitmap,
    signatures: Vec<min_pk::Signature>,
}

impl<S: Statement> CertificateBuilder<S> {
    /// Starts without signatures.
    #[must_use]
    pub fn new(chain_id: &ChainId, validators: &ValidatorSet, statement: S) -> Self {
        Self {
            message: statement.message(chain_id, validators),
            statement,
            validators: validators.clone(),
            signers: SignerBitmap::new(validators.len()).expect("a validator set has such a size"),
            signatures: Vec::new(),
        }
    }

    /// What validators sign for this certificate.
    #[must_use]
    pub fn message(&self) -> &SigningMessage {
        &self.message
    }

    /// Verifies and adds one validator's signature. Costs two pairings, about a millisecond.
    ///
    /// # Errors
    /// [`CertificateError`] if the validator is not in the set or has already signed, or if the
    /// signature is not its signature of this statement (fault: peer). Adds nothing then.
    pub fn add(
        &mut self,
        index: ValidatorIndex,
        signature: Signature,
    ) -> Result<(), CertificateError> {
        // The bitmap refuses strangers and duplicates before the pairing is paid for.
        let mut signers = self.signers.clone();
        signers.insert(index)?;
        let invalid = |source| CertificateError::InvalidSigner { index, source };
        if let Some(validator) = self.validators.get(index) {
            signature
                .verify(&self.message, &validator.public_key)
                .map_err(invalid)?;
            self.signatures.push(signature.point().map_err(invalid)?);
            self.signers = signers;
        }
        Ok(())
    }

    /// The validators that have signed.
    #[must_use]
    pub fn signers(&self) -> &SignerBitmap {
        &self.signers
    }

    /// The stake that has signed.
    #[must_use]
    pub fn stake(&self) -> u64 {
        self.validators.stake_of(&self.signers)
    }

    /// Whether more than two thirds of the stake have signed.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        self.validators.has_quorum(self.stake())
    }

    /// The certificate of the signatures so far; more can be added for another one.
    ///
    /// # Errors
    /// [`CertificateError::NotEnoughStake`] without a quorum (fault: peer).
    pub fn build(&self) -> Result<S::Certificate, CertificateError> {
        let (signed, total) = (self.stake(), self.validators.total_stake());
        if !self.validators.has_quorum(signed) {
            return Err(CertificateError::NotEnoughStake { signed, total });
        }
        let signature = aggregate::aggregate(&self.signatures).map_err(|source| {
            CertificateError::InvalidAggregate {
                signers: self.signatures.len(),
                source,
            }
        })?;
        Ok(self
            .statement
            .certify(&self.validators, self.signers.clone(), signature))
    }
}
