//! Signatures of consensus: one BLS key a validator, one domain tag a kind of message.
//!
//! - `preimage`: what is signed.
//! - `verified`: a memory of signatures that have been verified.
//! - [`WeftSigner`], [`WeftVerifier`]: what Malachite is given.
//!
//! A pairing takes about a millisecond, so both hand the work to the blocking pool. A signature
//! that does not parse is an invalid signature and nothing else.

pub(super) mod preimage;
mod signer;
mod verified;
mod verifier;

#[cfg(test)]
mod tests;

pub(super) use signer::WeftSigner;
pub(super) use verified::VerifiedSignatures;
pub(super) use verifier::WeftVerifier;
