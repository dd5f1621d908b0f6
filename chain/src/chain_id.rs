//! The name of a chain, which every signed message binds.

use std::fmt;
use std::str::FromStr;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Fault;

use crate::codec::refused;
use crate::hex_text::serde_as_text;

/// The most characters that a chain id has.
pub const MAX_CHAIN_ID_BYTES: usize = 32;

/// The name of a chain: 1 to 32 of the characters `a-z`, `0-9` and `-`.
///
/// On the wire it is 32 bytes, zero padded, so that a header has a fixed layout.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct ChainId([u8; MAX_CHAIN_ID_BYTES]);

/// Why a text or 32 bytes are not a chain id (fault: caller).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainIdError {
    /// No character.
    #[error("a chain id is empty, it takes 1 to {MAX_CHAIN_ID_BYTES} characters")]
    Empty,
    /// Too many characters.
    #[error("a chain id has {len} bytes, the limit is {MAX_CHAIN_ID_BYTES}")]
    TooLong {
        /// The bytes found.
        len: usize,
    },
    /// A byte outside `a-z`, `0-9`, `-`; in the wire form also anything after the first zero.
    #[error("a chain id has byte {byte:#04x} at {position}, it takes a-z, 0-9 and -")]
    BadByte {
        /// The byte.
        byte: u8,
        /// Its position.
        position: usize,
    },
}

impl ChainIdError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

impl ChainId {
    /// Reads the zero-padded wire form.
    ///
    /// # Errors
    /// [`ChainIdError`] if the name is empty or has a byte that is not allowed (fault: caller).
    pub fn from_bytes(bytes: [u8; MAX_CHAIN_ID_BYTES]) -> Result<Self, ChainIdError> {
        let len = bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        if len == 0 {
            return Err(ChainIdError::Empty);
        }
        let allowed = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        match bytes[..len].iter().position(|byte| !allowed(byte)) {
            Some(position) => Err(ChainIdError::BadByte {
                byte: bytes[position],
                position,
            }),
            None => Ok(Self(bytes)),
        }
    }

    /// The 32 bytes of the wire form.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; MAX_CHAIN_ID_BYTES] {
        &self.0
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self
            .0
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(MAX_CHAIN_ID_BYTES);
        std::str::from_utf8(&self.0[..len]).expect("the constructor admits ASCII only")
    }
}

impl FromStr for ChainId {
    type Err = ChainIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let len = text.len();
        if len > MAX_CHAIN_ID_BYTES {
            return Err(ChainIdError::TooLong { len });
        }
        // A zero byte at the end of the text would vanish in the padding.
        if let Some(position) = text.bytes().position(|byte| byte == 0) {
            return Err(ChainIdError::BadByte { byte: 0, position });
        }
        let mut bytes = [0u8; MAX_CHAIN_ID_BYTES];
        bytes[..len].copy_from_slice(text.as_bytes());
        Self::from_bytes(bytes)
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl BorshDeserialize for ChainId {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::from_bytes(BorshDeserialize::deserialize_reader(reader)?).map_err(refused)
    }
}

serde_as_text!(ChainId);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_round_trip_and_bad_ones_name_the_byte() {
        let longest = "a".repeat(MAX_CHAIN_ID_BYTES);
        for name in ["weft-devnet-1", "0", longest.as_str()] {
            assert_eq!(name.parse::<ChainId>().unwrap().to_string(), name);
        }
        assert_eq!("".parse::<ChainId>(), Err(ChainIdError::Empty));
        assert_eq!(
            "a".repeat(33).parse::<ChainId>(),
            Err(ChainIdError::TooLong { len: 33 })
        );
        let bad = |byte, position| Err(ChainIdError::BadByte { byte, position });
        assert_eq!("weft_1".parse::<ChainId>(), bad(b'_', 4));
        assert_eq!("Weft".parse::<ChainId>(), bad(b'W', 0));
        assert_eq!("weft\0".parse::<ChainId>(), bad(0, 4));
    }

    #[test]
    fn the_wire_form_has_no_byte_after_the_padding() {
        let mut bytes = *"weft".parse::<ChainId>().unwrap().as_bytes();
        bytes[31] = b'x';
        assert_eq!(
            ChainId::from_bytes(bytes),
            Err(ChainIdError::BadByte {
                byte: 0,
                position: 4
            })
        );
        assert_eq!(ChainId::from_bytes([0; 32]), Err(ChainIdError::Empty));
    }
}
