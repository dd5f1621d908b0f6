//! Namespaces.

use std::str::FromStr;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{Fault, NAMESPACE_BYTES};

use crate::codec::refused;
use crate::hex_text::{hex_display, serde_as_text};

/// The bytes after the version byte.
const ID_BYTES: usize = NAMESPACE_BYTES - 1;

/// The one version there is.
const VERSION: u8 = 0;

/// A namespace: one version byte and 28 bytes of id, the 29-byte form that Celestia uses.
///
/// The version is 0, so the 29 bytes of 0xff, which namespaced Merkle trees reserve, are not a
/// namespace. The text form is 58 hex digits; a shorter text of an even number of digits is the
/// end of the id, left-padded with zeros under version 0.
///
/// Unlike Celestia's version 0, which leaves 10 of the 28 bytes to users, all 28 are free here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Namespace([u8; NAMESPACE_BYTES]);

/// Why a text or 29 bytes are not a namespace (fault: caller).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// Another number of hex digits than either form takes.
    #[error(
        "a namespace has {digits} characters, it takes an even number of hex digits from 2 to 58"
    )]
    WrongLength {
        /// The characters found.
        digits: usize,
    },
    /// A character that is not a hex digit.
    #[error("namespace {text:?} is not hex: {source}")]
    NotHex {
        /// The text, which has at most 58 bytes.
        text: String,
        /// The character and its position.
        source: hex::FromHexError,
    },
    /// Another version than 0.
    #[error("a namespace has version {version}, only version {VERSION} is known")]
    UnknownVersion {
        /// The version byte.
        version: u8,
    },
    /// The 29 bytes of 0xff.
    #[error("the namespace of 29 bytes 0xff is reserved")]
    Reserved,
}

impl NamespaceError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

impl Namespace {
    /// Reads the 29-byte form.
    ///
    /// # Errors
    /// [`NamespaceError`] if the version is unknown or the namespace reserved (fault: caller).
    pub fn from_bytes(bytes: [u8; NAMESPACE_BYTES]) -> Result<Self, NamespaceError> {
        match bytes {
            [0xff, ref id @ ..] if id == &[0xff; ID_BYTES] => Err(NamespaceError::Reserved),
            [VERSION, ..] => Ok(Self(bytes)),
            [version, ..] => Err(NamespaceError::UnknownVersion { version }),
        }
    }

    /// The namespace of version 0 with this id.
    #[must_use]
    pub fn from_id(id: [u8; ID_BYTES]) -> Self {
        let mut bytes = [VERSION; NAMESPACE_BYTES];
        bytes[1..].copy_from_slice(&id);
        Self(bytes)
    }

    /// The 29 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; NAMESPACE_BYTES] {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len();
        if digits == 0 || digits > 2 * NAMESPACE_BYTES || !digits.is_multiple_of(2) {
            return Err(NamespaceError::WrongLength { digits });
        }
        let mut bytes = [0u8; NAMESPACE_BYTES];
        hex::decode_to_slice(text, &mut bytes[NAMESPACE_BYTES - digits / 2..]).map_err(
            |source| NamespaceError::NotHex {
                text: text.to_owned(),
                source,
            },
        )?;
        Self::from_bytes(bytes)
    }
}

impl BorshDeserialize for Namespace {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::from_bytes(BorshDeserialize::deserialize_reader(reader)?).map_err(refused)
    }
}

hex_display!(Namespace);
serde_as_text!(Namespace);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn short_texts_are_left_padded_under_version_zero() {
        let full = format!("{}c0ffee", "00".repeat(26));
        let namespace: Namespace = "c0ffee".parse().unwrap();
        assert_eq!(namespace.to_string(), full);
        assert_eq!(full.parse::<Namespace>().unwrap(), namespace);
        assert_eq!("C0FFEE".parse::<Namespace>().unwrap(), namespace);
        assert_eq!(
            "ff".repeat(28).parse::<Namespace>().unwrap().as_bytes()[..2],
            [0, 0xff]
        );
    }

    #[test]
    fn bad_texts_are_refused_by_name() {
        for (text, digits) in [
            ("", 0),
            ("abc", 3),
            (&"0".repeat(57), 57),
            (&"0".repeat(60), 60),
        ] {
            assert_eq!(
                text.parse::<Namespace>(),
                Err(NamespaceError::WrongLength { digits })
            );
        }
        assert!(matches!(
            "zz".parse::<Namespace>(),
            Err(NamespaceError::NotHex { .. })
        ));
        assert!(matches!(
            "0xab".parse::<Namespace>(),
            Err(NamespaceError::NotHex { .. })
        ));
        assert!(matches!(
            "é".parse::<Namespace>(),
            Err(NamespaceError::NotHex { .. })
        ));
        let version_one = format!("01{}", "00".repeat(28));
        assert_eq!(
            version_one.parse::<Namespace>(),
            Err(NamespaceError::UnknownVersion { version: 1 })
        );
        assert_eq!(
            "ff".repeat(29).parse::<Namespace>(),
            Err(NamespaceError::Reserved)
        );
    }
}
