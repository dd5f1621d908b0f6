//! The canonical wire encoding: borsh, strict and bounded.

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Fault;

/// Why bytes are not the canonical encoding of a value (fault: peer).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than any value of the type takes.
    #[error("{what} is {len} bytes, the limit is {max}")]
    TooLarge {
        /// The type.
        what: &'static str,
        /// The bytes given.
        len: usize,
        /// The most that a value takes.
        max: usize,
    },
    /// The text form is not hex.
    #[error("{what} is not hex: {source}")]
    NotHex {
        /// The type.
        what: &'static str,
        /// The character and its position, or the odd length.
        source: hex::FromHexError,
    },
    /// Truncated, followed by other bytes, or not canonical.
    #[error("{what} of {len} bytes does not decode: {source}")]
    Malformed {
        /// The type.
        what: &'static str,
        /// The bytes given.
        len: usize,
        /// What was wrong, and where known the value and the limit.
        source: Error,
    },
}

impl DecodeError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// A value with one canonical encoding that is hashed, signed, stored and sent.
///
/// Decoding accepts exactly what encoding gives: no trailing bytes, no second form of a value, and
/// no vector above its limit, whose length is checked before anything is allocated for it.
pub trait Canonical: BorshSerialize + BorshDeserialize {
    /// The name in errors.
    const NAME: &'static str;
    /// The most bytes that an encoding takes.
    const MAX_BYTES: usize;

    /// The canonical encoding.
    fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to a vector does not fail")
    }

    /// Reads a value back from all of `bytes`.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not the canonical encoding of a value (fault: peer).
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (what, len) = (Self::NAME, bytes.len());
        if len > Self::MAX_BYTES {
            return Err(DecodeError::TooLarge {
                what,
                len,
                max: Self::MAX_BYTES,
            });
        }
        borsh::from_slice(bytes).map_err(|source| DecodeError::Malformed { what, len, source })
    }

    /// The canonical encoding in lower-case hex, as JSON carries it.
    fn encode_hex(&self) -> String {
        hex::encode(self.encode())
    }

    /// Reads a value back from hex digits of either case.
    ///
    /// # Errors
    /// [`DecodeError`] if the text is not the hex of a canonical encoding (fault: peer).
    fn decode_hex(text: &str) -> Result<Self, DecodeError> {
        let (what, len) = (Self::NAME, text.len() / 2);
        if len > Self::MAX_BYTES {
            return Err(DecodeError::TooLarge {
                what,
                len,
                max: Self::MAX_BYTES,
            });
        }
        let bytes = hex::decode(text).map_err(|source| DecodeError::NotHex { what, source })?;
        Self::decode(&bytes)
    }
}

/// The error that a decoder returns for a value it refuses.
pub(crate) fn refused(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}

/// Writes a vector as borsh does: the length in four bytes, then the items.
pub(crate) fn write_vec<T: BorshSerialize, W: Write>(items: &[T], writer: &mut W) -> IoResult<()> {
    let len = u32::try_from(items.len()).map_err(|_| refused("a vector of 2^32 items or more"))?;
    len.serialize(writer)?;
    items.iter().try_for_each(|item| item.serialize(writer))
}

/// Reads a text of at most `max` bytes; its length is checked before any of it is read.
pub(crate) fn read_text<R: Read>(what: &str, max: usize, reader: &mut R) -> IoResult<String> {
    let len = u32::deserialize_reader(reader)?;
    let count = usize::try_from(len).unwrap_or(usize::MAX);
    if count > max {
        return Err(refused(format!(
            "{what} of {len} bytes, the limit is {max}"
        )));
    }
    let mut bytes = vec![0; count];
    reader.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(refused)
}

/// Reads a vector whose length is within `limits`.
pub(crate) fn read_vec<T: BorshDeserialize, R: Read>(
    what: &str,
    limits: std::ops::RangeInclusive<usize>,
    reader: &mut R,
) -> IoResult<Vec<T>> {
    let len = u32::deserialize_reader(reader)?;
    let count = usize::try_from(len).unwrap_or(usize::MAX);
    if !limits.contains(&count) {
        return Err(refused(format!(
            "{len} {what}, there may be {} to {}",
            limits.start(),
            limits.end()
        )));
    }
    (0..count).map(|_| T::deserialize_reader(reader)).collect()
}
