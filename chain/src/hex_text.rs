//! Text form of fixed-length bytes: lower-case hex without a prefix.

use weft_encoding::Fault;

/// Why a text is not the hex form of a fixed number of bytes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HexError {
    /// Another number of digits (fault: caller).
    #[error("{what} has {digits} characters, it takes {expected} hex digits")]
    WrongLength {
        /// What was read.
        what: &'static str,
        /// The characters found.
        digits: usize,
        /// The digits needed.
        expected: usize,
    },
    /// A character that is not a hex digit (fault: caller).
    #[error("{what} has a character that is not a hex digit: {source}")]
    NotHex {
        /// What was read.
        what: &'static str,
        /// The character and its place.
        source: hex::FromHexError,
    },
}

impl HexError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Reads exactly `N` bytes from hex digits of either case.
pub(crate) fn parse<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], HexError> {
    if text.len() != 2 * N {
        return Err(HexError::WrongLength {
            what,
            digits: text.len(),
            expected: 2 * N,
        });
    }
    let mut bytes = [0u8; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|source| HexError::NotHex { what, source })?;
    Ok(bytes)
}

/// Serde as a string, through `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// `Display` and `Debug` as the hex of `as_bytes()`.
macro_rules! hex_display {
    ($type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.as_bytes()))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

/// `#[serde(with)]` for types of other crates: a string, through `Display` and `FromStr`.
pub(crate) mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

pub(crate) use {hex_display, serde_as_text};
