//! Sampling one block, up to its verdict.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tracing::{debug, warn};
use weft_chain::{Height, VerifiedHeader};
use weft_encoding::{MatrixCommitments, UnverifiedCell};
use weft_network::{GetSamples, NetworkHandle, Offence, PeerId};
use weft_sampling::{
    SamplingSession, SessionConfig, Verdict, choose_samples, matrix_cells,
    session::{BatchId, Input, Output, RequestId, Shortfall},
};

use super::{
    VerifyPool,
    commitments::{self, Commitments},
    custodians::Custodian,
    offers::{Offered, offers, shares},
    translate,
};
use crate::{Progress, SampleError, SampleTarget, kept::KeptCells};

/// The resources that the sampling of all blocks shares.
#[derive(Debug)]
pub(crate) struct BlockContext {
    pub(crate) network: NetworkHandle,
    pub(crate) connected: watch::Receiver<Vec<PeerId>>,
    pub(crate) pool: VerifyPool,
    /// The store of verified cells.
    pub(crate) kept: KeptCells,
    pub(crate) target: SampleTarget,
    pub(crate) session: SessionConfig,
}

/// Samples one block and returns its verdict within the session's deadline.
///
/// The peers to ask change whenever `custodians` does.
///
/// Dropping the future stops the sampling, except for a batch that is being verified.
///
/// # Errors
/// [`SampleError::Session`] if the header has too many rows for a matrix.
pub(super) async fn sample(
    context: &BlockContext,
    header: &VerifiedHeader,
    custodians: watch::Receiver<Arc<[Custodian]>>,
    progress: &watch::Sender<Progress>,
) -> Result<Verdict, SampleError> {
    let rows = usize::from(header.rows);
    if rows == 0 {
        return Ok(Verdict::available(0, 0));
    }
    let started = Instant::now();
    let count = context.target.samples(rows).min(matrix_cells(rows));
    progress.send_replace(Progress::of(count));

    let peers = || askable(context, &custodians.borrow());
    let deadline = started + context.session.deadline;
    let matrix = match commitments::fetch(context, header, peers, deadline).await {
        Commitments::Found(matrix) => Arc::new(matrix),
        Commitments::Condemned(evidence) => return Ok(Verdict::Invalid { evidence }),
        Commitments::Missing => return Ok(Verdict::NotEnough(Shortfall::unreached(count))),
    };

    let samples = choose_samples(rows, count, &mut StdRng::from_os_rng());
    let height = header.height;
    let mut config = context.session.clone();
    config.deadline = deadline.saturating_duration_since(Instant::now());
    let now = started.elapsed();
    let session = SamplingSession::new(rows, samples, config, now)
        .map_err(|source| SampleError::Session { height, source })?;
    Ok(Shell {
        context,
        height,
        started,
        matrix,
        session,
        work: FuturesUnordered::new(),
    }
    .run(custodians, progress)
    .await)
}

/// The peers that may have the block's commitments.
fn askable(context: &BlockContext, custodians: &[Custodian]) -> Vec<PeerId> {
    let known = custodians.iter().filter(|c| c.has_address).map(|c| c.peer);
    let connected = context.connected.borrow();
    known
        .chain(connected.iter().copied())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The effects between the session's outputs and its inputs.
struct Shell<'a> {
    context: &'a BlockContext,
    height: Height,
    started: Instant,
    matrix: Arc<MatrixCommitments>,
    session: SamplingSession<PeerId>,
    work: FuturesUnordered<BoxFuture<'static, Input<PeerId>>>,
}

impl Shell<'_> {
    async fn run(
        mut self,
        mut custodians: watch::Receiver<Arc<[Custodian]>>,
        progress: &watch::Sender<Progress>,
    ) -> Verdict {
        let mut connected = self.context.connected.clone();
        let mut offered = Offered::new();
        let mut inputs = {
            let (custodians, connected) = (
                custodians.borrow_and_update(),
                connected.borrow_and_update(),
            );
            let mut inputs = shares(&custodians, &connected, &mut StdRng::from_os_rng());
            inputs.extend(offers(&custodians, &connected, &mut offered));
            inputs
        };
        loop {
            for input in inputs.drain(..) {
                if let Some(verdict) = self.step(input) {
                    progress.send_replace(self.session.progress().into());
                    return verdict;
                }
            }
            progress.send_if_modified(|progress| {
                let now = self.session.progress().into();
                std::mem::replace(progress, now) != now
            });
            let wake = self.started + self.session.next_wake().unwrap_or(Duration::ZERO);
            tokio::select! {
                Some(input) = self.work.next(), if !self.work.is_empty() => inputs.push(input),
                Ok(()) = connected.changed() => {
                    let now = connected.borrow_and_update();
                    inputs = offers(&custodians.borrow(), &now, &mut offered);
                }
                Ok(()) = custodians.changed() => {
                    let now = custodians.borrow_and_update();
                    inputs = offers(&now, &connected.borrow(), &mut offered);
                }
                () = sleep_until(wake) => inputs.push(Input::Tick),
            }
        }
    }

    /// Feeds the session one input and carries out its outputs; returns its verdict if there is one.
    fn step(&mut self, input: Input<PeerId>) -> Option<Verdict> {
        if let Input::Verified { results, .. } = &input {
            self.context
                .kept
                .keep(self.height, results.iter().flatten());
        }
        let mut outputs = Vec::new();
        self.session
            .handle(self.started.elapsed(), input, &mut outputs);
        for output in outputs {
            match output {
                Output::Request {
                    id, peer, coords, ..
                } => {
                    let request = GetSamples {
                        height: self.height,
                        coords,
                    };
                    self.work
                        .push(ask(self.context.network.clone(), id, peer, request));
                }
                Output::Verify { id, cells } => {
                    let matrix = Arc::clone(&self.matrix);
                    self.work
                        .push(verify(self.context.pool.clone(), id, cells, matrix));
                }
                Output::Penalise { peer, offence } => {
                    warn!(%peer, height = %self.height, ?offence, "a peer gave an invalid answer");
                    self.context.network.report(peer, Offence::InvalidProof);
                }
                Output::Done(verdict) => return Some(verdict),
            }
        }
        None
    }
}

fn ask(
    network: NetworkHandle,
    request: RequestId,
    peer: PeerId,
    question: GetSamples,
) -> BoxFuture<'static, Input<PeerId>> {
    async move {
        match network.request(peer, question).await {
            Ok(replies) => {
                let replies = replies.into_iter().map(translate::reply).collect();
                Input::Reply { request, replies }
            }
            Err(error) => {
                debug!(%peer, %error, "a request for samples failed");
                Input::Failed {
                    request,
                    failure: translate::failure(&error),
                }
            }
        }
    }
    .boxed()
}

fn verify(
    pool: VerifyPool,
    batch: BatchId,
    cells: Vec<UnverifiedCell>,
    matrix: Arc<MatrixCommitments>,
) -> BoxFuture<'static, Input<PeerId>> {
    async move {
        // No results mean that the verification did not run; the session then blames no peer.
        let results = pool
            .run(move || matrix.verify_each(cells))
            .await
            .unwrap_or_default();
        Input::Verified { batch, results }
    }
    .boxed()
}
