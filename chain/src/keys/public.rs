//! Public keys, checked when they are made.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use blst::min_pk;
use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::bytes_from_hex;

use super::KeyError;
use crate::codec::refused;
use crate::hex_text::{hex_display, serde_as_text};

/// A validator's public key: a point of G1's subgroup that is not infinity.
///
/// 48 bytes compressed. Every way to make one checks curve and subgroup, which costs about as much
/// as a tenth of a signature verification.
#[derive(Clone, Copy)]
pub struct PublicKey {
    bytes: [u8; 48],
    point: min_pk::PublicKey,
}

impl PublicKey {
    /// Reads and checks a compressed point.
    ///
    /// # Errors
    /// [`KeyError`] if the encoding is not canonical, the point is off the curve, outside the
    /// subgroup, or infinity (fault: peer).
    pub fn from_bytes(bytes: &[u8; 48]) -> Result<Self, KeyError> {
        let point = min_pk::PublicKey::key_validate(bytes)
            .map_err(|error| KeyError::from_blst(error, bytes))?;
        Ok(Self {
            bytes: *bytes,
            point,
        })
    }

    /// The compressed point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 48] {
        &self.bytes
    }

    pub(super) fn from_point(point: min_pk::PublicKey) -> Self {
        Self {
            bytes: point.to_bytes(),
            point,
        }
    }

    pub(crate) const fn point(&self) -> &min_pk::PublicKey {
        &self.point
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(&bytes_from_hex("a public key", text)?)
    }
}

impl BorshSerialize for PublicKey {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.bytes.serialize(writer)
    }
}

impl BorshDeserialize for PublicKey {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::from_bytes(&BorshDeserialize::deserialize_reader(reader)?).map_err(refused)
    }
}

hex_display!(PublicKey);
serde_as_text!(PublicKey);
