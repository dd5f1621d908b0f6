//! Two final headers of one height.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use weft_chain::{Canonical, Height, SignedHeader};

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

    /// Verifies that these are two final headers of one height of the chain.
    ///
    /// Cost: two pairings a header.
    ///
    /// # Errors
    /// [`FollowError::OneHeader`] if there are no two, else why one is not final.
    pub(crate) fn verify(&self, chain: &HeaderChain) -> Result<(), FollowError> {
        let (first, second) = (&self.first.header, &self.second.header);
        let height = first.height;
        if second.height != height || second.hash() == first.hash() {
            return Err(FollowError::OneHeader { height });
        }
        chain.verify_final(&self.first)?;
        chain.verify_final(&self.second)?;
        Ok(())
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
    /// Another one, which says nothing: validators of that time are not relied on.
    TooOld,
    /// Not final.
    Refused(FollowError),
    /// Another final one; both are in the store.
    Conflict(Box<ConflictingHeaders>),
}

/// Compares a header with the one of its height, and keeps both if both are final.
///
/// Validators of before `since`, in Unix milliseconds, are not relied on to sign no second history, so
/// one that they sign is no evidence: else keys of long ago, once leaked, could stop every client.
///
/// Cost: a read of the store; two pairings and a durable write if the headers differ.
pub(super) fn judge(
    chain: &HeaderChain,
    store: &Store,
    signed: SignedHeader,
    since: u64,
) -> Result<Judgement, StoreError> {
    let Some(followed) = store.header(signed.header.height)? else {
        return Ok(Judgement::Known);
    };
    if followed.header.hash() == signed.header.hash() {
        return Ok(Judgement::Known);
    }
    if followed.header.time < since {
        return Ok(Judgement::TooOld);
    }
    let conflict = ConflictingHeaders {
        first: followed,
        second: signed,
    };
    if let Err(error) = conflict.verify(chain) {
        return Ok(Judgement::Refused(error));
    }
    store.put_evidence(&conflict)?;
    Ok(Judgement::Conflict(Box::new(conflict)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn validators_of_before_the_trusting_period_stop_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let mut ours = TestChain::new("judge-test", 4);
        let mut theirs = ours.clone();
        theirs.step = 1001;
        let mut chain = HeaderChain::new(&ours.genesis, &ours.set);
        let store = Store::open(&dir.path().join("light.redb"), &ours.genesis).unwrap();
        let header = chain.append(&ours.push(0, 0).signed).unwrap();
        let time = header.time;
        store.append(&[header]).unwrap();
        let ours = ours.blocks[0].signed.clone();
        let theirs = theirs.push(0, 0).signed.clone();
        let judged =
            |signed: &SignedHeader, since| judge(&chain, &store, signed.clone(), since).unwrap();

        assert!(matches!(judged(&theirs, time + 1), Judgement::TooOld));
        assert!(matches!(judged(&ours, 0), Judgement::Known));
        let mut unsigned = theirs.clone();
        unsigned.header.time += 1;
        assert!(matches!(judged(&unsigned, 0), Judgement::Refused(_)));
        assert_eq!(store.evidence().unwrap(), None);

        let Judgement::Conflict(found) = judged(&theirs, time) else {
            panic!("no conflict");
        };
        assert_eq!(store.evidence().unwrap(), Some(*found));
    }
}
