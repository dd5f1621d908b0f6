//! The port to an engine, implemented on this node's pool, ledger, store and key.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use weft_chain::{
    Block, ChainId, FinalityCertificate, HeaderHash, Height, SecretKey, Signature, SignedHeader,
    ValidatorIndex, finality_message,
};
use weft_ledger::pool::Pool;
use weft_ledger::store::{Store, StoreError};
use weft_ledger::{Arrival, Committed, Head, Ledger, LedgerError, ValidatorSets};
use weft_network::{Directory, NetworkHandle, unix_ms};

use super::error::{ProposeError, SignError};
use super::proposing;
use super::verification::{self, BlockRefusal, Standpoint, ValidBlock};
use super::verified::VerifiedBlocks;
use super::{Application, OrdererMetrics, RoundProposers};

/// The parts of a [`NodeApplication`].
#[derive(Debug)]
pub struct ApplicationParts {
    /// The decided chain.
    pub ledger: Ledger,
    /// The certified blobs that wait for a block.
    pub pool: Pool,
    /// Where decided headers are gossiped.
    pub network: NetworkHandle,
    /// Signs headers; `None` for a node that is not a validator.
    pub key: Option<SecretKey>,
    /// Furthest that a block's time may be ahead of the local clock.
    pub clock_drift: Duration,
    /// Counters.
    pub metrics: OrdererMetrics,
}

/// The [`Application`] of a node.
#[derive(Clone, Debug)]
pub struct NodeApplication {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) ledger: Ledger,
    pub(super) pool: Pool,
    network: NetworkHandle,
    key: Option<SecretKey>,
    clock_drift: Duration,
    metrics: OrdererMetrics,
    verified: VerifiedBlocks,
    /// Held while a proposal is made, so that two callers get the same one.
    proposing: Mutex<()>,
    /// Every signed vote; the store drops those below the head.
    #[cfg(test)]
    signed: std::sync::Mutex<Vec<(Height, HeaderHash)>>,
}

impl NodeApplication {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: ApplicationParts) -> Self {
        let shared = Shared {
            ledger: parts.ledger,
            pool: parts.pool,
            network: parts.network,
            key: parts.key,
            clock_drift: parts.clock_drift,
            metrics: parts.metrics,
            verified: VerifiedBlocks::default(),
            proposing: Mutex::new(()),
            #[cfg(test)]
            signed: std::sync::Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The heights and headers of all votes that were signed since the start.
    #[cfg(test)]
    pub(crate) fn signed(&self) -> Vec<(Height, HeaderHash)> {
        self.shared.signed.lock().expect("no writer panics").clone()
    }
}

#[async_trait]
impl Application for NodeApplication {
    fn chain_id(&self) -> ChainId {
        self.shared.ledger.rules().chain_id
    }

    fn head(&self) -> Head {
        self.shared.ledger.head()
    }

    fn watch_head(&self) -> watch::Receiver<Head> {
        self.shared.ledger.watch_head()
    }

    fn validator_sets(&self) -> &ValidatorSets {
        self.shared.ledger.validator_sets()
    }

    fn directory(&self) -> &Directory {
        self.shared.ledger.directory()
    }

    fn validator(&self) -> Option<ValidatorIndex> {
        self.shared.validator_at(self.head().next_height())
    }

    fn watch_pending(&self) -> watch::Receiver<usize> {
        self.shared.pool.watch()
    }

    async fn propose(
        &self,
        proposers: &RoundProposers,
        empty: bool,
    ) -> Result<Option<ValidBlock>, ProposeError> {
        let _proposing = self.shared.proposing.lock().await;
        let (shared, proposers) = (Arc::clone(&self.shared), proposers.clone());
        spawn_blocking(move || proposing::propose(&shared, &proposers, empty))
            .await
            .map_err(|_| ProposeError::Closed)?
    }

