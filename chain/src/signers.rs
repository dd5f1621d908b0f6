//! The signers of a certificate.

use std::fmt;
use std::str::FromStr;

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Fault;

use crate::codec::{Canonical, DecodeError, refused};
use crate::hex_text::serde_as_text;
use crate::{MAX_VALIDATORS, ValidatorIndex};

/// The signers of a certificate: one bit for each validator of the set, in the set's order.
///
/// A bitmap cannot name a signer twice, and has one form only: as many bytes as the set takes, with
/// zeros after the last validator.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SignerBitmap {
    validators: u16,
    /// Bit `i % 8` of byte `i / 8`, counted from the lowest, is validator `i`.
    bits: Vec<u8>,
}

/// Why a bitmap is not well formed, or a signer cannot be added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignersError {
    /// No validator, or too many (fault: peer).
    #[error("a signer bitmap is for {validators} validators, a set has 1 to {MAX_VALIDATORS}")]
    SizeOutOfRange {
        /// The number of validators.
        validators: usize,
    },
    /// A bit is set after the last validator (fault: peer).
    #[error(
        "the last byte of a bitmap for {validators} validators is {byte:#04x}, its padding is not zero"
    )]
    NonZeroPadding {
        /// The number of validators.
        validators: usize,
        /// The byte.
        byte: u8,
    },
    /// No such validator in the set (fault: peer).
    #[error("signer {index} is not in a set of {validators} validators")]
    UnknownSigner {
        /// The signer.
        index: ValidatorIndex,
        /// The size of the set.
        validators: usize,
    },
    /// The signer has already signed (fault: peer).
    #[error("signer {index} has already signed")]
    DuplicateSigner {
        /// The signer.
        index: ValidatorIndex,
    },
}

impl SignersError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

impl SignerBitmap {
    /// The bytes that the largest bitmap takes on the wire.
    pub(crate) const MAX_ENCODED_BYTES: usize = 2 + MAX_VALIDATORS / 8;

    /// A bitmap without signers for a set of this size.
    ///
    /// # Errors
    /// [`SignersError::SizeOutOfRange`] if no set has that size (fault: peer).
    pub fn new(validators: usize) -> Result<Self, SignersError> {
        match u16::try_from(validators) {
            Ok(count) if (1..=MAX_VALIDATORS).contains(&validators) => Ok(Self {
                validators: count,
                bits: vec![0; validators.div_ceil(8)],
            }),
            _ => Err(SignersError::SizeOutOfRange { validators }),
        }
    }

    /// Adds a signer.
    ///
    /// # Errors
    /// [`SignersError`] if the signer is not in the set or has already signed (fault: peer).
    pub fn insert(&mut self, index: ValidatorIndex) -> Result<(), SignersError> {
        let validators = self.validators();
        if index.get() >= validators {
            return Err(SignersError::UnknownSigner { index, validators });
        }
        if self.contains(index) {
            return Err(SignersError::DuplicateSigner { index });
        }
        self.bits[index.get() / 8] |= 1 << (index.get() % 8);
        Ok(())
    }

    /// Whether a validator signed.
    #[must_use]
    pub fn contains(&self, index: ValidatorIndex) -> bool {
        self.bits
            .get(index.get() / 8)
            .is_some_and(|byte| byte >> (index.get() % 8) & 1 == 1)
    }

    /// The signers in order.
    pub fn iter(&self) -> impl Iterator<Item = ValidatorIndex> {
        (0..self.validators())
            .map(|index| ValidatorIndex::new(index).expect("the constructor limits the size"))
            .filter(|&index| self.contains(index))
    }

    /// The number of signers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// The size of the set that the bitmap is for.
    #[must_use]
    pub fn validators(&self) -> usize {
        usize::from(self.validators)
    }
}

impl fmt::Display for SignerBitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode_hex())
    }
}

impl FromStr for SignerBitmap {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::decode_hex(text)
    }
}

serde_as_text!(SignerBitmap);

impl Canonical for SignerBitmap {
    const NAME: &'static str = "a signer bitmap";
    const MAX_BYTES: usize = Self::MAX_ENCODED_BYTES;
}

impl fmt::Debug for SignerBitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl BorshSerialize for SignerBitmap {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.validators.serialize(writer)?;
        writer.write_all(&self.bits)
    }
}

impl BorshDeserialize for SignerBitmap {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let validators = usize::from(u16::deserialize_reader(reader)?);
        let mut bitmap = Self::new(validators).map_err(refused)?;
        reader.read_exact(&mut bitmap.bits)?;
        let used = validators % 8;
        let last = bitmap.bits.last().copied().unwrap_or(0);
        if used != 0 && last >> used != 0 {
            return Err(refused(SignersError::NonZeroPadding {
                validators,
                byte: last,
            }));
        }
        Ok(bitmap)
    }
}
