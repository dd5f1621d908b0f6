//! How consensus names a validator.

use std::fmt;

use arc_malachitebft_app::types::core::Address;
use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::PublicKey;

/// A validator's name in consensus messages: the 48 bytes of its public key.
///
/// Unchecked bytes, because every vote carries them. The look-up in the set refuses an unknown
/// validator at no cost; checking the point would cost a tenth of a signature verification for
/// every untrusted message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub(crate) struct ValidatorAddress([u8; 48]);

impl ValidatorAddress {
    /// The address with these bytes.
    #[must_use]
    pub(crate) const fn from_bytes(bytes: [u8; 48]) -> Self {
        Self(bytes)
    }

    /// The 48 bytes.
    #[must_use]
    pub(crate) const fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }
}

impl From<&PublicKey> for ValidatorAddress {
    fn from(key: &PublicKey) -> Self {
        Self(*key.as_bytes())
    }
}

impl fmt::Display for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0[..6]))
    }
}

impl Address for ValidatorAddress {}
