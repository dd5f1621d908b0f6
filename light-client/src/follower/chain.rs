//! The rule by which headers are added to the chain, without any input or output.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use weft_chain::{
    BlockHeader, ChainId, Checkpoint, ConflictingHeaders, Genesis, HeaderError, HeaderHash, Height,
    Parent, SignedHeader, SignedValidatorUpdate, ValidatorHistory, ValidatorSet,
    ValidatorUpdateError, VerifiedHeader,
};
use weft_encoding::Digest;
use weft_sampling::{MAX_HOLDING_SETS, holding_sets};

use crate::{FollowError, UpdateError};

/// How far a proposer's clock may be ahead of this machine's.
const MAX_CLOCK_DRIFT: Duration = Duration::from_secs(600);

/// The end of the verified chain, and what verifying its continuation takes.
#[derive(Clone, Debug)]
pub(crate) struct HeaderChain {
    chain_id: ChainId,
    max_rows: u16,
    /// The validator sets known to this client, by root.
    sets: Arc<BTreeMap<Digest, ValidatorSet>>,
    /// The roots of the sets in force up to the height after the tip.
    history: Arc<ValidatorHistory<Digest>>,
    /// The set of the genesis.
    genesis_set: ValidatorSet,
    /// The last set of the chain that is known.
    newest: ValidatorSet,
    tip: Parent,
    /// The block at which the chain begins, unless that is the genesis.
    beginning: Option<Checkpoint>,
    /// How old the newest header may be before later ones are followed.
    trusting_period: Option<Duration>,
}

/// The set that finalises what comes after the tip, when it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The first height of the set.
    pub(crate) height: Height,
    /// The root, which a final header names.
    pub(crate) root: Digest,
}

/// A validator set that a header names, and the update that shows it.
#[derive(Clone, Debug)]
pub(crate) struct ShownSet {
    pub(crate) set: ValidatorSet,
    pub(crate) update: SignedValidatorUpdate,
}

impl HeaderChain {
    /// The chain that has only its genesis. `validators` is the set that the genesis gives.
    pub(crate) fn new(genesis: &Genesis, validators: &ValidatorSet) -> Self {
        let root = validators.root();
        Self {
            chain_id: genesis.chain_id,
            max_rows: genesis.max_block_rows,
            sets: Arc::new(BTreeMap::from([(root, validators.clone())])),
            history: Arc::new(ValidatorHistory::new(Height::FIRST, root)),
            genesis_set: validators.clone(),
            newest: validators.clone(),
            tip: genesis.as_parent(validators),
            beginning: None,
            trusting_period: None,
        }
    }

    /// The same chain, whose validators are relied on for so long after their last block; `None` for
    /// ever.
    pub(crate) fn trusting(mut self, period: Option<Duration>) -> Self {
        self.trusting_period = period;
        self
    }

    /// The chain begins anew, before a header that is trusted by its hash: the next header is this one
    /// and no other. Of the sets known so far only the genesis's stays known.
    pub(crate) fn begin(&mut self, trusted: &BlockHeader) {
        let (height, root) = (trusted.height, trusted.validator_set_root);
        let genesis_set = self.genesis_set.clone();
        self.beginning = Some(Checkpoint {
            height,
            hash: trusted.hash(),
        });
        self.sets = Arc::new(BTreeMap::from([(genesis_set.root(), genesis_set.clone())]));
        self.history = Arc::new(ValidatorHistory::new(height, root));
        self.newest = genesis_set;
        self.tip = Parent {
            chain_id: trusted.chain_id,
            height: height.previous().unwrap_or_default(),
            hash: trusted.parent,
            time: trusted.time,
            validator_set_root: root,
        };
    }

    /// Whether the chain is to begin at this checkpoint, because it has not come so far.
    pub(crate) fn begins_at(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.height > self.tip.height && self.beginning != Some(*checkpoint)
    }

    /// The first height whose header the chain has, once it has one.
    pub(crate) fn first(&self) -> Height {
        self.beginning
            .map_or(Height::FIRST, |beginning| beginning.height)
    }

    /// Whether the chain begins at a checkpoint and not at its genesis.
    pub(crate) fn begins_late(&self) -> bool {
        self.beginning.is_some()
    }

