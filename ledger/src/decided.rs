//! The ledger's handle: commits, the head, and notice of decided blocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::{Mutex, broadcast, watch};
use weft_chain::{
    Block, FinalityCertificate, Genesis, HeaderHash, Height, SignedHeader, SignedValidatorUpdate,
    VerifiedUpdate,
};
use weft_encoding::Digest;
use weft_network::Directory;

use super::error::{LedgerError, UpdateRefusal};
use super::header_rules::{Head, HeaderRules};
use super::offers::Offers;
use super::{Arrival, LedgerMetrics, ValidatorSets};
use crate::store::{Store, StoreError};

/// Decided blocks buffered for a slow subscriber. One that lags further reads the store.
const SUBSCRIBER_BACKLOG: usize = 64;

/// A block with the certificate that decided it.
#[derive(Clone, Debug)]
pub struct DecidedBlock {
    /// Header and body.
    pub block: Block,
    /// The validators' certificate over the header.
    pub finality: FinalityCertificate,
}

impl DecidedBlock {
    /// The header with its certificate, as it is gossiped and served.
    #[must_use]
    pub fn signed_header(&self) -> SignedHeader {
        SignedHeader {
            header: self.block.header.clone(),
            finality: self.finality.clone(),
        }
    }
}

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The block is the new head.
    New,
    /// The block had been decided before; nothing changed.
    Known,
}

/// The decided chain of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    genesis: Genesis,
    genesis_hash: HeaderHash,
    rules: HeaderRules,
    head: watch::Sender<Head>,
    decided: broadcast::Sender<Arc<DecidedBlock>>,
    /// Held through a commit: blocks are committed one at a time, in order.
    committing: Mutex<()>,
    /// The greatest height whose final header came by gossip.
    gossiped: AtomicU64,
    directory: Directory,
    offers: Offers,
    metrics: LedgerMetrics,
}

impl Ledger {
    /// Opens the chain in `store` under `genesis`, with all decided updates of the validator set.
    ///
    /// Cost: one signature verification per validator of each set that was ever in force.
    ///
    /// # Errors
    /// [`LedgerError::Genesis`], [`LedgerError::Directory`] (caller), [`LedgerError::Store`],
    /// [`LedgerError::StoredUpdate`] (local).
    pub fn open(
        store: Store,
        genesis: Genesis,
        metrics: LedgerMetrics,
    ) -> Result<Self, LedgerError> {
        let sets = ValidatorSets::from_genesis(&genesis)?;
        let directory = Directory::from_genesis(&genesis)?;
        for signed in store.validator_updates()? {
            // The update is in a decided block, so its signatures were verified.
            let first_height = signed.update.first_height;
            let set = signed.update.validator_set();
            let set = set.map_err(|source| LedgerError::StoredUpdate {
                first_height,
                source,
            })?;
            sets.schedule(first_height, set);
            directory.learn(&signed.update.validators);
        }
        let rules = HeaderRules::new(&genesis, sets);
        let head = match store.head()? {
            Some(signed) => Head::from(&signed),
            None => Head::genesis(&genesis),
        };
        metrics.height.set(gauge(head.height.get()));
        let shared = Shared {
            offers: Offers::open(&store, &rules, head.next_height())?,
            directory,
            store,
            genesis_hash: genesis.hash(),
            genesis,
            rules,
            head: watch::Sender::new(head),
            decided: broadcast::Sender::new(SUBSCRIBER_BACKLOG),
            committing: Mutex::new(()),
            gossiped: AtomicU64::new(0),
            metrics,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The genesis.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.shared.genesis
    }

    /// Hash of the genesis: the parent of the block at height 1.
    #[must_use]
    pub fn genesis_hash(&self) -> HeaderHash {
        self.shared.genesis_hash
    }

    /// The rules that every header of this chain must satisfy.
    #[must_use]
    pub fn rules(&self) -> &HeaderRules {
        &self.shared.rules
    }

    /// The validator sets by height.
    #[must_use]
    pub fn validator_sets(&self) -> &ValidatorSets {
        &self.shared.rules.sets
    }

    /// The contacts of all validators that the chain has named so far.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    /// The store of the decided blocks.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The last decided block.
    #[must_use]
    pub fn head(&self) -> Head {
        *self.shared.head.borrow()
    }

    /// Follows the head: always its latest value, never a backlog.
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    /// Every block decided from now on, in order. A subscriber that lags more than 64 blocks gets
    /// `Lagged` and reads what it missed from the store.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<DecidedBlock>> {
        self.shared.decided.subscribe()
    }

