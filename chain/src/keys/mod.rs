//! BLS12-381 keys and signatures: public keys in G1 (48 bytes), signatures in G2 (96 bytes), with
//! the proof-of-possession ciphersuites that Ethereum's consensus uses.
//!
//! Source: draft-irtf-cfrg-bls-signature-05, sections 3.3 and 4.2.3. The curve is `blst`'s.

mod error;
mod public;
mod secret;
mod signature;

pub use error::{KeyError, SignatureError};
pub use public::PublicKey;
pub use secret::SecretKey;
pub use signature::{ProofOfPossession, Signature};

/// Ciphersuite of signatures over a [`SigningMessage`](crate::SigningMessage).
pub(crate) const SIGNATURE_SUITE: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// Ciphersuite of proofs of possession; its message is the compressed public key.
pub(crate) const POSSESSION_SUITE: &[u8] = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

#[cfg(test)]
mod tests;
