//! The rule by which headers are added to the chain, without any input or output.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use weft_chain::{
    ChainId, Checkpoint, Genesis, HeaderHash, Height, Parent, SignedHeader, SignedValidatorUpdate,
    ValidatorSet, VerifiedHeader, VerifiedUpdate,
};
use weft_encoding::Digest;

use crate::{FollowError, UpdateError};

/// Sets whose custodians are asked for one block. Where the validators changed more often since, the
/// oldest between are left out.
const MAX_HOLDING_SETS: usize = 8;

/// The end of the verified chain, and what verifying its continuation takes.
#[derive(Clone, Debug)]
pub(crate) struct HeaderChain {
    chain_id: ChainId,
    max_rows: u16,
    /// The validator sets known to this client, by root.
    sets: Arc<BTreeMap<Digest, ValidatorSet>>,
    /// Their roots, in the order in which the sets came to the chain.
    order: Vec<Digest>,
    /// The last set of the chain that is known.
    newest: ValidatorSet,
    tip: Parent,
    anchors: Anchors,
}

/// What is trusted besides the genesis, and how long.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Anchors {
    /// The chain has this block.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// How old the newest header may be before later ones are followed.
    pub(crate) trusting_period: Option<Duration>,
}

impl Anchors {
    /// Whether the chain may have this block.
    ///
    /// # Errors
    /// [`FollowError::NotCheckpoint`] (caller).
    pub(crate) fn check(&self, height: Height, found: HeaderHash) -> Result<(), FollowError> {
        match self.checkpoint {
            Some(checkpoint) if checkpoint.height == height && checkpoint.hash != found => {
                Err(FollowError::NotCheckpoint { checkpoint, found })
            }
            _ => Ok(()),
        }
    }
}

/// The set that finalises what comes after the tip, when it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The first height of the set.
    pub(crate) height: Height,
    /// The root, which a final header names.
    pub(crate) root: Digest,
}

impl HeaderChain {
    /// The chain that has only its genesis. `validators` is the set that the genesis gives.
    pub(crate) fn new(genesis: &Genesis, validators: &ValidatorSet) -> Self {
        Self {
            chain_id: genesis.chain_id,
            max_rows: genesis.max_block_rows,
            sets: Arc::new(BTreeMap::from([(validators.root(), validators.clone())])),
            order: vec![validators.root()],
            newest: validators.clone(),
            tip: genesis.as_parent(validators),
            anchors: Anchors::default(),
        }
    }

    /// The same chain, with what is trusted besides the genesis.
    pub(crate) fn anchored(mut self, anchors: Anchors) -> Self {
        self.anchors = anchors;
        self
    }

    /// The hash of the last header.
    pub(crate) fn tip_hash(&self) -> HeaderHash {
        self.tip.hash
    }

    /// Checks that the newest header is young enough for its validators to be relied on at `now`, in
    /// Unix milliseconds. Up to the checkpoint no validators need to be relied on.
    ///
    /// # Errors
    /// [`FollowError::Expired`] (caller).
    pub(crate) fn check_age(&self, next: Height, now: u64) -> Result<(), FollowError> {
        let Some(period) = self.anchors.trusting_period else {
            return Ok(());
        };
        let checkpoint = self.anchors.checkpoint.map(|checkpoint| checkpoint.height);
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        let age_ms = now.saturating_sub(self.tip.time);
        if age_ms <= period_ms || checkpoint.is_some_and(|height| next <= height) {
            return Ok(());
        }
        Err(FollowError::Expired {
            height: next,
            newest: self.tip.height,
            age_ms,
            period_ms,
        })
    }

    /// The height of the last header, 0 for the genesis.
    pub(crate) fn height(&self) -> Height {
        self.tip.height
    }

    /// The validator set with this root, if it is known.
    pub(crate) fn set(&self, root: &Digest) -> Option<&ValidatorSet> {
        self.sets.get(root)
    }

    /// The last set of the chain that is known: that of the next height, unless it is
    /// [missing](Self::missing).
    pub(crate) fn newest(&self) -> &ValidatorSet {
        &self.newest
    }

