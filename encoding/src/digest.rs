//! SHA-256 digests.

use crate::hex_text::hex_text;

/// A SHA-256 digest: of a cell, a column, or a set of columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "borsh",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The all-zero digest, which has no known preimage.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

hex_text!(Digest, "a digest");

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
