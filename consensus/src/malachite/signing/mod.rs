//! Signatures of consensus: one BLS key per validator, one domain tag per kind of message.
//!
//! - `preimage`: what is signed.
//! - `verified`: a cache of verified signatures.
//! - [`WeftSigner`], [`WeftVerifier`]: Malachite's traits for signing and verifying.
//!
//! A pairing takes about a millisecond, so both run on the blocking pool. A signature that does not
//! parse counts as invalid.

pub(super) mod preimage;
mod signer;
mod verified;
mod verifier;

#[cfg(test)]
mod tests;

pub(super) use signer::WeftSigner;
pub(super) use verified::VerifiedSignatures;
pub(super) use verifier::WeftVerifier;
