//! Writing and reading, with limits.

use arc_malachitebft_app::types::PeerId;
use arc_malachitebft_app::types::core::{NilOrVal, Round};
use weft_chain::{HeaderHash, Height, Signature};

use super::CodecError;
use crate::malachite::types::{ConsensusHeight, ConsensusValue, ValidatorAddress};

/// The longest peer id: a multihash of 64 bytes with its header.
const MAX_PEER_ID_BYTES: usize = 80;

/// A type with one encoding.
pub(in super::super) trait Wire: Sized {
    /// The name in errors.
    const WHAT: &'static str;

    /// Appends the encoding.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads one off the front.
    fn read(input: &mut Input<'_>) -> Result<Self, CodecError>;

    /// The encoding.
    fn to_wire(&self) -> Result<Vec<u8>, CodecError> {
        let mut out = Vec::new();
        self.write(&mut out)?;
        Ok(out)
    }

    /// Reads one that takes all of `bytes`.
    fn from_wire(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut input = Input { rest: bytes };
        let value = Self::read(&mut input)?;
        match input.rest.len() {
            0 => Ok(value),
            extra => Err(CodecError::Trailing {
                what: Self::WHAT,
                extra,
            }),
        }
    }
}

/// Bytes that are being read.
pub(in super::super) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// The next `len` bytes.
    pub(super) fn take(&mut self, what: &'static str, len: usize) -> Result<&'a [u8], CodecError> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            let missing = len - self.rest.len();
            return Err(CodecError::Truncated { what, missing });
        };
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(what, N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, CodecError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// A length that may be at most `max`.
    fn len(&mut self, what: &'static str, max: usize) -> Result<usize, CodecError> {
        let len = u32::from_le_bytes(self.array(what)?);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > max {
            return Err(CodecError::TooLong { what, len, max });
        }
        Ok(len)
    }

    /// A byte string of at most `max` bytes.
    pub(super) fn bytes(&mut self, what: &'static str, max: usize) -> Result<&'a [u8], CodecError> {
        let len = self.len(what, max)?;
        self.take(what, len)
    }

    /// A list of at most `max` items. Allocates only for items that are present.
    pub(super) fn list<T: Wire>(
        &mut self,
        what: &'static str,
        max: usize,
    ) -> Result<Vec<T>, CodecError> {
        let len = self.len(what, max)?;
        (0..len).map(|_| T::read(self)).collect()
    }

    /// A round, which must not be `Nil`.
    pub(super) fn defined_round(&mut self, what: &'static str) -> Result<Round, CodecError> {
        match Round::read(self)? {
            Round::Nil => Err(CodecError::NoRound { what }),
            round @ Round::Some(_) => Ok(round),
        }
    }
}

/// Appends a length, within its limit.
fn write_len(
    what: &'static str,
    len: usize,
    max: usize,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    match u32::try_from(len) {
        Ok(short) if len <= max => {
            out.extend_from_slice(&short.to_le_bytes());
            Ok(())
        }
        _ => Err(CodecError::TooLong { what, len, max }),
    }
}

/// Appends a byte string of at most `max` bytes.
pub(super) fn write_bytes(
    what: &'static str,
    bytes: &[u8],
    max: usize,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    write_len(what, bytes.len(), max, out)?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends a list of at most `max` items.
pub(super) fn write_list<T: Wire>(
    what: &'static str,
    items: &[T],
    max: usize,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    write_len(what, items.len(), max, out)?;
    items.iter().try_for_each(|item| item.write(out))
}

/// Types with an encoding of fixed length.
macro_rules! fixed {
    ($type:ty, $what:literal, $to:expr, $from:expr) => {
        impl Wire for $type {
            const WHAT: &'static str = $what;

            fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                out.extend_from_slice(&$to(self));
                Ok(())
            }

            fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
                input.array($what).map($from)
            }
        }
    };
}

fixed!(
    u32,
    "an integer",
    |value: &u32| value.to_le_bytes(),
    u32::from_le_bytes
);
fixed!(
    u64,
    "an integer",
    |value: &u64| value.to_le_bytes(),
    u64::from_le_bytes
);
fixed!(
    ConsensusHeight,
    "a height",
    |height: &ConsensusHeight| height.0.get().to_le_bytes(),
    |bytes| ConsensusHeight(Height::new(u64::from_le_bytes(bytes)))
);
fixed!(
    HeaderHash,
    "a header hash",
    |hash: &HeaderHash| *hash.as_bytes(),
    HeaderHash::from_bytes
);
fixed!(
    ConsensusValue,
    "a value",
    |value: &ConsensusValue| *value.0.as_bytes(),
    |bytes| ConsensusValue(HeaderHash::from_bytes(bytes))
);
fixed!(
    ValidatorAddress,
    "an address",
    |address: &ValidatorAddress| *address.as_bytes(),
    ValidatorAddress::from_bytes
);
fixed!(
    Signature,
    "a signature",
    |signature: &Signature| *signature.as_bytes(),
    Signature::from_bytes
);

impl<T: Wire> Wire for Option<T> {
    const WHAT: &'static str = "an option";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.write(out)?;
            }
        }
        Ok(())
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        match input.byte(Self::WHAT)? {
            0 => Ok(None),
            1 => T::read(input).map(Some),
            tag => Err(CodecError::Variant {
                what: Self::WHAT,
                tag,
            }),
        }
    }
}

impl Wire for Round {
    const WHAT: &'static str = "a round";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.as_u32().write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Option::<u32>::read(input).map(Round::from)
    }
}

impl Wire for NilOrVal<HeaderHash> {
    const WHAT: &'static str = "a header hash or none";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            Self::Nil => None::<HeaderHash>.write(out),
            Self::Val(hash) => Some(*hash).write(out),
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Option::<HeaderHash>::read(input).map(|hash| hash.map_or(Self::Nil, Self::Val))
    }
}

impl Wire for PeerId {
    const WHAT: &'static str = "a peer id";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        write_bytes(Self::WHAT, &self.to_bytes(), MAX_PEER_ID_BYTES, out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let bytes = input.bytes(Self::WHAT, MAX_PEER_ID_BYTES)?;
        Self::from_bytes(bytes).map_err(|_| CodecError::PeerId { what: Self::WHAT })
    }
}
