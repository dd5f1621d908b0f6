//! The rule by which headers are added to the chain, without any input or output.

use std::collections::BTreeMap;

use weft_chain::{ChainId, Genesis, Height, Parent, SignedHeader, ValidatorSet, VerifiedHeader};
use weft_encoding::Digest;

use crate::FollowError;

/// The end of the verified chain, and what verifying its continuation takes.
#[derive(Clone, Debug)]
pub(crate) struct HeaderChain {
    chain_id: ChainId,
    max_rows: u16,
    /// The validator sets known to this client, by root.
    sets: BTreeMap<Digest, ValidatorSet>,
    tip: Parent,
}

impl HeaderChain {
    /// The chain that has only its genesis. `validators` is the set that the genesis gives.
    pub(crate) fn new(genesis: &Genesis, validators: &ValidatorSet) -> Self {
        Self {
            chain_id: genesis.chain_id,
            max_rows: genesis.max_block_rows,
            sets: BTreeMap::from([(validators.root(), validators.clone())]),
            tip: genesis.as_parent(validators),
        }
    }

    /// The height of the last header, 0 for the genesis.
    pub(crate) fn height(&self) -> Height {
        self.tip.height
    }

    /// The validator set with this root, if it is known.
    pub(crate) fn set(&self, root: &Digest) -> Option<&ValidatorSet> {
        self.sets.get(root)
    }

    /// Continues from a header that was verified and stored before.
    ///
    /// # Errors
    /// As [`Self::verify_final`].
    pub(crate) fn resume(&mut self, stored: &SignedHeader) -> Result<(), FollowError> {
        self.verify_final(stored)?;
        self.tip = stored.header.as_parent();
        Ok(())
    }

    /// Adds the header if it is the next and final. Cost: two pairings.
    ///
    /// # Errors
    /// [`FollowError::Header`] and [`FollowError::TooManyRows`] are the fault of the peer that sent
    /// it, [`FollowError::UnknownValidatorSet`] is nobody's.
    pub(crate) fn append(&mut self, signed: &SignedHeader) -> Result<VerifiedHeader, FollowError> {
        signed.header.verify_follows(&self.tip)?;
        let verified = self.verify_final(signed)?;
        self.tip = verified.as_parent();
        Ok(verified)
    }

    /// Verifies that the header is final, wherever in the chain it stands.
    pub(crate) fn verify_final(
        &self,
        signed: &SignedHeader,
    ) -> Result<VerifiedHeader, FollowError> {
        let (rows, max) = (signed.header.rows, self.max_rows);
        if rows > max {
            return Err(FollowError::TooManyRows { rows, max });
        }
        let root = signed.header.validator_set_root;
        let Some(set) = self.set(&root) else {
            let height = signed.header.height;
            return Err(FollowError::UnknownValidatorSet { height, root });
        };
        Ok(signed.verify(&self.chain_id, set)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_chain::{CertificateError, HeaderError};
    use weft_encoding::Fault;

    use super::*;
    use crate::test_chain::TestChain;

    fn setup() -> (TestChain, HeaderChain) {
        let mut chain = TestChain::new("follow-test", 4);
        chain.push(0, 0);
        let mut followed = HeaderChain::new(&chain.genesis, &chain.set);
        followed.append(&chain.blocks[0].signed).unwrap();
        (chain, followed)
    }

    #[test]
    fn final_headers_in_order_are_followed() {
        let (mut chain, mut followed) = setup();
        for _ in 0..3 {
            let signed = chain.push(0, 0).signed.clone();
            assert_eq!(
                followed.append(&signed).unwrap().hash(),
                signed.header.hash()
            );
        }
        assert_eq!(followed.height(), Height::new(4));
    }

    #[test]
    fn what_does_not_follow_is_refused_and_changes_nothing() {
        let (mut chain, mut followed) = setup();
        let refused = |change: fn(&mut weft_chain::BlockHeader)| {
            let signed = chain.next_header(change);
            followed.clone().append(&signed).unwrap_err()
        };
        let other = weft_chain::HeaderHash::from_bytes([9; 32]);
        for error in [
            refused(|header| header.height = Height::new(3)),
            refused(|header| header.height = Height::new(1)),
            refused(|header| header.time = 5),
            refused(|header| header.chain_id = "another-chain".parse().unwrap()),
            refused(|header| header.validator_set_root = Digest::from_bytes([3; 32])),
        ] {
            assert_eq!(error.fault(), Fault::Peer, "{error}");
        }
        let signed = chain.next_header(|header| header.parent = other);
        let error = followed.append(&signed).unwrap_err();
        assert!(
            matches!(error, FollowError::Header(HeaderError::WrongParent { .. })),
            "{error}"
        );
        let rows = chain.next_header(|header| header.rows = 9);
        let error = followed.append(&rows).unwrap_err();
        assert_eq!(error, FollowError::TooManyRows { rows: 9, max: 8 });

        assert_eq!(followed.height(), Height::new(1));
        let signed = chain.push(0, 0).signed.clone();
        followed.append(&signed).unwrap();
    }

    #[test]
    fn a_certificate_of_another_header_is_refused() {
        let (mut chain, mut followed) = setup();
        let mut signed = chain.push(0, 0).signed.clone();
        signed.header.time += 1;
        assert_eq!(followed.append(&signed).unwrap_err().fault(), Fault::Peer);
        // Even if it names the header: the signatures are over another.
        signed.finality.header_hash = signed.header.hash();
        let error = followed.append(&signed).unwrap_err();
        let invalid = matches!(
            &error,
            FollowError::Header(HeaderError::Certificate(
                CertificateError::InvalidAggregate { .. }
            ))
        );
        assert!(invalid, "{error:?}");
    }

    #[test]
    fn half_of_the_stake_does_not_finalise() {
        let (mut chain, mut followed) = setup();
        let mut signed = chain.push(0, 0).signed.clone();
        let mut few = weft_chain::SignerBitmap::new(4).unwrap();
        for (index, _) in chain.set.iter().take(2) {
            few.insert(index).unwrap();
        }
        signed.finality.signers = few;
        let error = followed.append(&signed).unwrap_err();
        let unmet = matches!(
            &error,
            FollowError::Header(HeaderError::Certificate(
                CertificateError::NotEnoughStake { .. }
            ))
        );
        assert!(unmet, "{error:?}");
    }

    #[test]
    fn a_set_that_is_not_known_halts_and_blames_nobody() {
        let (chain, mut followed) = setup();
        let next = Digest::from_bytes([4; 32]);
        let last = chain.next_header(|header| header.next_validator_set_root = next);
        followed.append(&last).unwrap();
        let mut beyond = last.clone();
        beyond.header.height = Height::new(3);
        beyond.header.parent = last.header.hash();
        beyond.header.validator_set_root = next;
        let error = followed.append(&beyond).unwrap_err();
        let (height, root) = (Height::new(3), next);
        assert_eq!(error, FollowError::UnknownValidatorSet { height, root });
        assert_eq!(error.fault(), Fault::Local);
    }

    #[test]
    fn a_stored_tip_is_verified_before_it_is_continued() {
        let (chain, _) = setup();
        let mut fresh = HeaderChain::new(&chain.genesis, &chain.set);
        let mut forged = chain.blocks[0].signed.clone();
        forged.header.time += 1;
        assert!(fresh.resume(&forged).is_err());
        assert_eq!(fresh.height(), Height::GENESIS);
        fresh.resume(&chain.blocks[0].signed).unwrap();
        assert_eq!(fresh.height(), Height::new(1));
    }
}
