//! The proposer's loop, and the other validators' vote.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use weft_chain::Signature;
use weft_encoding::Fault;
use weft_ledger::Arrival;
use weft_network::Directory;
use weft_network::{NetworkHandle, PeerId, Propose, Refusal};

use super::SoloConfig;
use super::votes::{self, Ballot};
use crate::{
    Application, BlockRefusal, Orderer, OrdererError, OrdererMetrics, RoundProposers, ValidBlock,
};

/// The only round.
const ROUND: u32 = 0;

/// Pause after a proposal that could not be made or committed.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// The orderer with one fixed proposer.
#[derive(Debug)]
pub struct SoloOrderer {
    application: Arc<dyn Application>,
    network: NetworkHandle,
    directory: Directory,
    config: SoloConfig,
    metrics: OrdererMetrics,
}

impl SoloOrderer {
    /// An orderer on `application`.
    ///
    /// # Errors
    /// [`OrdererError::UnknownProposer`] (caller) when the proposer is not in the validator set.
    pub fn new(
        application: Arc<dyn Application>,
        network: NetworkHandle,
        directory: Directory,
        config: SoloConfig,
        metrics: OrdererMetrics,
    ) -> Result<Self, OrdererError> {
        let set = application
            .validator_sets()
            .at(application.head().next_height());
        if set.get(config.proposer).is_none() {
            return Err(OrdererError::UnknownProposer {
                proposer: config.proposer,
                validators: set.len(),
            });
        }
        Ok(Self {
            application,
            network,
            directory,
            config,
            metrics,
        })
    }

    fn proposes(&self) -> bool {
        self.application.validator() == Some(self.config.proposer)
    }

    /// Solo has one round, and one proposer of it.
    fn round_proposers(&self) -> RoundProposers {
        RoundProposers {
            round: ROUND,
            in_order: vec![self.config.proposer],
        }
    }

    /// Proposes whenever this node is the proposer and something waits, until `shutdown`.
    async fn propose_blocks(&self, shutdown: &CancellationToken) {
        let mut head = self.application.watch_head();
        let mut pending = self.application.watch_pending();
        let mut due = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep_until(due) => {}
            }
            // Marked before the read, so that a later change wakes the wait below.
            head.mark_unchanged();
            pending.mark_unchanged();
            if !self.proposes() {
                // A change of the set may make this node the proposer, or another one.
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    _ = head.changed() => continue,
                }
            }
            let (proposers, empty) = (self.round_proposers(), self.config.empty_blocks);
            match self.application.propose(&proposers, empty).await {
                Ok(Some(block)) => due = Instant::now() + self.decide(block, shutdown).await,
                Ok(None) => tokio::select! {
                    () = shutdown.cancelled() => return,
                    _ = pending.changed() => {}
                    _ = head.changed() => {}
                },
                Err(error) => {
                    tracing::error!(%error, "no block proposed");
                    due = Instant::now() + RETRY_PAUSE;
                }
            }
        }
    }

    /// Gets one block decided; returns how long to wait before the next.
    async fn decide(&self, block: ValidBlock, shutdown: &CancellationToken) -> Duration {
        let started = Instant::now();
        let own = match self
            .application
            .sign(block.height(), ROUND, block.hash())
            .await
        {
            Ok(signature) => signature,
            Err(error) => {
                tracing::error!(%error, height = %block.height(), "own block not signed");
                return RETRY_PAUSE;
            }
        };
        let set = self.application.validator_sets().at(block.height());
        let ballot = Ballot {
            block: block.block(),
            hash: block.hash(),
            round: ROUND,
            set: &set,
            own: (self.config.proposer, own),
        };
        let mut head = self.application.watch_head();
        let finality = tokio::select! {
            () = shutdown.cancelled() => return Duration::ZERO,
            outcome = votes::collect(&ballot, &self.network, &self.directory) => outcome,
            // The height was decided without this ballot: the header came by sync.
            _ = head.wait_for(|head| head.height >= block.height()) => return Duration::ZERO,
        };
        let finality = match finality {
            Ok(finality) => finality,
            Err(error) => {
                tracing::error!(%error, height = %block.height(), "the votes form no certificate");
                return RETRY_PAUSE;
            }
        };
        match self
            .application
            .decided(Arrival::Decided, (**block.block()).clone(), finality)
            .await
        {
            Ok(_) => {
                self.metrics.proposed_blocks.inc();
                self.metrics
                    .decision_seconds
                    .observe(started.elapsed().as_secs_f64());
                tracing::info!(
                    height = %block.height(),
                    hash = %block.hash(),
                    blobs = block.block().body.blobs.len(),
                    rows = block.block().header.rows,
                    "block decided"
                );
                self.config.block_interval
            }
            Err(error) => {
                tracing::error!(%error, height = %block.height(), "decided block not committed");
                RETRY_PAUSE
            }
        }
    }
}

#[async_trait]
impl Orderer for SoloOrderer {
    fn name(&self) -> &'static str {
        "solo"
    }

    async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), OrdererError> {
        self.propose_blocks(&shutdown).await;
        Ok(())
    }

    async fn vote(&self, from: PeerId, proposal: Propose) -> Result<Signature, Refusal> {
        if self.application.validator().is_none() {
            return Err(Refusal::NotServed);
        }
        let proposer = self.config.proposer;
        let set = self
            .application
            .validator_sets()
            .at(self.application.head().next_height());
        // A vote locks its height, so any peer that could request one could stop the chain.
        if self.directory.peer_of(&set, proposer) != Some(from) {
            return Err(Refusal::invalid(format!(
                "{from} is not the proposer {proposer}"
            )));
        }
        let block = self
            .application
            .verify(&self.round_proposers(), proposal.block)
            .await
            .map_err(|error| {
                tracing::warn!(%error, "no vote for a proposed block");
                refusal(&error)
            })?;
        let signed = self.application.sign(block.height(), ROUND, block.hash());
        signed.await.map_err(|error| {
            tracing::warn!(%error, height = %block.height(), "no vote for a proposed block");
            match error.fault() {
                Fault::Peer => Refusal::invalid(error),
                Fault::Retry => Refusal::Busy,
                Fault::Caller | Fault::Local => Refusal::Failed,
            }
        })
    }
}

fn refusal(error: &BlockRefusal) -> Refusal {
    match error.fault() {
        Fault::Peer | Fault::Caller => Refusal::invalid(error),
        Fault::Retry => Refusal::NotYet,
        Fault::Local => Refusal::Failed,
    }
}
