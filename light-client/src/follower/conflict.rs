//! Two final headers of one height.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use weft_chain::{Canonical, HeaderError, Height, SignedHeader};

use super::HeaderChain;
use crate::{FollowError, StoreError, store::Store};

/// Two final headers of one height, each with its certificate: evidence against every validator that
/// signed both, for anybody who knows their keys. More than a third of the stake did.
///
/// In JSON: `height`, `hashes` and `signed_headers`, the hex of both encodings.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConflictingHeaders {
    pub(crate) first: SignedHeader,
    pub(crate) second: SignedHeader,
}

impl ConflictingHeaders {
    /// The height of both.
    pub fn height(&self) -> Height {
        self.first.header.height
    }

    /// The header that this client had followed.
    pub const fn first(&self) -> &SignedHeader {
        &self.first
    }

    /// The other one.
    pub const fn second(&self) -> &SignedHeader {
        &self.second
    }

    pub(crate) fn as_error(&self) -> FollowError {
        FollowError::Conflicting {
            height: self.height(),
            first: self.first.header.hash(),
            second: self.second.header.hash(),
        }
    }
}

impl Serialize for ConflictingHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let both = [&self.first, &self.second];
        let hashes = both.map(|signed| signed.header.hash().to_string());
        let encoded = both.map(|signed| hex::encode(signed.encode()));
        let mut object = serializer.serialize_struct("ConflictingHeaders", 3)?;
        object.serialize_field("height", &self.height().get())?;
        object.serialize_field("hashes", &hashes)?;
        object.serialize_field("signed_headers", &encoded)?;
        object.end()
    }
}

/// What a header of a height that was followed is.
#[derive(Debug)]
pub(super) enum Judgement {
    /// The one that was followed, or of a height of which none is stored.
    Known,
    /// Not final.
    Refused(FollowError),
    /// Another final one; both are in the store.
    Conflict(Box<ConflictingHeaders>),
}

/// Compares a header with the one of its height, and keeps both if both are final.
///
/// Only the set in force at the height finalises one: it is that of the header that was followed.
///
/// Cost: a read of the store; two pairings and a durable write if the headers differ.
pub(super) fn judge(
    chain: &HeaderChain,
    store: &Store,
    signed: SignedHeader,
) -> Result<Judgement, StoreError> {
    let Some(followed) = store.header(signed.header.height)? else {
        return Ok(Judgement::Known);
    };
    if followed.header.hash() == signed.header.hash() {
        return Ok(Judgement::Known);
    }
    let (expected, actual) = (
        followed.header.validator_set_root,
        signed.header.validator_set_root,
    );
    if expected != actual {
        let error = HeaderError::WrongValidatorSet { expected, actual };
        return Ok(Judgement::Refused(error.into()));
    }
    if let Err(error) = chain.verify_final(&signed) {
        return Ok(Judgement::Refused(error));
    }
    let conflict = ConflictingHeaders {
        first: followed,
        second: signed,
    };
    store.put_evidence(&conflict)?;
    Ok(Judgement::Conflict(Box::new(conflict)))
}