    /// The sets whose custodians may hold the columns of a block with the set of this root: the
    /// newest, the block's own and those between, of which any may hold what later ones have not
    /// taken over yet. None twice, and at most [`MAX_HOLDING_SETS`]; none for an unknown root.
    pub(crate) fn holding_sets(&self, block: &Digest) -> Vec<&ValidatorSet> {
        let Some(since) = self.order.iter().position(|root| root == block) else {
            return Vec::new();
        };
        let newest = self.newest.root();
        let between = self.order[since + 1..].iter().rev();
        std::iter::once(&newest)
            .chain(
                std::iter::once(block)
                    .chain(between)
                    .filter(|root| **root != newest),
            )
            .take(MAX_HOLDING_SETS)
            .filter_map(|root| self.set(root))
            .collect()
    }

    /// The set that is needed to go on from the tip, if it is not known.
    pub(crate) fn missing(&self) -> Option<Missing> {
        let root = self.tip.validator_set_root;
        // At the last height there is nothing to go on to.
        let height = self.tip.height.next()?;
        (!self.sets.contains_key(&root)).then_some(Missing { height, root })
    }

    /// Verifies that an update introduces the missing set: at its height, in place of the newest
    /// set, and approved by more than 2/3 of that one's stake.
    ///
    /// Cost: two pairings, and if they hold a signature verification a validator.
    ///
    /// # Errors
    /// [`UpdateError`], whose fault says whether whoever sent it is to blame.
    pub(crate) fn verify_update(
        &self,
        missing: &Missing,
        update: &SignedValidatorUpdate,
    ) -> Result<VerifiedUpdate, UpdateError> {
        let (found, expected) = (update.update.first_height, missing.height);
        if found != expected {
            return Err(UpdateError::OtherHeight { found, expected });
        }
        let verified = update.verify(&self.chain_id, &self.newest)?;
        let (found, expected) = (verified.set().root(), missing.root);
        if found != expected {
            return Err(UpdateError::OtherSet { found, expected });
        }
        Ok(verified)
    }

    /// Knows the set of an update from now on.
    pub(crate) fn learn(&mut self, update: &VerifiedUpdate) {
        let set = update.set();
        let known = Arc::make_mut(&mut self.sets).insert(set.root(), set.clone());
        if known.is_none() {
            self.order.push(set.root());
        }
        let next = self.tip.validator_set_root;
        self.advance(&next);
    }

    /// Knows the set of an update that was stored before. Updates come in the order of their
    /// heights, and before [`Self::resume`].
    ///
    /// # Errors
    /// [`UpdateError::UnknownSet`] and [`UpdateError::Refused`]: the store is damaged.
    pub(crate) fn restore(&mut self, stored: &SignedValidatorUpdate) -> Result<(), UpdateError> {
        let replaces = stored.update.replaces;
        let set = self
            .set(&replaces)
            .ok_or(UpdateError::UnknownSet { replaces })?;
        let verified = stored.verify(&self.chain_id, set)?;
        self.learn(&verified);
        Ok(())
    }

    /// Continues from a header that was verified and stored before.
    ///
    /// # Errors
    /// As [`Self::verify_final`].
    pub(crate) fn resume(&mut self, stored: &SignedHeader) -> Result<(), FollowError> {
        self.verify_final(stored)?;
        self.tip = stored.header.as_parent();
        // Of the tip's own set and the one after it, the later that is known.
        self.advance(&stored.header.validator_set_root);
        self.advance(&stored.header.next_validator_set_root);
        Ok(())
    }

    /// The chain has come to the set with this root: it is the newest, if it is known.
    fn advance(&mut self, root: &Digest) {
        if let Some(set) = self.sets.get(root) {
            self.newest = set.clone();
        }
    }

