//! A quorum's aggregate signature, which all certificates have.

use blst::{BLST_ERROR, blst_scalar, min_pk};

use super::{BatchError, CertificateError};
use crate::hashing::{tag, tagged_hash};
use crate::keys::SIGNATURE_SUITE;
use crate::{Signature, SignatureError, SignerBitmap, SigningMessage, ValidatorSet};

/// Bits of the random coefficients that keep invalid certificates of a batch from cancelling.
const COEFFICIENT_BITS: usize = 128;

/// The claim that a quorum of a set signed a message.
pub(super) struct Claim<'a> {
    pub(super) message: SigningMessage,
    pub(super) signers: &'a SignerBitmap,
    pub(super) signature: &'a Signature,
    pub(super) validators: &'a ValidatorSet,
}

/// A claim whose quorum holds and whose points are in their subgroups; its pairing is open.
struct Checked {
    message: SigningMessage,
    signers: usize,
    key: min_pk::PublicKey,
    signature: min_pk::Signature,
    signature_bytes: [u8; 96],
}

impl Claim<'_> {
    pub(super) fn verify(&self) -> Result<(), CertificateError> {
        self.check()?.verify_pairing()
    }

    /// Everything but the pairing: sizes, stake, points.
    fn check(&self) -> Result<Checked, CertificateError> {
        let (expected, actual) = (self.validators.len(), self.signers.validators());
        if expected != actual {
            return Err(CertificateError::WrongSetSize { expected, actual });
        }
        let signed = self.validators.stake_of(self.signers);
        if !self.validators.has_quorum(signed) {
            let total = self.validators.total_stake();
            return Err(CertificateError::NotEnoughStake { signed, total });
        }
        let invalid = |source| CertificateError::InvalidAggregate {
            signers: self.signers.count(),
            source,
        };
        let signature = self.signature.point().map_err(invalid)?;
        let keys: Vec<&min_pk::PublicKey> = self
            .signers
            .iter()
            .filter_map(|index| self.validators.get(index))
            .map(|validator| validator.public_key.point())
            .collect();
        let key = min_pk::AggregatePublicKey::aggregate(&keys, false)
            .map_err(|error| invalid(SignatureError::from_blst(error, self.signature.as_bytes())))?
            .to_public_key();
        Ok(Checked {
            message: self.message,
            signers: keys.len(),
            key,
            signature,
            signature_bytes: *self.signature.as_bytes(),
        })
    }
}

impl Checked {
    fn verify_pairing(&self) -> Result<(), CertificateError> {
        let message = self.message.as_bytes();
        match self
            .signature
            .verify(false, message, SIGNATURE_SUITE, &[], &self.key, false)
        {
            BLST_ERROR::BLST_SUCCESS => Ok(()),
            error => Err(CertificateError::InvalidAggregate {
                signers: self.signers,
                source: SignatureError::from_blst(error, &self.signature_bytes),
            }),
        }
    }
}

