//! Checkpoints: a block that is trusted by its hash.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use weft_encoding::{Fault, HexError};

use crate::hex_text::serde_as_text;
use crate::{HeaderHash, Height};

/// A block that is trusted by its height and hash. It comes from a trusted source, and never from a
/// server of the chain.
///
/// Its text form is the height, a colon and the hash in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The block's height, from 1.
    pub height: Height,
    /// The hash of its header.
    pub hash: HeaderHash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.height, self.hash)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (height, hash) = text.split_once(':').ok_or(CheckpointError::NoColon)?;
        let height = height.parse().map_err(CheckpointError::Height)?;
        if height < Height::FIRST {
            return Err(CheckpointError::NoBlock { height });
        }
        let hash = hash.parse()?;
        Ok(Self { height, hash })
    }
}

serde_as_text!(Checkpoint);

/// Why a text is not a checkpoint.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// No colon between height and hash (fault: caller).
    #[error("a checkpoint is HEIGHT:HASH, this text has no colon")]
    NoColon,
    /// The height is not a number (fault: caller).
    #[error("a checkpoint's height: {0}")]
    Height(#[source] ParseIntError),
    /// No block has the height (fault: caller).
    #[error(
        "a checkpoint's height is {height}, that of the first block is {}",
        Height::FIRST
    )]
    NoBlock {
        /// The height.
        height: Height,
    },
    /// The hash is not the hex of 32 bytes (fault: caller).
    #[error(transparent)]
    Hash(#[from] HexError),
}

impl CheckpointError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_text_of_a_checkpoint_is_read_back() {
        let checkpoint = Checkpoint {
            height: Height::new(7),
            hash: HeaderHash::from_bytes([0xab; 32]),
        };
        let text = checkpoint.to_string();
        assert_eq!(text, format!("7:{}", "ab".repeat(32)));
        assert_eq!(text.parse(), Ok(checkpoint));
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused_with_the_reason() {
        let hash = "ab".repeat(32);
        let refused = |text: &str| text.parse::<Checkpoint>().unwrap_err();
        assert_eq!(refused(&hash), CheckpointError::NoColon);
        assert!(matches!(
            refused(&format!("x:{hash}")),
            CheckpointError::Height(_)
        ));
        assert!(matches!(
            refused(&format!("0:{hash}")),
            CheckpointError::NoBlock { height } if height == Height::GENESIS
        ));
        assert!(matches!(refused("7:ab"), CheckpointError::Hash(_)));
    }
}