    /// Adds the header if it is the next and final. Cost: two pairings.
    ///
    /// # Errors
    /// [`FollowError::Header`] and [`FollowError::TooManyRows`] are the fault of the peer that sent
    /// it, [`FollowError::UnknownValidatorSet`] is nobody's: the set is [missing](Self::missing).
    /// [`FollowError::NotCheckpoint`] is final.
    pub(crate) fn append(&mut self, signed: &SignedHeader) -> Result<VerifiedHeader, FollowError> {
        signed.header.verify_follows(&self.tip)?;
        let verified = self.verify_final(signed)?;
        self.anchors.check(verified.height, verified.hash())?;
        self.tip = verified.as_parent();
        self.advance(&verified.next_validator_set_root);
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
    use weft_chain::{CertificateError, HeaderError, ValidatorUpdateError};
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
        let rows = chain.next_header(|header| {
            header.rows = 9;
            header.commitments_root = Digest::from_bytes([4; 32]);
            header.namespaces_root = Digest::from_bytes([5; 32]);
            header.body_root = Digest::from_bytes([6; 32]);
        });
        let error = followed.append(&rows).unwrap_err();
        assert_eq!(error, FollowError::TooManyRows { rows: 9, max: 8 });

        assert_eq!(followed.height(), Height::new(1));
        let signed = chain.push(0, 0).signed.clone();
        followed.append(&signed).unwrap();
    }

