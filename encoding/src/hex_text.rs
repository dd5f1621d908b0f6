//! Hex text, lower case and without `0x`, for types that are a fixed number of bytes.

/// Text that is not the hex of the expected number of bytes. Fault: the caller.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum HexError {
    /// Not two hex digits for each byte.
    #[error("{digits} characters where {expected} hex digits are expected")]
    Length {
        /// Characters given.
        digits: usize,
        /// Digits expected.
        expected: usize,
    },
    /// A character that is no hex digit.
    #[error("not hex: {0}")]
    Digit(#[source] hex::FromHexError),
}

impl HexError {
    /// Whose fault this is: always the caller's.
    pub fn fault(&self) -> crate::Fault {
        crate::Fault::Caller
    }
}

pub(crate) fn decode<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    if text.len() != 2 * N {
        return Err(HexError::Length {
            digits: text.len(),
            expected: 2 * N,
        });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(HexError::Digit)?;
    Ok(bytes)
}

/// `Display`, `Debug` and `FromStr` for a tuple struct over a byte array of the given length.
macro_rules! hex_text {
    ($type:ident, $len:literal) => {
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
                $crate::hex_text::decode::<$len>(text).map(Self)
            }
        }
    };
}

pub(crate) use hex_text;

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
            Err(HexError::Length {
                digits: 4,
                expected: 64
            })
        );
        assert!(matches!(
            "zz".repeat(32).parse::<Digest>(),
            Err(HexError::Digit(_))
        ));
    }
}