    /// The hash of the last header.
    pub(crate) fn tip_hash(&self) -> HeaderHash {
        self.tip.hash
    }

    /// Checks that the newest header is young enough at `now`, in Unix milliseconds, for the validators
    /// after it to be relied on.
    ///
    /// # Errors
    /// [`FollowError::Expired`] (caller).
    pub(crate) fn check_age(&self, now: u64) -> Result<(), FollowError> {
        if self.tip.time >= self.relied_on_since(now) {
            return Ok(());
        }
        Err(FollowError::Expired {
            newest: self.tip.height,
            age: Duration::from_millis(now.saturating_sub(self.tip.time)),
            period: self.trusting_period.unwrap_or(Duration::MAX),
        })
    }

    /// Checks that a header is not ahead of `now`, in Unix milliseconds, by more than clocks differ. Its
    /// time would prolong the trusting period.
    ///
    /// # Errors
    /// [`FollowError::AheadOfClock`] (retry).
    pub(crate) fn check_clock(&self, header: &BlockHeader, now: u64) -> Result<(), FollowError> {
        let ahead = Duration::from_millis(header.time.saturating_sub(now));
        if self.trusting_period.is_none() || ahead <= MAX_CLOCK_DRIFT {
            return Ok(());
        }
        Err(FollowError::AheadOfClock {
            height: header.height,
            ahead,
            limit: MAX_CLOCK_DRIFT,
        })
    }

    /// Validators of blocks before this time are not relied on to sign no second history. Both times
    /// are in Unix milliseconds.
    pub(crate) fn relied_on_since(&self, now: u64) -> u64 {
        self.trusting_period.map_or(0, |period| {
            now.saturating_sub(u64::try_from(period.as_millis()).unwrap_or(u64::MAX))
        })
    }

    /// The height of the last header; before there is one, that before the [first](Self::first).
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

    /// The known sets whose custodians may hold the columns of the block at `height`, in the order in
    /// which to ask them; at most [`MAX_HOLDING_SETS`].
    pub(crate) fn holding_sets(&self, height: Height) -> Vec<&ValidatorSet> {
        let next = self.tip.height.saturating_add(1);
        let roots = holding_sets(&self.history, next, Some(height), None);
        let known = roots.filter_map(|root| self.set(root));
        known.take(MAX_HOLDING_SETS).collect()
    }

    /// The set that is needed to go on from the tip, if it is not known.
    pub(crate) fn missing(&self) -> Option<Missing> {
        let root = self.tip.validator_set_root;
        // At the last height there is nothing to go on to.
        let height = self.tip.height.next()?;
        (!self.sets.contains_key(&root)).then_some(Missing { height, root })
    }

    /// Verifies that an update shows the missing set.
    ///
    /// It introduces the set at its height, in place of the newest set, and is approved by more than
    /// 2/3 of that one's stake. Peers show the update that first introduced a set, so a chain that
    /// begins at a checkpoint may be shown one of before. That set is known by the root alone, which a
    /// header names that is trusted or final: its keys and stakes are right, and its contacts are what
    /// the peer says.
    ///
    /// Cost: two pairings, and if they hold a signature verification a validator.
    ///
    /// # Errors
    /// [`UpdateError`], whose fault says whether whoever sent it is to blame.
    pub(crate) fn verify_update(
        &self,
        missing: &Missing,
        update: &SignedValidatorUpdate,
    ) -> Result<ShownSet, UpdateError> {
        self.verify_shown(missing, update, Some(&self.newest))
    }

    /// As [`Self::verify_update`], where `replaced` was in force before the missing set.
    fn verify_shown(
        &self,
        missing: &Missing,
        update: &SignedValidatorUpdate,
        replaced: Option<&ValidatorSet>,
    ) -> Result<ShownSet, UpdateError> {
        let (found, expected) = (update.update.first_height, missing.height);
        let set = if self.begins_late() && found <= self.first() {
            update.validate()?;
            let set = update.update.validator_set();
            set.map_err(ValidatorUpdateError::from)?
        } else if found == expected {
            let replaces = update.update.replaces;
            let replaced = replaced.ok_or(UpdateError::UnknownSet { replaces })?;
            update.verify(&self.chain_id, replaced)?.set().clone()
        } else {
            return Err(UpdateError::OtherHeight { found, expected });
        };
        let (found, expected) = (set.root(), missing.root);
        if found != expected {
            return Err(UpdateError::OtherSet { found, expected });
        }
        let update = update.clone();
        Ok(ShownSet { set, update })
    }

