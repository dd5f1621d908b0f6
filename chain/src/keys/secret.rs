//! Secret keys.

use std::fmt;

use blst::min_pk;
use zeroize::Zeroizing;

use super::{KeyError, POSSESSION_SUITE, ProofOfPossession, PublicKey, SIGNATURE_SUITE, Signature};
use crate::SigningMessage;

/// A validator's secret key; it is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct SecretKey(min_pk::SecretKey);

impl SecretKey {
    /// Derives a key from 32 secret bytes of full entropy, as KeyGen of the BLS draft does.
    ///
    /// The same bytes give the same key.
    ///
    /// # Panics
    /// Never: the derivation fails only for less than 32 bytes.
    #[must_use]
    pub fn generate(key_material: &[u8; 32]) -> Self {
        Self(
            min_pk::SecretKey::key_gen(key_material, &[])
                .expect("32 bytes are enough key material"),
        )
    }

    /// Reads a big-endian scalar.
    ///
    /// # Errors
    /// [`KeyError::SecretOutOfRange`] if it is zero or not below the group's order (fault: local).
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        min_pk::SecretKey::from_bytes(bytes)
            .map(Self)
            .map_err(|_| KeyError::SecretOutOfRange)
    }

    /// The big-endian scalar, wiped from memory when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_point(self.0.sk_to_pk())
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &SigningMessage) -> Signature {
        Signature::from_bytes(
            self.0
                .sign(message.as_bytes(), SIGNATURE_SUITE, &[])
                .to_bytes(),
        )
    }

    /// Proves that the registrant of the public key has this secret key.
    #[must_use]
    pub fn prove_possession(&self) -> ProofOfPossession {
        let message = self.public_key();
        let proof = self.0.sign(message.as_bytes(), POSSESSION_SUITE, &[]);
        ProofOfPossession::from_bytes(proof.to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}