    /// Verifies a decided block and commits it durably before it returns.
    ///
    /// Idempotent: a block that is committed already is [`Committed::Known`].
    ///
    /// Cost: one aggregate signature and one store transaction, on the blocking pool.
    ///
    /// # Errors
    /// [`LedgerError`]: the block does not extend the head or its certificate does not hold (peer),
    /// it is from a later height (retry), the store failed (local).
    pub async fn commit(
        &self,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError> {
        self.commit_from(Arrival::Decided, block, finality).await
    }

    /// [`Ledger::commit`] for a block that reached this node as `arrival` says.
    ///
    /// # Errors
    /// As [`Ledger::commit`].
    pub async fn commit_from(
        &self,
        arrival: Arrival,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError> {
        let _committing = self.shared.committing.lock().await;
        let shared = Arc::clone(&self.shared);
        let outcome = tokio::task::spawn_blocking(move || shared.commit(block, finality))
            .await
            .map_err(|_| LedgerError::Closed)?;
        match outcome {
            Ok(Some(decided)) => {
                self.announce(decided, arrival);
                Ok(Committed::New)
            }
            Ok(None) => Ok(Committed::Known),
            Err(error) => {
                self.shared
                    .metrics
                    .refused_blocks
                    .with_label_values(&[reason(&error)])
                    .inc();
                Err(error)
            }
        }
    }

    /// Takes an update of the validator set for inclusion in a block: verifies it and stores it
    /// durably before it returns. An update that is pending or decided already changes nothing. A
    /// pending update is dropped once no block can include it any more. Blocks on the store.
    ///
    /// Cost: two pairings and one signature verification per validator of the new set.
    ///
    /// # Errors
    /// [`UpdateRefusal`]: no later block may include it, or its contacts do not parse (caller), too
    /// many are pending (retry), store (local).
    pub fn offer_update(&self, signed: SignedValidatorUpdate) -> Result<(), UpdateRefusal> {
        let shared = &self.shared;
        let decided = shared.store.validator_update(signed.update.first_height)?;
        if decided.is_some_and(|decided| decided.update == signed.update) {
            return Ok(());
        }
        let next = self.head().next_height();
        shared
            .offers
            .take(&shared.store, &shared.rules, next, signed)
    }

    /// The updates that wait for a block, oldest first, at most
    /// [`MAX_OFFERED_UPDATES`](super::MAX_OFFERED_UPDATES).
    #[must_use]
    pub fn offered_updates(&self) -> Vec<SignedValidatorUpdate> {
        self.shared.offers.kept()
    }

    /// Follows the number of updates that wait for a block.
    #[must_use]
    pub fn watch_offered(&self) -> watch::Receiver<usize> {
        self.shared.offers.watch()
    }

    /// The decided update that first introduced the set with this root; `None` for the genesis set.
    /// Blocks on the store.
    ///
    /// A set can come back into force later. Because this is always its first update, a walk from
    /// each update to the set that it replaces ends at the genesis set.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub fn update_for(&self, root: &Digest) -> Result<Option<SignedValidatorUpdate>, StoreError> {
        self.update_from(self.validator_sets().history().introduced(root))
    }

    /// The decided update that put the set with this root in force at `height`. `None` if another
    /// set is in force there, or if the genesis set has been in force since the genesis. Blocks on
    /// the store.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub fn update_until(
        &self,
        root: &Digest,
        height: Height,
    ) -> Result<Option<SignedValidatorUpdate>, StoreError> {
        let history = self.validator_sets().history();
        self.update_from(history.in_force_since(root, height))
    }

