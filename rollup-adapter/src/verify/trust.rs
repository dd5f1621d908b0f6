//! What a rollup trusts: a chain's name, its genesis, a checkpoint, and what was proven from there.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use thiserror::Error;
use weft_chain::{
    BlockHeader, ChainId, Checkpoint, Genesis, GenesisError, HeaderHash, Height, Parent, Retention,
    SignedHeader, SignedValidatorUpdate, ValidatorSet, ValidatorUpdateError, VerifiedHeader,
};
use weft_encoding::{Digest, Fault};

use super::{
    HeaderError,
    header::verify_signed,
    history::{Absence, ProvenHistory},
    seen::SeenHeaders,
};

/// The root of all verification. It is got from the chain's genesis, by a way that the rollup
/// trusts, and never from a gateway.
///
/// It grows: with every change of the validator set that a final header shows, and with the headers
/// that were verified. Clones share what they learn.
///
/// A set finalises the heights at which it is in force, as far as that is known: none before the
/// change that introduced it, none from the one that replaced it until one that brought it back.
/// Nobody can know a change that every gateway hides. Until it is known, the validators of the
/// replaced set are relied on to sign nothing more. Three things bound this:
///
/// - a **checkpoint** ([`Trust::with_checkpoint`]): above its height, sets of before finalise
///   nothing, and below it every linked list has to arrive at its hash;
/// - a **trusting period** ([`Trust::within`]): when the newest header that was verified is older,
///   nothing above it is accepted any more;
/// - **linked headers**, which rest on the set of the first of them alone.
///
/// Two final headers of one height show that more than a third of a set's stake has signed both.
/// The newest [`MAX_SEEN_HEADERS`](super::MAX_SEEN_HEADERS) headers that were verified are kept, and
/// what contradicts one of them is refused with [`HeaderError::Conflicting`], which has both.
#[derive(Debug, Clone)]
pub struct Trust {
    genesis: Parent,
    retention: Retention,
    expiry: Option<Expiry>,
    learnt: Arc<RwLock<Learnt>>,
}

/// A trusting period and the time at which it is looked at, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Expiry {
    period: u64,
    now: u64,
}

#[derive(Debug)]
struct Learnt {
    checkpoint: Option<Checkpoint>,
    /// Whether the header that the checkpoint names was shown.
    is_shown: bool,
    history: ProvenHistory,
    /// Sets that the history has named, by root.
    sets: BTreeMap<Digest, ValidatorSet>,
    headers: SeenHeaders,
    /// Height and time of the newest block that is trusted or verified.
    newest: (Height, u64),
}

impl Trust {
    /// Trusts a genesis: its chain id, its hash, its retention and its validators.
    ///
    /// Costs one signature verification a validator, for the proofs of possession.
    ///
    /// # Errors
    ///
    /// [`TrustError::Genesis`], if the genesis has no valid validator set. Fault: caller.
    pub fn from_genesis(genesis: &Genesis) -> Result<Self, TrustError> {
        let set = genesis.validator_set()?;
        Ok(Self::new(genesis.as_parent(&set), genesis.retention(), set))
    }

    /// Trusts what the first block follows, the chain's retention, and the validator set of the first
    /// block.
    pub fn new(genesis: Parent, retention: Retention, validators: ValidatorSet) -> Self {
        let learnt = Learnt {
            checkpoint: None,
            is_shown: false,
            history: ProvenHistory::new(validators.root()),
            sets: BTreeMap::from([(validators.root(), validators)]),
            headers: SeenHeaders::default(),
            newest: (genesis.height, genesis.time),
        };
        Self {
            genesis,
            retention,
            expiry: None,
            learnt: Arc::new(RwLock::new(learnt)),
        }
    }

    /// Trusts also the block that a checkpoint names, as do all clones.
    ///
    /// From its height on nothing rests on the genesis, and nothing is accepted until its header is
    /// shown ([`Trust::show_checkpoint`]). Headers below it are verified from the genesis. That they
    /// are of the same chain is proven only by links that lead up to the checkpoint.
    #[must_use]
    pub fn with_checkpoint(self, checkpoint: Checkpoint) -> Self {
        let mut learnt = self.write();
        learnt.checkpoint = Some(checkpoint);
        learnt.is_shown = false;
        drop(learnt);
        self
    }

