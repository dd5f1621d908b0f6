//! Why a peer does not do what it was asked.

use std::fmt;
use std::io;

use borsh::io::Read;
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Fault;

use crate::limits::MAX_REASON_BYTES;

/// Why a peer does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It will have this, and has not yet: cell proofs that are still being made, or a height that
    /// is not decided. [`Fault::Retry`].
    #[error("not yet")]
    NotYet,
    /// It knows the blob or block and holds no such column or cell. [`Fault::Retry`], elsewhere.
    #[error("not held")]
    NotHeld,
    /// It does not know the blob or block. [`Fault::Retry`], elsewhere.
    #[error("unknown")]
    Unknown,
    /// It has too much to do, or this peer asks too much of it. [`Fault::Retry`].
    #[error("busy")]
    Busy,
    /// It does not answer this kind of request in its role. [`Fault::Retry`], elsewhere.
    #[error("not served here")]
    NotServed,
    /// It failed for a reason of its own. [`Fault::Retry`].
    #[error("failed")]
    Failed,
    /// The request is wrong, and why. [`Fault::Caller`].
    #[error("invalid: {0}")]
    Invalid(Reason),
}

impl Refusal {
    /// [`Refusal::Invalid`] with the text of an error, cut to [`MAX_REASON_BYTES`].
    pub fn invalid(reason: impl fmt::Display) -> Self {
        Self::Invalid(Reason::new(reason.to_string()))
    }

    /// Whose fault it is, seen from the one who was refused.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotYet
            | Self::NotHeld
            | Self::Unknown
            | Self::Busy
            | Self::NotServed
            | Self::Failed => Fault::Retry,
            Self::Invalid(_) => Fault::Caller,
        }
    }

    /// The name in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::NotHeld => "not_held",
            Self::Unknown => "unknown",
            Self::Busy => "busy",
            Self::NotServed => "not_served",
            Self::Failed => "failed",
            Self::Invalid(_) => "invalid",
        }
    }
}

/// A text of at most [`MAX_REASON_BYTES`] bytes of UTF-8.
#[derive(Clone, PartialEq, Eq, Hash, BorshSerialize)]
pub struct Reason(String);

impl Reason {
    /// The text, cut at the last whole character within the limit.
    pub fn new(mut text: String) -> Self {
        if text.len() > MAX_REASON_BYTES {
            let mut end = MAX_REASON_BYTES;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl fmt::Display for Reason {
    /// The text with control characters escaped: it comes from a peer and goes to logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl BorshDeserialize for Reason {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = super::bounded::vec::<u8, R, MAX_REASON_BYTES>(reader)?;
        String::from_utf8(bytes)
            .map(Self)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let reason = Reason::new("é".repeat(200));
        assert_eq!(reason.as_str().len(), MAX_REASON_BYTES);
        let odd = Reason::new(format!("x{}", "é".repeat(200)));
        assert_eq!(odd.as_str().len(), MAX_REASON_BYTES - 1);
    }

    #[test]
    fn a_reason_over_the_limit_does_not_decode() {
        let bytes = borsh::to_vec(&"x".repeat(MAX_REASON_BYTES + 1)).expect("in memory");
        assert!(borsh::from_slice::<Reason>(&bytes).is_err());
        let bytes = borsh::to_vec(&"x".repeat(MAX_REASON_BYTES)).expect("in memory");
        assert!(borsh::from_slice::<Reason>(&bytes).is_ok());
    }

    #[test]
    fn the_encoding_is_frozen() {
        let cases: [(Refusal, &[u8]); 8] = [
            (Refusal::NotYet, &[0]),
            (Refusal::NotHeld, &[1]),
            (Refusal::Unknown, &[2]),
            (Refusal::Busy, &[3]),
            (Refusal::NotServed, &[4]),
            (Refusal::Failed, &[5]),
            (Refusal::invalid("no"), &[6, 2, 0, 0, 0, b'n', b'o']),
            (Refusal::invalid(""), &[6, 0, 0, 0, 0]),
        ];
        for (refusal, bytes) in cases {
            assert_eq!(borsh::to_vec(&refusal).expect("in memory"), bytes);
            assert_eq!(borsh::from_slice::<Refusal>(bytes).expect("legal"), refusal);
        }
    }
}
