//! Requests to the custodians, over the network or directly to this node's own, and to the light
//! clients that sampled at them.

use std::sync::Arc;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use weft_chain::{Height, PublicKey, Signature, ValidatorSet};
use weft_custody::JobLost;
use weft_custody::{Assignments, Custodian, CustodyError};
use weft_encoding::{Fault, UnverifiedCell};
use weft_network::Directory;
use weft_network::PeerId;
use weft_network::{
    ColumnsReply, DisperseRequest, GetColumns, GetSampledCells, GetSamples, NetworkHandle, Offence,
    PushProofs, Refusal, RequestError, RpcRequest, SampleReply,
};
use weft_sampling::{AssignmentError, CustodyAssignment, Holders};

use super::error::CustodianError;
use super::{GatewayConfig, blocking};

/// Sends requests to the custodians of any validator set.
#[derive(Debug)]
pub(super) struct Custodians {
    network: NetworkHandle,
    directory: Directory,
    own: Option<Custodian>,
    assignments: Assignments,
    config: GatewayConfig,
    shutdown: CancellationToken,
}

impl Custodians {
    pub(super) fn new(
        network: NetworkHandle,
        directory: Directory,
        own: Option<Custodian>,
        assignments: Assignments,
        config: GatewayConfig,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            network,
            directory,
            own,
            assignments,
            config,
            shutdown,
        }
    }

    /// The custody assignment of `set`. Computed on first use, so it may block.
    pub(super) async fn assignment<E>(
        &self,
        set: &ValidatorSet,
    ) -> Result<Arc<CustodyAssignment>, E>
    where
        E: From<AssignmentError> + From<JobLost> + Send + 'static,
    {
        let (assignments, set) = (self.assignments.clone(), set.clone());
        blocking(move || Ok(assignments.of(&set)?)).await
    }

    /// The possible holders of each column under `sets`, in their order. Each set's assignment is
    /// computed on first use.
    pub(super) async fn holders<E>(&self, sets: Vec<ValidatorSet>) -> Result<Holders, E>
    where
        E: From<AssignmentError> + From<JobLost> + Send + 'static,
    {
        let assignments = self.assignments.clone();
        blocking(move || Ok(assignments.holders(&sets)?)).await
    }

    /// Sends `to` its columns until it signs or refuses permanently, at most until `until` or the
    /// shutdown.
    ///
    /// Retries temporary failures with backoff.
    pub(super) async fn disperse(
        &self,
        to: &PublicKey,
        request: &DisperseRequest,
        until: Instant,
    ) -> Result<Signature, CustodianError> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.config.first_retry_pause)
            .with_max_delay(self.config.max_retry_pause)
            .without_max_times()
            .with_jitter()
            .build();
        let begun = Instant::now();
        let mut last = None;
        while let Ok(answer) = timeout_at(until, self.disperse_once(to, request)).await {
            let error = match answer {
                Ok(signature) => return Ok(signature),
                Err(error) if !may_pass(&error) => return Err(error),
                Err(error) => error,
            };
            let pause = pauses.next().unwrap_or(self.config.max_retry_pause);
            tracing::debug!(custodian = %to, %error, ?pause, "dispersal to a custodian is retried");
            last = Some(error);
            let next = Instant::now() + pause;
            let stopped = timeout_at(next.min(until), self.shutdown.cancelled()).await;
            if stopped.is_ok() || next >= until {
                break;
            }
        }
        Err(last.unwrap_or_else(|| CustodianError::Slow {
            waited: begun.elapsed(),
        }))
    }

    async fn disperse_once(
        &self,
        to: &PublicKey,
        request: &DisperseRequest,
    ) -> Result<Signature, CustodianError> {
        match self.own_as(to) {
            Some(own) => own.disperse(request.clone()).await.map_err(refused),
            None => self
                .ask(to, request.clone())
                .await?
                .map_err(CustodianError::Refused),
        }
    }

    /// Sends `to` the cell proofs of its columns, once.
    pub(super) async fn push_proofs(
        &self,
        to: &PublicKey,
        request: PushProofs,
    ) -> Result<(), CustodianError> {
        match self.own_as(to) {
            Some(own) => own.push_proofs(request).await.map_err(refused),
            None => self
                .ask(to, request)
                .await?
                .map_err(CustodianError::Refused),
        }
    }

    /// Asks `of` once for whole columns. The reply is unverified.
    pub(super) async fn columns(
        &self,
        of: &PublicKey,
        request: GetColumns,
    ) -> Result<ColumnsReply, CustodianError> {
        self.in_time(async {
            match self.own_as(of) {
                Some(own) => own.columns(request).await.map_err(refused),
                None => self.ask(of, request).await,
            }
        })
        .await
    }

    /// Asks `of` once for single cells. The reply is unverified: one entry per cell, in order.
    pub(super) async fn samples(
        &self,
        of: &PublicKey,
        request: GetSamples,
    ) -> Result<Vec<SampleReply>, CustodianError> {
        self.in_time(async {
            match self.own_as(of) {
                Some(own) => own.samples(request).await.map_err(refused),
                None => self.ask(of, request).await,
            }
        })
        .await
    }

    /// The connected peers that are not validators: light clients and other nodes.
    pub(super) fn others(&self) -> Vec<PeerId> {
        let connected = self.network.connected().borrow().clone();
        let is_other = |peer: &PeerId| self.directory.by_peer(peer).is_none();
        connected.into_iter().filter(is_other).collect()
    }

    /// Asks a light client once for the cells that it sampled of a block. The reply is unverified.
    pub(super) async fn sampled_cells(
        &self,
        of: PeerId,
        height: Height,
    ) -> Result<Vec<UnverifiedCell>, CustodianError> {
        self.in_time(self.ask_peer(of, GetSampledCells { height }))
            .await
    }

    /// Reports an offence of a peer to its score.
    pub(super) fn report_peer(&self, peer: PeerId, offence: Offence) {
        self.network.report(peer, offence);
    }

    /// Reports an offence of a custodian to its score. This node itself has no score.
    pub(super) fn report(&self, custodian: &PublicKey, offence: Offence) {
        match self.peer(custodian) {
            Some(peer) if peer != self.network.local_peer_id() => {
                self.network.report(peer, offence);
            }
            _ => {}
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
        self.ask_peer(peer, request).await
    }

    async fn ask_peer<R: RpcRequest>(
        &self,
        peer: PeerId,
        request: R,
    ) -> Result<R::Response, CustodianError> {
        self.network
            .request(peer, request)
            .await
            .map_err(|error| match error {
                RequestError::Refused(refusal) => CustodianError::Refused(refusal),
                error => error.into(),
            })
    }

    async fn in_time<T>(
        &self,
        asking: impl Future<Output = Result<T, CustodianError>>,
    ) -> Result<T, CustodianError> {
        let waited = self.config.request_deadline;
        timeout(waited, asking)
            .await
            .unwrap_or(Err(CustodianError::Slow { waited }))
    }
}

/// Whether a retry of the same dispersal may succeed. A node that is not a custodian does not
/// become one within a post.
fn may_pass(error: &CustodianError) -> bool {
    error.fault() == Fault::Retry && !matches!(error, CustodianError::Refused(Refusal::NotServed))
}

fn refused(error: CustodyError) -> CustodianError {
    CustodianError::Refused(error.refusal())
}
