//! Update certificates: validators approved the set that comes after theirs.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use weft_encoding::Digest;

use super::aggregate::Claim;
use super::builder::sealed::Sealed;
use super::{CertificateBuilder, CertificateError, Statement};
use crate::codec::Canonical;
use crate::hashing::tag;
use crate::{ChainId, Signature, SignerBitmap, SigningMessage, ValidatorSet};

/// Validators with more than two thirds of the stake approved an update of their set.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateCertificate {
    /// The update.
    pub update_id: Digest,
    /// Who signed, of the set that is replaced.
    pub signers: SignerBitmap,
    /// The sum of their signatures.
    pub signature: Signature,
}

/// What an update certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateStatement {
    /// The update.
    pub update_id: Digest,
}

/// What a validator signs when it approves an update of the set it is in.
///
/// The replaced set's root is in the message, though the update binds it too, so that a certificate
/// does not verify under another set even where only the update's id is at hand.
#[must_use]
pub fn update_message(
    chain_id: &ChainId,
    update_id: &Digest,
    validator_set_root: &Digest,
) -> SigningMessage {
    SigningMessage::new(
        tag::UPDATE_APPROVAL,
        chain_id,
        &[update_id.as_bytes(), validator_set_root.as_bytes()],
    )
}

impl Sealed for UpdateStatement {}

impl Statement for UpdateStatement {
    type Certificate = UpdateCertificate;

    fn message(&self, chain_id: &ChainId, validators: &ValidatorSet) -> SigningMessage {
        update_message(chain_id, &self.update_id, &validators.root())
    }

    fn certify(
        &self,
        _validators: &ValidatorSet,
        signers: SignerBitmap,
        signature: Signature,
    ) -> UpdateCertificate {
        UpdateCertificate {
            update_id: self.update_id,
            signers,
            signature,
        }
    }
}

impl CertificateBuilder<UpdateStatement> {
    /// Starts an update certificate; `validators` is the set that the update replaces.
    #[must_use]
    pub fn update(chain_id: &ChainId, update_id: Digest, validators: &ValidatorSet) -> Self {
        Self::new(chain_id, validators, UpdateStatement { update_id })
    }
}

impl UpdateCertificate {
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
            message: update_message(chain_id, &self.update_id, &validators.root()),
            signers: &self.signers,
            signature: &self.signature,
            validators,
        }
        .verify()
    }
}

impl Canonical for UpdateCertificate {
    const NAME: &'static str = "an update certificate";
    const MAX_BYTES: usize = 32 + SignerBitmap::MAX_ENCODED_BYTES + 96;
}
