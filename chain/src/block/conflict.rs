//! Two headers of one height, each with its certificate.

use std::fmt;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{BlockHeader, SignedHeader, VerifiedHeader};
use crate::Height;
use crate::codec::{Canonical, refused};

/// Two different headers of one height, each with its finality certificate.
///
/// If both are final, they are evidence against every validator that signed both, and more than a
/// third of the stake did. [`SignedHeader`] is the form that is stored and sent, and says nothing of
/// finality; a pair of [`VerifiedHeader`]s is final and does not decode.
///
/// In JSON: `height`, `hashes` and `signed_headers`, the hex of both encodings.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct ConflictingHeaders<H = SignedHeader> {
    first: H,
    second: H,
}

impl<H: AsRef<BlockHeader> + Clone> ConflictingHeaders<H> {
    /// The pair, if these are different headers of one height. Costs two hashes.
    pub fn between(first: &H, second: &H) -> Option<Self> {
        differ(first.as_ref(), second.as_ref()).then(|| Self {
            first: first.clone(),
            second: second.clone(),
        })
    }

    /// The height of both.
    pub fn height(&self) -> Height {
        self.first.as_ref().height
    }

    /// The header that was known first.
    pub const fn first(&self) -> &H {
        &self.first
    }

    /// The other header.
    pub const fn second(&self) -> &H {
        &self.second
    }
}

impl ConflictingHeaders<VerifiedHeader> {
    /// The pair to be stored or sent.
    pub fn into_signed(self) -> ConflictingHeaders {
        ConflictingHeaders {
            first: self.first.into_signed(),
            second: self.second.into_signed(),
        }
    }
}

fn differ(first: &BlockHeader, second: &BlockHeader) -> bool {
    first.height == second.height && first.hash() != second.hash()
}

impl BorshDeserialize for ConflictingHeaders {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let first = SignedHeader::deserialize_reader(reader)?;
        let second = SignedHeader::deserialize_reader(reader)?;
        Self::between(&first, &second).ok_or_else(|| {
            let heights = [first.header.height, second.header.height];
            refused(format!("headers at {heights:?} do not conflict"))
        })
    }
}

impl Serialize for ConflictingHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let both = [&self.first, &self.second];
        let hashes = both.map(|signed| signed.header.hash());
        let encoded = both.map(Canonical::encode_hex);
        let mut object = serializer.serialize_struct("ConflictingHeaders", 3)?;
        object.serialize_field("height", &self.height())?;
        object.serialize_field("hashes", &hashes)?;
        object.serialize_field("signed_headers", &encoded)?;
        object.end()
    }
}

impl<H: AsRef<BlockHeader> + Clone> fmt::Display for ConflictingHeaders<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (self.first.as_ref(), self.second.as_ref());
        write!(
            f,
            "two final headers at {}: {} and {}",
            first.height,
            first.hash(),
            second.hash()
        )
    }
}