    async fn verify(
        &self,
        proposers: &RoundProposers,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal> {
        let (shared, proposers) = (Arc::clone(&self.shared), proposers.clone());
        let outcome = spawn_blocking(move || {
            let valid = shared.verify(shared.ledger.head(), &proposers, block)?;
            let store = shared.ledger.store();
            // Stored even if the lock is on another header: a later round may decide this block.
            store.keep_proposal(valid.block())?;
            match store.vote_lock(valid.height(), proposers.round)? {
                Some(locked) if locked != valid.hash() => Err(BlockRefusal::Voted {
                    round: proposers.round,
                    locked,
                }),
                _ => Ok(valid),
            }
        })
        .await
        .map_err(|_| BlockRefusal::Closed)?;
        if let Err(error) = &outcome {
            let refused = &self.shared.metrics.refused_blocks;
            refused.with_label_values(&[error.label()]).inc();
        }
        outcome
    }

    async fn proposal(
        &self,
        height: Height,
        hash: HeaderHash,
    ) -> Result<Option<Block>, StoreError> {
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.block(height, &hash))
            .await
            .map_err(|_| StoreError::Stopped)?
    }

    async fn sign(
        &self,
        height: Height,
        round: u32,
        header: HeaderHash,
    ) -> Result<Signature, SignError> {
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.sign(height, round, header))
            .await
            .map_err(|_| SignError::Closed)?
    }

    async fn decided(
        &self,
        arrival: Arrival,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError> {
        let decided = Instant::now();
        // Read before the commit, which removes the blobs from the pool.
        let admitted = self.shared.pool.admitted(&block.body);
        let signed = SignedHeader {
            header: block.header.clone(),
            finality: finality.clone(),
        };
        let committed = self
            .shared
            .ledger
            .commit_from(arrival, block, finality)
            .await?;
        if committed == Committed::New {
            let metrics = &self.shared.metrics;
            metrics.observe_decision(&admitted, decided, Instant::now());
            // All validators decide at about the same time, with certificates of different signers.
            // One of them is enough for the network.
            if self.shared.ledger.is_gossiped(signed.header.height) {
                return Ok(committed);
            }
            if let Err(error) = self.shared.network.publish_header(signed).await {
                // Peers that gossip does not reach poll for the head.
                tracing::debug!(%error, "decided header not gossiped");
            }
        }
        Ok(committed)
    }

    fn store(&self) -> &Store {
        self.shared.ledger.store()
    }

    fn metrics(&self) -> &OrdererMetrics {
        &self.shared.metrics
    }
}

impl Shared {
    pub(super) fn validator_at(&self, height: Height) -> Option<ValidatorIndex> {
        let key = self.key.as_ref()?;
        self.ledger
            .validator_sets()
            .at(height)
            .index_of(&key.public_key())
    }

    /// Checks a block on `head`, in full the first time.
    pub(super) fn verify(
        &self,
        head: Head,
        proposers: &RoundProposers,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal> {
        let standpoint = Standpoint {
            rules: self.ledger.rules(),
            head,
            proposers,
            now: unix_ms(),
            drift: self.clock_drift,
        };
        if let Some(valid) = self.verified.get(head.hash, &block) {
            verification::verify_turn(&standpoint, &block.header)?;
            return Ok(valid);
        }
        let store = self.ledger.store();
        let ordered = |blob: &_| store.location(blob);
        let pooled = |blob: &_| self.pool.has_verified(blob);
        let valid = verification::verify(&standpoint, block, ordered, pooled)?;
        self.verified.put(head.hash, valid.clone());
        Ok(valid)
    }

    /// A stored proposal or a decided block.
    fn block(&self, height: Height, hash: &HeaderHash) -> Result<Option<Block>, StoreError> {
        let store = self.ledger.store();
        if let Some(kept) = store.proposal(height, hash)? {
            return Ok(Some(kept));
        }
        let Some(signed) = store.signed_header(height)? else {
            return Ok(None);
        };
        if signed.header.hash() != *hash {
            return Ok(None);
        }
        let header = signed.header;
        Ok(store.body(height)?.map(|body| Block { header, body }))
    }

    fn sign(&self, height: Height, round: u32, header: HeaderHash) -> Result<Signature, SignError> {
        let key = self
            .key
            .as_ref()
            .filter(|_| self.validator_at(height).is_some())
            .ok_or(SignError::NotValidator { height })?;
        let store = self.ledger.store();
        if store.proposal(height, &header)?.is_none() {
            return Err(SignError::NotVerified { height, header });
        }
        store.lock_vote(height, round, header)?;
        #[cfg(test)]
        self.signed
            .lock()
            .expect("no writer panics")
            .push((height, header));
        self.metrics.votes.inc();
        let rules = self.ledger.rules();
        let set_root = rules.set_root(height);
        let message = finality_message(&rules.chain_id, &header, round, &set_root);
        Ok(key.sign(&message))
    }
}