/// Verifies many claims with one final exponentiation; on failure, finds the first that is wrong.
pub(super) fn verify_all(claims: &[Claim<'_>]) -> Result<(), BatchError> {
    let at = |position| move |source| BatchError { position, source };
    let checked: Vec<Checked> = claims
        .iter()
        .enumerate()
        .map(|(position, claim)| claim.check().map_err(at(position)))
        .collect::<Result<_, _>>()?;
    if checked.len() > 1 && holds_together(&checked) {
        return Ok(());
    }
    checked
        .iter()
        .enumerate()
        .try_for_each(|(position, claim)| claim.verify_pairing().map_err(at(position)))
}

/// The coefficient of each claim, of which [`COEFFICIENT_BITS`] count.
///
/// They are hashes of the whole batch, so the makers of the certificates cannot know them before
/// the certificates are fixed. A batch with an invalid one passes with probability 2^-127.
fn coefficients(checked: &[Checked]) -> Vec<blst_scalar> {
    let mut transcript = Vec::with_capacity(checked.len() * (32 + 48 + 96));
    for claim in checked {
        transcript.extend_from_slice(claim.message.as_bytes());
        transcript.extend_from_slice(&claim.key.to_bytes());
        transcript.extend_from_slice(&claim.signature_bytes);
    }
    let seed = tagged_hash(tag::BATCH_VERIFY, &[&transcript]);
    (0u64..)
        .take(checked.len())
        .map(|position| {
            let parts: [&[u8]; 2] = [seed.as_bytes(), &position.to_le_bytes()];
            let mut scalar = blst_scalar {
                b: *tagged_hash(tag::BATCH_VERIFY, &parts).as_bytes(),
            };
            // A coefficient of zero would drop its claim from the equation.
            scalar.b[0] |= 1;
            scalar
        })
        .collect()
}

/// One equation for all claims, each raised to its own coefficient.
fn holds_together(checked: &[Checked]) -> bool {
    let coefficients = coefficients(checked);
    let messages: Vec<&[u8]> = checked
        .iter()
        .map(|claim| claim.message.as_bytes().as_slice())
        .collect();
    let keys: Vec<&min_pk::PublicKey> = checked.iter().map(|claim| &claim.key).collect();
    let signatures: Vec<&min_pk::Signature> =
        checked.iter().map(|claim| &claim.signature).collect();
    let outcome = min_pk::Signature::verify_multiple_aggregate_signatures(
        &messages,
        SIGNATURE_SUITE,
        &keys,
        false,
        &signatures,
        false,
        &coefficients,
        COEFFICIENT_BITS,
    );
    outcome == BLST_ERROR::BLST_SUCCESS
}

/// Adds signatures that have been verified one by one.
pub(super) fn aggregate(signatures: &[min_pk::Signature]) -> Result<Signature, SignatureError> {
    let points: Vec<&min_pk::Signature> = signatures.iter().collect();
    min_pk::AggregateSignature::aggregate(&points, false)
        .map(|sum| Signature::from_bytes(sum.to_signature().to_bytes()))
        .map_err(|error| SignatureError::from_blst(error, &[0; 96]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::SecretKey;

    /// The order of the group, big-endian.
    const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

    fn checked(key: &SecretKey, message: [u8; 32]) -> Checked {
        let message = SigningMessage::from_bytes(message);
        let signature = key.sign(&message);
        Checked {
            message,
            signers: 1,
            key: *key.public_key().point(),
            signature: signature.point().unwrap(),
            signature_bytes: *signature.as_bytes(),
        }
    }

    /// The part of a coefficient that counts, big-endian.
    fn big_endian(coefficient: &blst_scalar) -> [u8; 32] {
        let mut bytes = [0; 32];
        let used = COEFFICIENT_BITS / 8;
        bytes[32 - used..].copy_from_slice(&coefficient.b[..used]);
        bytes[32 - used..].reverse();
        bytes
    }

    /// The order less an integer below it.
    fn negated(integer: [u8; 32]) -> [u8; 32] {
        let mut bytes: [u8; 32] = hex::decode(ORDER).unwrap().try_into().unwrap();
        let mut borrow = false;
        for (byte, less) in bytes.iter_mut().zip(integer).rev() {
            let (difference, first) = byte.overflowing_sub(less);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            (*byte, borrow) = (difference, first || second);
        }
        bytes
    }

    /// Adds a multiple of some point to the claim's signature.
    fn shift(claim: &mut Checked, multiple: &[u8; 32]) {
        let point = SigningMessage::from_bytes([9; 32]);
        let added = SecretKey::from_bytes(multiple).unwrap().sign(&point);
        let moved = aggregate(&[claim.signature, added.point().unwrap()]).unwrap();
        claim.signature = moved.point().unwrap();
        claim.signature_bytes = *moved.as_bytes();
    }

    /// The makers of the signatures know the coefficients of the honest batch, under which the errors
    /// cancel: the batch would pass if the coefficients did not bind the signatures.
    #[test]
    fn signatures_made_for_known_coefficients_are_refused() {
        let keys = [1, 2].map(|seed| SecretKey::generate(&[seed; 32]));
        let mut claims = [checked(&keys[0], [1; 32]), checked(&keys[1], [2; 32])];
        assert!(holds_together(&claims));
        let known = coefficients(&claims);
        shift(&mut claims[0], &big_endian(&known[1]));
        shift(&mut claims[1], &negated(big_endian(&known[0])));
        assert!(claims.iter().all(|claim| claim.verify_pairing().is_err()));
        assert!(!holds_together(&claims));
    }
}
