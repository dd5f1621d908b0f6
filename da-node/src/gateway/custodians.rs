//! The way to the custodians: by the network, or directly when this node is the one.

use std::sync::Arc;

use backon::{BackoffBuilder, ExponentialBuilder};
use libp2p::PeerId;
use weft_chain::{PublicKey, Signature, ValidatorSet};
use weft_encoding::Fault;
use weft_network::{
    ColumnsReply, DisperseRequest, GetColumns, GetSamples, NetworkHandle, Offence, PushProofs,
    Refusal, RpcRequest, SampleReply,
};
use weft_sampling::{AssignmentError, CustodyAssignment};

use super::GatewayConfig;
use super::error::CustodianError;
use crate::custodian::{Assignments, Custodian, CustodyError};
use crate::directory::Directory;

/// The way to the custodians of any validator set.
#[derive(Debug)]
pub(super) struct Custodians {
    network: NetworkHandle,
    directory: Directory,
    own: Option<Custodian>,
    assignments: Assignments,
    config: GatewayConfig,
}

impl Custodians {
    pub(super) fn new(
        network: NetworkHandle,
        directory: Directory,
        own: Option<Custodian>,
        assignments: Assignments,
        config: GatewayConfig,
    ) -> Self {
        Self {
            network,
            directory,
            own,
            assignments,
            config,
        }
    }

    /// Who holds what under `set`.
    pub(super) fn assignment(
        &self,
        set: &ValidatorSet,
    ) -> Result<Arc<CustodyAssignment>, AssignmentError> {
        self.assignments.of(set)
    }

    /// Hands `to` its columns until it signs, refuses for good, or the caller stops waiting.
    pub(super) async fn disperse(
        &self,
        to: &PublicKey,
        request: &DisperseRequest,
    ) -> Result<Signature, CustodianError> {
        self.patiently(|| async {
            match self.own_as(to) {
                Some(own) => own
                    .disperse(request.clone())
                    .await
                    .map_err(|error| error.refusal()),
                None => self.ask(to, request.clone()).await?,
            }
            .map_err(CustodianError::Refused)
        })
        .await
    }

    /// Hands `to` the cell proofs of its columns until it has them, refuses for good, or the caller
    /// stops waiting.
    pub(super) async fn push_proofs(
        &self,
        to: &PublicKey,
        request: &PushProofs,
    ) -> Result<(), CustodianError> {
        self.patiently(|| async {
            match self.own_as(to) {
                Some(own) => own
                    .push_proofs(request.clone())
                    .await
                    .map_err(|error| error.refusal()),
                None => self.ask(to, request.clone()).await?,
            }
            .map_err(CustodianError::Refused)
        })
        .await
    }

    /// Asks `of` once for whole columns; what it gives is unverified.
    pub(super) async fn columns(
        &self,
        of: &PublicKey,
        request: GetColumns,
    ) -> Result<ColumnsReply, CustodianError> {
        match self.own_as(of) {
            Some(own) => own.columns(request).await.map_err(refused),
            None => self.ask(of, request).await,
        }
    }

    /// Asks `of` once for single cells; what it gives is unverified. `NotYet` is asked again.
    pub(super) async fn samples(
        &self,
        of: &PublicKey,
        request: &GetSamples,
    ) -> Result<Vec<SampleReply>, CustodianError> {
        self.patiently(|| async {
            let replies = match self.own_as(of) {
                Some(own) => own.samples(request.clone()).await.map_err(refused)?,
                None => self.ask(of, request.clone()).await?,
            };
            let waits =
                |reply: &SampleReply| matches!(reply, SampleReply::Refused(Refusal::NotYet));
            if !replies.is_empty() && replies.iter().all(waits) {
                return Err(CustodianError::Refused(Refusal::NotYet));
            }
            Ok(replies)
        })
        .await
    }

    /// Marks a custodian down for something that did not verify.
    pub(super) fn report(&self, custodian: &PublicKey) {
        if let Some(peer) = self.peer(custodian) {
            self.network.report(peer, Offence::InvalidProof);
        }
    }

    fn own_as(&self, key: &PublicKey) -> Option<&Custodian> {
        let is_own = self.peer(key) == Some(self.network.local_peer_id());
        self.own.as_ref().filter(|_| is_own)
    }

    fn peer(&self, key: &PublicKey) -> Option<PeerId> {
        self.directory.by_key(key).map(|contact| contact.peer)
    }

    async fn ask<R: RpcRequest>(
        &self,
        of: &PublicKey,
        request: R,
    ) -> Result<R::Response, CustodianError> {
        let peer = self.peer(of).ok_or(CustodianError::NoPeer)?;
        Ok(self.network.request(peer, request).await?)
    }

    /// Repeats what failed for a reason that may pass, with growing pauses, for one round.
    async fn patiently<T, F, Fut>(&self, attempt: F) -> Result<T, CustodianError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, CustodianError>>,
    {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.config.first_retry_pause)
            .with_max_delay(self.config.max_retry_pause)
            .without_max_times()
            .with_jitter()
            .build();
        let until = tokio::time::Instant::now() + self.config.round_deadline;
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) if error.fault() != Fault::Retry => return Err(error),
                Err(error) => error,
            };
            let pause = pauses.next().unwrap_or(self.config.max_retry_pause);
            if tokio::time::Instant::now() + pause >= until {
                return Err(error);
            }
            tracing::debug!(%error, ?pause, "a custodian is asked again");
            tokio::time::sleep(pause).await;
        }
    }
}

fn refused(error: CustodyError) -> CustodianError {
    CustodianError::Refused(error.refusal())
}