    /// Knows a set from now on.
    pub(crate) fn learn(&mut self, set: &ValidatorSet) {
        Arc::make_mut(&mut self.sets).insert(set.root(), set.clone());
        let next = self.tip.validator_set_root;
        self.advance(&next);
    }

    /// Knows which sets were in force from which heights on, as stored headers have shown.
    pub(crate) fn restore_in_force(&mut self, stored: impl IntoIterator<Item = (Height, Digest)>) {
        let history = Arc::make_mut(&mut self.history);
        for (first, root) in stored {
            history.schedule(first, root);
        }
    }

    /// Knows a set that was missing at a height and is in the store. They come in the order of their
    /// heights, after [`Self::restore_in_force`] and before [`Self::resume`].
    ///
    /// # Errors
    /// [`UpdateError`]: the store is damaged.
    pub(crate) fn restore(
        &mut self,
        height: Height,
        stored: &SignedValidatorUpdate,
    ) -> Result<(), UpdateError> {
        let replaces = stored.update.replaces;
        let root = *self
            .history
            .taking_over_at(height)
            .ok_or(UpdateError::UnknownSet { replaces })?;
        let before = height.previous().and_then(|before| self.history.at(before));
        let replaced = before.and_then(|root| self.set(root));
        let shown = self.verify_shown(&Missing { height, root }, stored, replaced)?;
        self.learn(&shown.set);
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
    /// [`FollowError::NotCheckpoint`] neither: it is of a chain without the block at which this one
    /// begins.
    pub(crate) fn append(&mut self, signed: &SignedHeader) -> Result<VerifiedHeader, FollowError> {
        if let Some(checkpoint) = &self.beginning {
            check_checkpoint(checkpoint, &signed.header)?;
        }
        signed.header.verify_follows(&self.tip)?;
        let verified = self.verify_final(signed)?;
        self.tip = verified.as_parent();
        if let Some((first, root)) = verified.set_change() {
            Arc::make_mut(&mut self.history).schedule(first, root);
        }
        self.advance(&verified.next_validator_set_root);
        Ok(verified)
    }

    /// Verifies that the header of a height up to the one after the tip is final: signed by the set
    /// that is in force at its height. A set that was replaced signs nothing from then on, until
    /// headers of the chain name it again.
    ///
    /// # Errors
    /// [`FollowError`].
    pub(crate) fn verify_final(
        &self,
        signed: &SignedHeader,
    ) -> Result<VerifiedHeader, FollowError> {
        let (rows, max) = (signed.header.rows, self.max_rows);
        if rows > max {
            return Err(FollowError::TooManyRows { rows, max });
        }
        let (height, actual) = (signed.header.height, signed.header.validator_set_root);
        let Some(&expected) = self.history.at(height) else {
            let first = self.first();
            return Err(FollowError::BeforeFirst { height, first });
        };
        if actual != expected {
            return Err(HeaderError::WrongValidatorSet { expected, actual }.into());
        }
        let Some(set) = self.set(&expected) else {
            let root = expected;
            return Err(FollowError::UnknownValidatorSet { height, root });
        };
        Ok(signed.verify(&self.chain_id, set)?)
    }

    /// Verifies that both headers of a pair are final.
    ///
    /// Cost: two pairings a header.
    ///
    /// # Errors
    /// As [`Self::verify_final`].
    pub(crate) fn verify_conflict(&self, pair: &ConflictingHeaders) -> Result<(), FollowError> {
        self.verify_final(pair.first())?;
        self.verify_final(pair.second())?;
        Ok(())
    }
}

/// Checks that a header at the height of a checkpoint is the checkpoint's.
///
/// # Errors
/// [`FollowError::NotCheckpoint`] (caller).
pub(crate) fn check_checkpoint(
    checkpoint: &Checkpoint,
    header: &BlockHeader,
) -> Result<(), FollowError> {
    let (checkpoint, found) = (*checkpoint, header.hash());
    if header.height == checkpoint.height && found != checkpoint.hash {
        return Err(FollowError::NotCheckpoint { checkpoint, found });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