    /// The update with this first height; none introduced the genesis set, which is in
    /// force from height 0 on.
    fn update_from(
        &self,
        first: Option<Height>,
    ) -> Result<Option<SignedValidatorUpdate>, StoreError> {
        match first.filter(|first| *first > Height::GENESIS) {
            Some(first) => self.shared.store.validator_update(first),
            None => Ok(None),
        }
    }

    /// Notes that gossip carries the final header of a height.
    pub fn note_gossiped(&self, height: Height) {
        self.shared.gossiped.fetch_max(height.get(), Relaxed);
    }

    /// Whether gossip has brought the final header of this height or a later one, so that this node
    /// need not gossip it.
    #[must_use]
    pub fn is_gossiped(&self, height: Height) -> bool {
        self.shared.gossiped.load(Relaxed) >= height.get()
    }

    fn announce(&self, decided: DecidedBlock, arrival: Arrival) {
        let head = Head::of(&decided.block.header);
        let metrics = &self.shared.metrics;
        metrics.height.set(gauge(head.height.get()));
        metrics.count(&decided.block, arrival);
        self.shared.head.send_replace(head);
        // An error only means that there is no subscriber.
        let _ = self.shared.decided.send(Arc::new(decided));
    }
}

impl Shared {
    fn commit(
        &self,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Option<DecidedBlock>, LedgerError> {
        let signed = SignedHeader {
            header: block.header.clone(),
            finality,
        };
        let set = self.rules.sets.at(signed.header.height);
        let head = *self.head.borrow();
        if signed.header.height <= head.height {
            return self.check_known(signed);
        }
        let update = self.rules.check_block(&head, &block)?;
        for blob in &block.body.blobs {
            let id = &blob.certificate.blob_id;
            if let Some(earlier) = self.store.location(id)? {
                self.rules.check_again(id, &earlier, block.header.height)?;
            }
        }
        let verified = signed
            .verify(&self.rules.chain_id, &set)
            .map_err(LedgerError::Finality)?;
        let finality = verified.finality().clone();
        self.store.commit_block(&block, &finality)?;
        if let Some(update) = update {
            self.apply(&update);
        }
        let next = block.header.height.saturating_add(1);
        if let Err(error) = self.offers.prune(&self.store, &self.rules, next) {
            tracing::error!(%error, "offered updates were not dropped from the store");
        }
        Ok(Some(DecidedBlock { block, finality }))
    }

    /// Applies the update of a committed block, before the block is announced.
    fn apply(&self, update: &VerifiedUpdate) {
        let first = update.first_height();
        self.rules.sets.schedule(first, update.set().clone());
        self.directory.learn(&update.signed().update.validators);
        tracing::info!(
            first_height = %first,
            root = %update.set().root(),
            validators = update.set().len(),
            "the validator set changes"
        );
    }

    /// Checks a header at a decided height: the same block, a fork, or a block that is not final.
    fn check_known(&self, signed: SignedHeader) -> Result<Option<DecidedBlock>, LedgerError> {
        let height = signed.header.height;
        let found = signed.header.hash();
        let decided = match self.store.signed_header(height)? {
            Some(decided) => decided.header.hash(),
            None => self.genesis_hash,
        };
        if decided == found {
            return Ok(None);
        }
        let set = self.rules.sets.at(height);
        signed
            .verify(&self.rules.chain_id, &set)
            .map_err(LedgerError::Finality)?;
        tracing::error!(%height, %decided, %found, "two finalised headers at one height");
        Err(LedgerError::Fork {
            height,
            decided,
            found,
        })
    }
}

fn gauge(height: u64) -> i64 {
    i64::try_from(height).unwrap_or(i64::MAX)
}

fn reason(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Rule(_) => "extension",
        LedgerError::Finality(_) => "finality",
        LedgerError::Fork { .. } => "fork",
        LedgerError::Store(_) => "store",
        LedgerError::Genesis(_)
        | LedgerError::Directory(_)
        | LedgerError::StoredUpdate { .. }
        | LedgerError::Closed => "local",
    }
}
