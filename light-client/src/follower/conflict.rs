//! Two final headers of one height.

use weft_chain::{ConflictingHeaders, SignedHeader};

use super::HeaderChain;
use crate::{FollowError, StoreError, store::Store};

impl From<&ConflictingHeaders> for FollowError {
    fn from(pair: &ConflictingHeaders) -> Self {
        Self::Conflicting {
            height: pair.height(),
            first: pair.first().header.hash(),
            second: pair.second().header.hash(),
        }
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
    let Some(conflict) = ConflictingHeaders::between(&followed, &signed) else {
        return Ok(Judgement::Known);
    };
    if followed.header.time < since {
        return Ok(Judgement::TooOld);
    }
    if let Err(error) = chain.verify_conflict(&conflict) {
        return Ok(Judgement::Refused(error));
    }
    store.put_evidence(&conflict)?;
    Ok(Judgement::Conflict(Box::new(conflict)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::GrowingChain;

    use super::*;

    #[test]
    fn validators_of_before_the_trusting_period_stop_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let mut ours = GrowingChain::new("judge-test", 4);
        let mut theirs = ours.clone();
        theirs.step = 1001;
        let mut chain = HeaderChain::new(&ours.genesis, &ours.validators.set);
        let store = Store::open(&dir.path().join("light.redb"), &ours.genesis).unwrap();
        let header = chain.append(&ours.push_empty().signed).unwrap();
        let time = header.time;
        store.append(&[header]).unwrap();
        let ours = ours.blocks[0].signed.clone();
        let theirs = theirs.push_empty().signed.clone();
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