    /// This trust at the time `now`, in Unix milliseconds, with a trusting period. It shares what it
    /// learns.
    ///
    /// Nothing above the newest block that was trusted or verified is accepted once that block is
    /// older than `period`. The period is how long validators are relied on to sign no second
    /// history after their last block.
    #[must_use]
    pub fn within(&self, period: Duration, now: u64) -> Self {
        let period = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        Self {
            expiry: Some(Expiry { period, now }),
            ..self.clone()
        }
    }

    /// Takes in the header that the checkpoint names. It is known by its hash: no signature is
    /// looked at.
    ///
    /// # Errors
    ///
    /// [`HeaderError::NotCheckpoint`], if it is another one. Fault: peer.
    pub fn show_checkpoint(&self, header: &BlockHeader) -> Result<(), HeaderError> {
        let mut learnt = self.write();
        let Some(checkpoint) = learnt.checkpoint else {
            return Ok(());
        };
        if header.height != checkpoint.height {
            return Err(HeaderError::OtherHeight {
                found: header.height,
                expected: checkpoint.height,
            });
        }
        learnt.check_checkpoint(header.height, header.hash())?;
        if !learnt.is_shown {
            learnt.is_shown = true;
            learnt.history.begin_at(header);
            learnt.raise(header.height, header.time);
        }
        Ok(())
    }

    /// Trusts the set that an update introduces, and gives it.
    ///
    /// The replaced set has to be in force before the update's first height, to have approved the
    /// update, and to have finalised `before`: the header before that height, which names the new
    /// set. So an update that no block included introduces nothing.
    ///
    /// Costs four pairings, and if the first two hold a signature verification for each of the new
    /// validators.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]. Fault: as it says.
    pub fn learn(
        &self,
        update: &SignedValidatorUpdate,
        before: &SignedHeader,
    ) -> Result<ValidatorSet, UpdateError> {
        let replaces = update.update.replaces;
        let replaced = self
            .validator_set(&replaces)
            .ok_or(UpdateError::UnknownValidatorSet { root: replaces })?;
        let verified = update.verify(self.chain_id(), &replaced)?;
        let (set, first) = (verified.set().clone(), verified.first_height());
        let header = &before.header;
        if header.height.next() != Some(first)
            || header.validator_set_root != replaces
            || header.next_validator_set_root != set.root()
        {
            return Err(UpdateError::NotDecided {
                height: header.height,
                next: header.next_validator_set_root,
                root: set.root(),
                first_height: first,
            });
        }
        verify_signed(self, before).map_err(Box::new)?;
        self.show_set(&set);
        Ok(set)
    }

    /// Takes in the validators of a set whose root is proven to be in force at some height; gives
    /// whether it is.
    pub fn show_set(&self, set: &ValidatorSet) -> bool {
        let mut learnt = self.write();
        let is_named = learnt.history.has(&set.root());
        if is_named {
            learnt.sets.insert(set.root(), set.clone());
        }
        is_named
    }

    /// The set that may finalise a header, as far as anything but its signatures tells.
    pub(super) fn finalising(&self, header: &BlockHeader) -> Result<ValidatorSet, HeaderError> {
        let learnt = self.read();
        let (height, root) = (header.height, header.validator_set_root);
        if let Some(checkpoint) = learnt.checkpoint
            && height >= checkpoint.height
            && !learnt.is_shown
        {
            return Err(HeaderError::CheckpointNotShown { checkpoint });
        }
        if !learnt.history.is_in_force(&root, height) {
            return Err(match learnt.history.absence(&root, height) {
                Absence::Replaced(replaced_at) => HeaderError::RetiredValidatorSet {
                    height,
                    root,
                    replaced_at,
                },
                Absence::Early(first_height) => HeaderError::EarlyValidatorSet {
                    height,
                    root,
                    first_height,
                },
                Absence::Unknown => HeaderError::UnknownValidatorSet { root },
            });
        }
        let (newest, time) = learnt.newest;
        if let Some(Expiry { period, now }) = self.expiry
            && height > newest
            && now.saturating_sub(time) > period
        {
            return Err(HeaderError::Expired {
                height,
                newest,
                age_ms: now.saturating_sub(time),
                period_ms: period,
            });
        }
        let set = learnt.sets.get(&root).cloned();
        set.ok_or(HeaderError::UnknownValidatorSet { root })
    }