    /// A block of no rows is available to everybody, so its namespaces may list no blob.
    #[test]
    fn a_final_header_without_rows_that_lists_a_blob_is_refused() {
        let (chain, mut followed) = setup();
        let listed = Digest::from_bytes([5; 32]);
        for (field, signed) in [
            (
                "namespaces",
                chain.next_header(|h| h.namespaces_root = listed),
            ),
            (
                "commitments",
                chain.next_header(|h| h.commitments_root = listed),
            ),
            ("commitments", chain.next_header(|h| h.rows = 1)),
        ] {
            let error = followed.append(&signed).unwrap_err();
            let half_empty = matches!(
                &error,
                FollowError::Header(HeaderError::HalfEmpty { field: of, .. }) if *of == field
            );
            assert!(half_empty, "{error}");
            assert_eq!(error.fault(), Fault::Peer);
        }
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
    fn a_set_that_is_not_known_is_missing_and_blames_nobody() {
        let (mut chain, mut followed) = setup();
        assert_eq!(followed.missing(), None);
        let before = chain.set.clone();
        let update = chain.change(&[0, 1, 2, 4], 2);
        let root = update.update.validator_set().unwrap().root();
        for height in [2, 3] {
            assert_eq!(followed.missing(), None);
            followed.append(&chain.push(0, 0).signed).unwrap();
            assert_eq!(followed.height(), Height::new(height));
        }
        let height = Height::new(4);
        let missing = Missing { height, root };
        assert_eq!(followed.missing(), Some(missing));
        assert_eq!(followed.newest(), &before);

        let beyond = chain.push(0, 0).signed.clone();
        let error = followed.append(&beyond).unwrap_err();
        assert_eq!(error, FollowError::UnknownValidatorSet { height, root });
        assert_eq!(error.fault(), Fault::Retry);

        let verified = followed.verify_update(&missing, &update).unwrap();
        followed.learn(&verified);
        assert_eq!(followed.missing(), None);
        assert_eq!(followed.newest().root(), root);
        followed.append(&beyond).unwrap();
        assert_eq!(followed.height(), height);
    }

    #[test]
    fn only_the_update_that_introduces_the_missing_set_is_taken() {
        let (mut chain, mut followed) = setup();
        // The block at height 2 has the update; the set begins at 3.
        let [early, late] = [2, 4].map(|height| chain.update(&[0, 1, 2, 4], height));
        let other = chain.update(&[0, 1, 2], 3);
        let few = chain.update_of_few(&[0, 1, 2, 4], 3);
        let update = chain.change(&[0, 1, 2, 4], 1);
        followed.append(&chain.push(0, 0).signed).unwrap();
        let missing = followed.missing().unwrap();
        let refused = |update| followed.verify_update(&missing, &update).unwrap_err();

        for update in [early, late] {
            let error = refused(update);
            assert!(matches!(error, UpdateError::OtherHeight { .. }), "{error}");
            assert_eq!(error.fault(), Fault::Peer, "{error}");
        }
        let other = refused(other);
        assert!(matches!(other, UpdateError::OtherSet { .. }), "{other}");
        let few = refused(few);
        assert!(
            matches!(
                &few,
                UpdateError::Refused(ValidatorUpdateError::Certificate(
                    CertificateError::NotEnoughStake { .. }
                ))
            ),
            "{few}"
        );
        let mut forged = update.clone();
        forged.update.validators[0].stake += 1;
        forged.certificate.update_id = forged.update.id();
        let forged = refused(forged);
        assert!(
            matches!(
                &forged,
                UpdateError::Refused(ValidatorUpdateError::Certificate(
                    CertificateError::InvalidAggregate { .. }
                ))
            ),
            "{forged}"
        );
        let mut elsewhere = update.clone();
        elsewhere.update.replaces = Digest::from_bytes([8; 32]);
        let elsewhere = refused(elsewhere);
        assert!(
            matches!(
                &elsewhere,
                UpdateError::Refused(ValidatorUpdateError::WrongSet { .. })
            ),
            "{elsewhere}"
        );
        for error in [other, few, forged, elsewhere] {
            assert_eq!(error.fault(), Fault::Peer, "{error}");
        }
        followed.verify_update(&missing, &update).unwrap();
    }

    #[test]
    fn stored_updates_are_verified_before_they_count() {
        let (mut chain, _) = setup();
        let genesis_set = chain.set.clone();
        let first = chain.change(&[0, 1, 2, 4], 1);
        chain.push(0, 0);
        let second = chain.change(&[1, 2, 4, 5], 1);
        chain.push(0, 0);
        let tip = chain.push(0, 0).signed.clone();

        let mut fresh = HeaderChain::new(&chain.genesis, &genesis_set);
        let replaces = second.update.replaces;
        assert_eq!(
            fresh.restore(&second),
            Err(UpdateError::UnknownSet { replaces })
        );
        let mut forged = first.clone();
        forged.update.first_height = Height::new(9);
        assert!(fresh.restore(&forged).is_err());
        fresh.restore(&first).unwrap();
        fresh.restore(&second).unwrap();
        fresh.resume(&tip).unwrap();
        assert_eq!(fresh.height(), Height::new(4));
        assert_eq!(fresh.newest(), &chain.set);

        // Stopped where the next set is not known yet.
        let mut halted = HeaderChain::new(&chain.genesis, &genesis_set);
        halted.restore(&first).unwrap();
        halted.resume(&chain.blocks[2].signed).unwrap();
        let missing = halted.missing().unwrap();
        assert_eq!(missing.height, Height::new(4));
        assert_eq!(halted.newest().root(), replaces);
        let verified = halted.verify_update(&missing, &second).unwrap();
        halted.learn(&verified);
        assert_eq!(halted.missing(), None);
    }

    #[test]
    fn custodians_of_every_set_since_a_blocks_own_may_hold_it() {
        let mut chain = TestChain::new("holding-test", 4);
        let mut followed = HeaderChain::new(&chain.genesis, &chain.set);
        let mut roots = vec![chain.set.root()];
        for first in 1..10 {
            let update = chain.change(&[first, first + 1, first + 2, first + 3], 1);
            followed.append(&chain.push(0, 0).signed).unwrap();
            let missing = followed.missing().unwrap();
            let verified = followed.verify_update(&missing, &update).unwrap();
            followed.learn(&verified);
            roots.push(chain.set.root());
        }
        let holding = |block: usize| -> Vec<Digest> {
            let sets = followed.holding_sets(&roots[block]);
            sets.into_iter().map(ValidatorSet::root).collect()
        };
        for (block, sets) in [
            (9, &[9][..]),
            (8, &[9, 8]),
            (6, &[9, 6, 8, 7]),
            // The newest and its own are among those that are asked, however many came between.
            (0, &[9, 0, 8, 7, 6, 5, 4, 3]),
        ] {
            let expected: Vec<Digest> = sets.iter().map(|set| roots[*set]).collect();
            assert_eq!(holding(block), expected, "{block}");
        }
        let unknown = Digest::from_bytes([8; 32]);
        assert!(followed.holding_sets(&unknown).is_empty());
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
