//! The port to an engine, implemented on this node's pool, ledger, store and key.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use weft_chain::{
    Block, BlockBody, CertifiedBlob, FinalityCertificate, Height, SecretKey, Signature,
    SignedHeader, ValidatorIndex, finality_message,
};
use weft_network::NetworkHandle;

use super::error::{ProposeError, SignError};
use super::proposal::ProposalFile;
use super::selection::select;
use super::verification::{self, BlockRefusal, Standpoint, ValidBlock};
use super::{Application, OrdererMetrics};
use crate::ledger::{Committed, Head, Ledger, LedgerError, ValidatorSets};
use crate::pool::Pool;
use crate::store::StoreError;

/// What the application is made of.
#[derive(Debug)]
pub struct ApplicationParts {
    /// The decided chain.
    pub ledger: Ledger,
    /// The certified blobs that wait.
    pub pool: Pool,
    /// Where decided headers are gossiped.
    pub network: NetworkHandle,
    /// Signs headers; `None` for a node that is no validator.
    pub key: Option<SecretKey>,
    /// The node's data folder; the current proposal is kept there.
    pub data_dir: PathBuf,
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
struct Shared {
    ledger: Ledger,
    pool: Pool,
    network: NetworkHandle,
    key: Option<SecretKey>,
    proposals: ProposalFile,
    clock_drift: Duration,
    metrics: OrdererMetrics,
    /// Held while a proposal is made, so that two callers get the same one.
    proposing: Mutex<()>,
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
            proposals: ProposalFile::in_folder(&parts.data_dir),
            clock_drift: parts.clock_drift,
            metrics: parts.metrics,
            proposing: Mutex::new(()),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

#[async_trait]
impl Application for NodeApplication {
    fn head(&self) -> Head {
        self.shared.ledger.head()
    }

    fn watch_head(&self) -> watch::Receiver<Head> {
        self.shared.ledger.watch_head()
    }

    fn validator_sets(&self) -> &ValidatorSets {
        self.shared.ledger.validator_sets()
    }

    fn validator(&self) -> Option<ValidatorIndex> {
        self.shared.validator_at(self.head().next_height())
    }

    fn watch_pending(&self) -> watch::Receiver<usize> {
        self.shared.pool.watch()
    }

    async fn propose(&self, empty: bool) -> Result<Option<ValidBlock>, ProposeError> {
        let _proposing = self.shared.proposing.lock().await;
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.propose(empty))
            .await
            .map_err(|_| ProposeError::Closed)?
    }

    async fn verify(
        &self,
        proposer: ValidatorIndex,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal> {
        let shared = Arc::clone(&self.shared);
        let outcome = tokio::task::spawn_blocking(move || {
            let head = shared.ledger.head();
            shared.verify(head, proposer, block)
        })
        .await
        .map_err(|_| BlockRefusal::Closed)?;
        match &outcome {
            Ok(valid) => {
                self.shared
                    .ledger
                    .keep_candidate(valid.hash(), Arc::clone(valid.block()));
            }
            Err(error) => {
                self.shared
                    .metrics
                    .refused_blocks
                    .with_label_values(&[error.label()])
                    .inc();
            }
        }
        outcome
    }

    async fn sign(&self, block: &ValidBlock) -> Result<Signature, SignError> {
        let shared = Arc::clone(&self.shared);
        let block = block.clone();
        tokio::task::spawn_blocking(move || shared.sign(&block))
            .await
            .map_err(|_| SignError::Closed)?
    }

    async fn decided(
        &self,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError> {
        let signed = SignedHeader {
            header: block.header.clone(),
            finality: finality.clone(),
        };
        let committed = self.shared.ledger.commit(block, finality).await?;
        if committed == Committed::New
            && let Err(error) = self.shared.network.publish_header(signed).await
        {
            // Peers that gossip does not reach ask for the head by themselves.
            tracing::debug!(%error, "decided header not gossiped");
        }
        Ok(committed)
    }
}

impl Shared {
    fn validator_at(&self, height: Height) -> Option<ValidatorIndex> {
        let key = self.key.as_ref()?;
        self.ledger
            .validator_sets()
            .at(height)
            .index_of(&key.public_key())
    }

    fn propose(&self, empty: bool) -> Result<Option<ValidBlock>, ProposeError> {
        let head = self.ledger.head();
        let height = head.next_height();
        let proposer = self
            .validator_at(height)
            .ok_or(ProposeError::NotValidator { height })?;

        let kept = self.proposals.load()?.filter(|block| {
            let header = &block.header;
            header.height == height && header.parent == head.hash && header.proposer == proposer
        });
        let block = match (kept, self.ledger.store().vote_lock(height)?) {
            (Some(block), _) => block,
            (None, Some(locked)) => return Err(ProposeError::LostProposal { height, locked }),
            (None, None) => {
                let blobs = self.choose(height)?;
                if blobs.is_empty() && !empty {
                    return Ok(None);
                }
                let block = self.build(&head, proposer, blobs)?;
                self.proposals.keep(&block)?;
                block
            }
        };
        self.verify(head, proposer, block)
            .map(Some)
            .map_err(ProposeError::Invalid)
    }

    /// Pending blobs that a block at `height` can order, chosen fairly.
    fn choose(&self, height: Height) -> Result<Vec<CertifiedBlob>, StoreError> {
        let mut candidates = Vec::new();
        for blob in self.pool.pending() {
            let certificate = &blob.certificate;
            let stands = || {
                let sets = self.ledger.validator_sets();
                sets.certifying(&certificate.validator_set_root, height)
                    .is_some()
            };
            if !certificate.is_expired_at(height)
                && stands()
                && self
                    .ledger
                    .store()
                    .location(&certificate.blob_id)?
                    .is_none()
            {
                candidates.push(blob);
            }
        }
        let max_rows = usize::from(self.ledger.rules().max_block_rows);
        Ok(select(candidates, max_rows)
            .iter()
            .map(|blob| (**blob).clone())
            .collect())
    }

    fn build(
        &self,
        head: &Head,
        proposer: ValidatorIndex,
        blobs: Vec<CertifiedBlob>,
    ) -> Result<Block, ProposeError> {
        let rules = self.ledger.rules();
        let next_set_root = rules.set_root(head.next_height().saturating_add(1));
        let parent = rules.parent(head);
        Ok(Block::build(
            &parent,
            now_ms(),
            proposer,
            next_set_root,
            BlockBody { blobs },
        )?)
    }

    fn verify(
        &self,
        head: Head,
        proposer: ValidatorIndex,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal> {
        let standpoint = Standpoint {
            rules: self.ledger.rules(),
            head,
            proposer,
            now: now_ms(),
            drift: self.clock_drift,
        };
        verification::verify(&standpoint, block, |blob| {
            Ok(self
                .ledger
                .store()
                .location(blob)?
                .map(|location| location.height))
        })
    }

    fn sign(&self, block: &ValidBlock) -> Result<Signature, SignError> {
        let height = block.height();
        let key = self
            .key
            .as_ref()
            .filter(|_| self.validator_at(height).is_some())
            .ok_or(SignError::NotValidator { height })?;
        self.ledger.store().lock_vote(height, block.hash())?;
        self.metrics.votes.inc();
        let rules = self.ledger.rules();
        Ok(key.sign(&finality_message(
            &rules.chain_id,
            &block.hash(),
            &rules.set_root(height),
        )))
    }
}

/// The clock, unix milliseconds; 0 before 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
