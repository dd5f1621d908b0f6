//! Signatures and proofs of possession: bytes until they are verified.

use std::str::FromStr;

use blst::{BLST_ERROR, min_pk};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{HexError, bytes_from_hex};

use super::{POSSESSION_SUITE, PublicKey, SIGNATURE_SUITE, SignatureError};
use crate::SigningMessage;
use crate::hex_text::{hex_display, serde_as_text};

/// A signature or an aggregate of signatures: a compressed point of G2, 96 bytes.
///
/// Decoding takes any 96 bytes; verification refuses what is not a point of the subgroup.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature([u8; 96]);

/// A validator's proof that it has the secret key of the public key it registers.
///
/// Without it a validator could register a key that cancels another one in an aggregate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ProofOfPossession([u8; 96]);

impl Signature {
    /// The signature with these bytes, not checked.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 96]) -> Self {
        Self(bytes)
    }

    /// The compressed point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 96] {
        &self.0
    }

    /// Verifies one validator's signature. Costs two pairings, about a millisecond.
    ///
    /// # Errors
    /// [`SignatureError`] (fault: peer).
    pub fn verify(&self, message: &SigningMessage, key: &PublicKey) -> Result<(), SignatureError> {
        verify(&self.0, message.as_bytes(), SIGNATURE_SUITE, key.point())
    }

    /// Checks that this is a point of the subgroup and not infinity.
    pub(crate) fn point(&self) -> Result<min_pk::Signature, SignatureError> {
        point(&self.0)
    }
}

impl ProofOfPossession {
    /// The proof with these bytes, not checked.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 96]) -> Self {
        Self(bytes)
    }

    /// The compressed point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 96] {
        &self.0
    }

    /// Verifies the proof for a public key. Costs two pairings, about a millisecond.
    ///
    /// # Errors
    /// [`SignatureError`] (fault: peer).
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        verify(&self.0, key.as_bytes(), POSSESSION_SUITE, key.point())
    }
}

fn point(bytes: &[u8; 96]) -> Result<min_pk::Signature, SignatureError> {
    min_pk::Signature::sig_validate(bytes, true)
        .map_err(|error| SignatureError::from_blst(error, bytes))
}

fn verify(
    bytes: &[u8; 96],
    message: &[u8],
    suite: &[u8],
    key: &min_pk::PublicKey,
) -> Result<(), SignatureError> {
    // Both points have been checked for the subgroup: the key when it was made, the signature here.
    match point(bytes)?.verify(false, message, suite, &[], key, false) {
        BLST_ERROR::BLST_SUCCESS => Ok(()),
        error => Err(SignatureError::from_blst(error, bytes)),
    }
}

impl FromStr for Signature {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_from_hex("a signature", text).map(Self)
    }
}

impl FromStr for ProofOfPossession {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_from_hex("a proof of possession", text).map(Self)
    }
}

hex_display!(Signature);
hex_display!(ProofOfPossession);
serde_as_text!(Signature);
serde_as_text!(ProofOfPossession);
