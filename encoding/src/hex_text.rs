//! Hex text, lower case and without `0x`, for types that are a fixed number of bytes.

/// Text that is not the hex of the expected number of bytes. Fault: the caller.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// Not two hex digits for each byte.
    #[error("{what} has {digits} characters, it takes {expected} hex digits")]
    WrongLength {
        /// The kind of value.
        what: &'static str,
        /// Bytes of the text.
        digits: usize,
        /// Digits expected.
        expected: usize,
    },
    /// A character that is not a hex digit.
    #[error("{what} is not hex: {source}")]
    NotHex {
        /// The kind of value.
        what: &'static str,
        /// The character and its position.
        source: hex::FromHexError,
    },
}

impl HexError {
    /// Whose fault this is: always the caller's.
    pub fn fault(&self) -> crate::Fault {
        crate::Fault::Caller
    }
}

/// Reads exactly `N` bytes from hex digits of either case; `what` names the value in errors.
///
/// # Errors
/// [`HexError`]. Fault: the caller.
pub fn bytes_from_hex<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], HexError> {
    if text.len() != 2 * N {
        return Err(HexError::WrongLength {
            what,
            digits: text.len(),
            expected: 2 * N,
        });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|source| HexError::NotHex { what, source })?;
    Ok(bytes)
}

/// `Display`, `Debug`, `FromStr` and serde for a tuple struct over a byte array, which `what` names in
/// errors.
macro_rules! hex_text {
    ($type:ident, $what:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::bytes_from_hex($what, text).map(Self)
            }
        }

        $crate::hex_text::serde_as_text!($type);
    };
}

/// Serde as a string, through `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($type:ident) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use {hex_text, serde_as_text};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::Digest;

    #[test]
    fn text_round_trips_and_bad_text_names_its_defect() {
        let digest = Digest::from_bytes([0xab; 32]);
        let text = digest.to_string();
        assert_eq!(text, "ab".repeat(32));
        assert_eq!(text.parse::<Digest>().unwrap(), digest);
        assert_eq!(
            "0xab".parse::<Digest>(),
            Err(HexError::WrongLength {
                what: "a digest",
                digits: 4,
                expected: 64
            })
        );
        assert!(matches!(
            "zz".repeat(32).parse::<Digest>(),
            Err(HexError::NotHex { .. })
        ));
    }
}
