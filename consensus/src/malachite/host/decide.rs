//! Votes and decisions: the extension of a precommit, the commit of a decided block, evidence, and
//! the next height.

use std::slice;
use std::sync::PoisonError;

use arc_malachitebft_app::consensus::MisbehaviorEvidence;
use arc_malachitebft_app::engine::host::Next;
use arc_malachitebft_app::types::core::{
    CommitCertificate, ExtendedCommitCertificate, Round, ValueId, VoteExtensions,
};
use ractor::RpcReplyPort;
use weft_chain::Height;
use weft_ledger::{Arrival, Committed};

use super::{Host, reply};
use crate::malachite::MalachiteError;
use crate::malachite::codec::Wire;
use crate::malachite::context::WeftContext;
use crate::malachite::evidence;
use crate::malachite::finality::finality_certificate;
use crate::malachite::types::{ConsensusValidators, FinalitySignature};

impl Host {
    /// The signature for finality that goes with a precommit. The application locks (height, round)
    /// on the header, durably, before it signs.
    ///
    /// A refusal ends the engine, because a precommit without an extension is invalid. A refusal
    /// means that this node has signed another header in this round, or has lost the block.
    pub(super) async fn extend_vote(
        self,
        height: Height,
        round: Round,
        header: ValueId<WeftContext>,
        port: RpcReplyPort<Option<FinalitySignature>>,
    ) {
        let Some(round) = round.as_u32() else {
            return reply(port, None);
        };
        match self.application().sign(height, round, header).await {
            Ok(signature) => reply(port, Some(FinalitySignature(signature))),
            Err(error) => {
                tracing::error!(%error, %height, round, %header, "precommit not signed");
                reply(port, None);
            }
        }
    }

    /// Commits a decided block, and tells the engine when it is durable.
    pub(super) async fn decided(
        self,
        certificate: CommitCertificate<WeftContext>,
        extensions: VoteExtensions<WeftContext>,
        port: RpcReplyPort<()>,
    ) {
        match self.commit(certificate, extensions).await {
            Ok(()) => reply(port, ()),
            Err(MalachiteError::Closed) => tracing::debug!("a decision came during shutdown"),
            Err(error) => self.fail(error),
        }
    }

    async fn commit(
        &self,
        certificate: CommitCertificate<WeftContext>,
        extensions: VoteExtensions<WeftContext>,
    ) -> Result<(), MalachiteError> {
        let (height, header) = (certificate.height.0, certificate.value_id);
        let round = certificate.round.as_u32();
        let round = round.ok_or(MalachiteError::NoRound { height })?;
        let block = self.application().proposal(height, header).await?;
        let block = block.ok_or(MalachiteError::LostBlock { height, header })?;

        // The proof is stored before the block: a node that has a block must be able to prove it to
        // peers that catch up, and a proof without its block is harmless.
        let application = self.application().clone();
        let finality = tokio::task::spawn_blocking(move || {
            let set = application.validator_sets().at(height);
            let chain_id = application.chain_id();
            let finality = finality_certificate(&chain_id, header, round, &set, &extensions)
                .map_err(|source| MalachiteError::Finality { height, source })?;
            let proof = ExtendedCommitCertificate::from_commit_certificate_and_extensions(
                certificate,
                extensions,
            );
            application
                .store()
                .keep_commit_proof(height, &proof.to_wire()?)?;
            Ok::<_, MalachiteError>(finality)
        });
        let finality = finality.await.map_err(|_| MalachiteError::Closed)??;

        let (blobs, rows) = (block.body.blobs.len(), block.header.rows);
        let arrival = self.arrival(height, header);
        let own = self.application().validator() == Some(block.header.proposer);
        let committed = self.application().decided(arrival, block, finality).await;
        let committed = committed.map_err(|source| MalachiteError::Commit { height, source })?;
        if committed == Committed::New {
            self.count(height, own, arrival);
            tracing::info!(%height, round, hash = %header, blobs, rows, "block decided");
        }
        Ok(())
    }

    fn count(&self, height: Height, own: bool, arrival: Arrival) {
        let metrics = self.application().metrics();
        if own {
            metrics.proposed_blocks.inc();
        }
        let mut started = self
            .0
            .started
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The decision time of a block that came by sync is not known here.
        if let Some((_, instant)) = started.take_if(|(started, _)| *started == height)
            && arrival == Arrival::Decided
        {
            metrics
                .decision_seconds
                .observe(instant.elapsed().as_secs_f64());
        }
    }

    /// Keeps the evidence of a height, and starts the next once its block is durable.
    ///
    /// The engine may finalise before the commit is done, but must not start the next height until
    /// then: blocks are proposed and verified on the stored head.
    pub(super) async fn finalized(
        self,
        height: Height,
        evidence: MisbehaviorEvidence<WeftContext>,
        port: RpcReplyPort<Next<WeftContext>>,
    ) {
        if !evidence.is_empty() {
            self.keep_evidence(height, evidence).await;
        }
        let mut head = self.application().watch_head();
        let durable = tokio::select! {
            () = self.0.parts.stop.cancelled() => return,
            outcome = head.wait_for(|head| head.height >= height) => outcome.is_ok(),
        };
        if durable {
            let next = self.application().head().next_height();
            reply(port, Next::Start(next.into(), self.height_params(next)));
        }
    }

    async fn keep_evidence(&self, height: Height, evidence: MisbehaviorEvidence<WeftContext>) {
        let application = self.application().clone();
        let keep = move || {
            let set = application.validator_sets().at(height);
            let records = evidence::records(&evidence, &ConsensusValidators::new(set))?;
            for record in &records {
                // One pair per round is enough, and after a restart the log yields the same pair
                // again.
                if application.store().keep_evidence(slice::from_ref(record))? == 0 {
                    continue;
                }
                tracing::warn!(
                    height = %record.height,
                    round = record.round,
                    validator = %record.validator,
                    kind = record.kind.name(),
                    "a validator equivocated"
                );
                let counters = &application.metrics().equivocations;
                counters.with_label_values(&[record.kind.name()]).inc();
            }
            Ok::<_, MalachiteError>(())
        };
        match tokio::task::spawn_blocking(keep).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail(error),
            Err(_) => tracing::debug!("evidence came during shutdown"),
        }
    }
}
