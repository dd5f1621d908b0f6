//! How consensus names a validator.

use std::fmt;

use arc_malachitebft_app::types::core::Address;
use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::PublicKey;

/// A validator's name in consensus messages: the 48 bytes of its public key.
///
/// Bytes and no checked key, because every vote carries one: a name of no validator is refused by
/// the look-up in the set, which costs nothing, where checking the point would cost a tenth of a
/// signature verification for every message of a stranger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub(crate) struct ValidatorAddress([u8; 48]);

impl ValidatorAddress {
    /// The name that these bytes are.
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
