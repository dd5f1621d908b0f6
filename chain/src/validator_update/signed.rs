//! An update with its certificate, before and after verification.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{MAX_UPDATE_BYTES, ValidatorUpdate, ValidatorUpdateError};
use crate::codec::Canonical;
use crate::{ChainId, Height, UpdateCertificate, ValidatorSet};

/// An update with the certificate that the replaced set approves it; not verified.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedValidatorUpdate {
    /// The update.
    pub update: ValidatorUpdate,
    /// The certificate.
    pub certificate: UpdateCertificate,
}

impl SignedValidatorUpdate {
    /// Checks the update's limits and that the certificate names it; no proofs and no signatures.
    ///
    /// # Errors
    /// [`ValidatorUpdateError`] (fault: peer).
    pub fn validate(&self) -> Result<(), ValidatorUpdateError> {
        self.update.validate()?;
        let (expected, actual) = (self.update.id(), self.certificate.update_id);
        if expected != actual {
            return Err(ValidatorUpdateError::WrongUpdate { expected, actual });
        }
        Ok(())
    }

    /// Verifies that more than two thirds of the stake of `current` approved this update of it, and
    /// that the next validators make a set.
    ///
    /// Costs two pairings, and only if they succeed a signature verification for each of the next
    /// validators. [`VerifiedUpdate::check_height`] says whether a block may include it.
    ///
    /// # Errors
    /// [`ValidatorUpdateError`] if the update is of another chain or replaces another set, breaks a
    /// limit, is not approved, or its validators make no set (fault: peer).
    pub fn verify(
        &self,
        chain_id: &ChainId,
        current: &ValidatorSet,
    ) -> Result<VerifiedUpdate, ValidatorUpdateError> {
        self.update.check_origin(chain_id, &current.root())?;
        self.validate()?;
        self.certificate.verify(chain_id, current)?;
        Ok(VerifiedUpdate {
            set: self.update.validator_set()?,
            signed: self.clone(),
        })
    }
}

impl Canonical for SignedValidatorUpdate {
    const NAME: &'static str = "a signed validator update";
    const MAX_BYTES: usize = MAX_UPDATE_BYTES + UpdateCertificate::MAX_BYTES;
}

/// An update that the replaced set approved: only [`SignedValidatorUpdate::verify`] makes one, and
/// nothing decodes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedUpdate {
    set: ValidatorSet,
    signed: SignedValidatorUpdate,
}

impl VerifiedUpdate {
    /// The next set.
    #[must_use]
    pub fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The first height of the next set.
    #[must_use]
    pub fn first_height(&self) -> Height {
        self.signed.update.first_height
    }

    /// Checks that the block at `included_at` may include the update.
    ///
    /// # Errors
    /// [`ValidatorUpdateError::Height`] (fault: peer).
    pub fn check_height(&self, included_at: Height) -> Result<(), ValidatorUpdateError> {
        self.signed.update.check_height(included_at)
    }

    /// Update and certificate, to be stored or sent.
    #[must_use]
    pub fn signed(&self) -> &SignedValidatorUpdate {
        &self.signed
    }

    /// Update and certificate, to be stored or sent.
    #[must_use]
    pub fn into_signed(self) -> SignedValidatorUpdate {
        self.signed
    }
}