    /// Takes in a header that is final, if it contradicts nothing that is trusted or was verified.
    pub(super) fn admit(&self, header: &VerifiedHeader) -> Result<(), HeaderError> {
        let mut learnt = self.write();
        let learnt = &mut *learnt;
        learnt.check_checkpoint(header.height, header.hash())?;
        if let Some(before) = header.height.previous() {
            learnt.check_checkpoint(before, header.parent)?;
        }
        learnt.headers.admit(&self.genesis, header)?;
        learnt.history.note(header.header());
        // A time ahead of the clock is no longer trust.
        let now = self.expiry.map_or(u64::MAX, |expiry| expiry.now);
        learnt.raise(header.height, header.time.min(now));
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Learnt> {
        self.learnt.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Learnt> {
        self.learnt.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain's id.
    pub const fn chain_id(&self) -> &ChainId {
        &self.genesis.chain_id
    }

    /// The genesis hash: the parent of the block at height 1.
    pub const fn genesis_hash(&self) -> &HeaderHash {
        &self.genesis.hash
    }

    /// What the block at height 1 follows.
    pub const fn genesis(&self) -> &Parent {
        &self.genesis
    }

    /// Which expiries certificates of the chain may have.
    pub const fn retention(&self) -> Retention {
        self.retention
    }

    /// The trusted checkpoint, if the header that it names was not shown yet.
    pub fn checkpoint_to_show(&self) -> Option<Checkpoint> {
        let learnt = self.read();
        learnt.checkpoint.filter(|_| !learnt.is_shown)
    }

    /// The validator set with this root, if it is proven to be in force at some height.
    pub fn validator_set(&self, root: &Digest) -> Option<ValidatorSet> {
        let learnt = self.read();
        let set = learnt.sets.get(root).filter(|_| learnt.history.has(root));
        set.cloned()
    }

    /// Whether the set with this root is in force at `height`, as far as changes are known.
    pub fn is_in_force(&self, root: &Digest, height: Height) -> bool {
        self.read().history.is_in_force(root, height)
    }

    /// Whether the set in force at `height` replaced the set with root `before`.
    pub fn is_before(&self, before: &Digest, height: Height) -> bool {
        self.read().history.came_after(before, height)
    }

    /// The verified header of this height, if it is among the newest to be verified.
    pub fn header(&self, height: Height) -> Option<VerifiedHeader> {
        self.read().headers.get(height).cloned()
    }

    /// Height and time, in Unix milliseconds, of the newest block that is trusted or was verified.
    ///
    /// A program that stops may keep it with its hash ([`Trust::header`]) as the checkpoint to begin
    /// with again.
    pub fn newest(&self) -> (Height, u64) {
        self.read().newest
    }
}

impl Learnt {
    fn check_checkpoint(&self, height: Height, found: HeaderHash) -> Result<(), HeaderError> {
        match self.checkpoint {
            Some(checkpoint) if height == checkpoint.height && found != checkpoint.hash => {
                Err(HeaderError::NotCheckpoint { checkpoint, found })
            }
            _ => Ok(()),
        }
    }

    fn raise(&mut self, height: Height, time: u64) {
        if height > self.newest.0 {
            self.newest = (height, time);
        }
    }
}

/// Why a genesis cannot be trusted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The genesis has no valid validator set. Fault: caller.
    #[error("the genesis is not valid: {0}")]
    Genesis(#[from] GenesisError),
}

impl TrustError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Why a validator set is not trusted that an update introduces.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The update replaces a set that is not trusted. Fault: peer.
    #[error("it replaces validator set {root}, which is not trusted")]
    UnknownValidatorSet {
        /// Root of the replaced set.
        root: Digest,
    },
    /// The update does not verify. Fault: peer.
    #[error("it does not hold: {0}")]
    Refused(#[from] ValidatorUpdateError),
    /// The header is not the one before the update's first height, or names another set as the
    /// next: no block included the update. Fault: peer.
    #[error(
        "it is not decided: the header at {height} has {next} as the next set, the update has {root} \
         from {first_height}"
    )]
    NotDecided {
        /// The header's height.
        height: Height,
        /// The next set by the header.
        next: Digest,
        /// The set that the update introduces.
        root: Digest,
        /// The first height of that set.
        first_height: Height,
    },
    /// The header before the change does not hold. Fault: as it says.
    #[error("the header before it does not hold: {0}")]
    Header(#[from] Box<HeaderError>),
}

impl UpdateError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Header(error) => error.fault(),
            _ => Fault::Peer,
        }
    }
}
