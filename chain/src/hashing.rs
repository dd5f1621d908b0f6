//! Domain-separated SHA-256, and the messages that validators sign.

use sha2::{Digest as _, Sha256};
use weft_encoding::Digest;

use crate::ChainId;

/// Domain tags, one for each kind of hash and of signed message.
pub(crate) mod tag {
    pub(crate) const BLOB: &str = "weft/blob/1";
    pub(crate) const HEADER: &str = "weft/header/1";
    pub(crate) const NAMESPACES: &str = "weft/namespaces/1";
    pub(crate) const VALIDATOR_SET: &str = "weft/validator-set/1";
    pub(crate) const GENESIS: &str = "weft/genesis/1";
    pub(crate) const AVAILABILITY: &str = "weft/availability/1";
    pub(crate) const FINALITY: &str = "weft/finality/2";
    pub(crate) const VALIDATOR_UPDATE: &str = "weft/validator-update/1";
    pub(crate) const UPDATE_APPROVAL: &str = "weft/update-approval/1";
    pub(crate) const BODY_UPDATE: &str = "weft/body-update/1";
    pub(crate) const BATCH_VERIFY: &str = "weft/batch-verify/1";
}

/// Hashes `parts`, one after another, under a domain tag: SHA-256 of one byte that holds the tag's
/// length, the tag, and the parts.
///
/// The length byte keeps any tag from being a prefix of another. The parts are not delimited: give parts
/// of fixed length, or a canonical encoding.
///
/// # Panics
/// If the tag is longer than 255 bytes; tags are constants of the program.
#[must_use]
pub fn tagged_hash(tag: &str, parts: &[&[u8]]) -> Digest {
    let tag_len = u8::try_from(tag.len()).expect("a domain tag has at most 255 bytes");
    let mut hasher = Sha256::new();
    hasher.update([tag_len]);
    hasher.update(tag.as_bytes());
    for part in parts {
        hasher.update(part);
    }
    Digest::from_bytes(hasher.finalize().into())
}

/// What a validator signs: 32 bytes that bind a domain tag, the chain and the content.
///
/// A secret key signs nothing else, so a signature is valid on one chain and for one kind of statement
/// only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SigningMessage(Digest);

impl SigningMessage {
    /// Binds `parts` under `tag` to `chain_id`. The rules of [`tagged_hash`] apply to the parts.
    #[must_use]
    pub fn new(tag: &str, chain_id: &ChainId, parts: &[&[u8]]) -> Self {
        let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
        all.push(chain_id.as_bytes());
        all.extend_from_slice(parts);
        Self(tagged_hash(tag, &all))
    }

    #[cfg(test)]
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The 32 bytes that go into the signature scheme.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}
