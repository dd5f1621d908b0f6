//! Sampling one height, up to its report.

use std::{convert::Infallible, sync::Arc};

use tokio::{sync::watch, time::Instant};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};
use weft_chain::{Height, VerifiedHeader};
use weft_encoding::Digest;
use weft_sampling::{AssignmentError, Verdict};

use super::{BlockContext, CatchUp, Custodians, block, custodians::Custodian};
use crate::{
    FollowStatus, HeightReport, Progress, SampleError, StoreError, follower::HeaderChain,
    store::Store,
};

/// Why a height is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It was requested.
    Requested,
    /// It is the next in order.
    InOrder,
    /// It was sampled in order, and its samples were not enough; the number of the repetition, from 1.
    Again(u32),
}

/// The resources that block tasks share.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) context: BlockContext,
    pub(crate) custodians: Custodians,
    pub(crate) store: Store,
    /// The follower's status.
    pub(crate) status: watch::Receiver<FollowStatus>,
    pub(crate) catch_up: CatchUp,
    /// Tracks jobs on the store, which shutdown awaits.
    pub(crate) jobs: TaskTracker,
}

/// Returns a report on a height of the chain and stores it; with whether it was made now.
///
/// An available block keeps its report. A block with another verdict is sampled again when it is
/// requested or due, with fresh samples: the peers that refused the earlier ones know them.
pub(super) async fn sample(
    resources: Arc<Resources>,
    mut chain: watch::Receiver<HeaderChain>,
    height: Height,
    reason: Reason,
    progress: &watch::Sender<Progress>,
) -> Result<(HeightReport, bool), SampleError> {
    check_not_forked(&resources, height)?;
    let started = Instant::now();
    let known = chain.borrow_and_update().clone();
    let newest = known.newest().root();
    let prepared = {
        let (jobs, resources) = (resources.jobs.clone(), Arc::clone(&resources));
        blocking(&jobs, move || prepare(&resources, &known, height)).await??
    };
    let Prepared {
        header,
        custodians,
        earlier,
    } = prepared;
    if let Some(report) = &earlier
        && (report.verdict.is_available() || reason == Reason::InOrder)
    {
        return Ok((report.clone(), false));
    }

    let custodians = watch::Sender::new(custodians);
    let following = follow(&resources, chain.clone(), height, newest, &custodians);
    let changed = || chain.borrow().newest().root() != newest;
    let sampling = until_settled(
        &resources,
        &header,
        custodians.subscribe(),
        changed,
        progress,
    );
    let (verdict, attempts) = tokio::select! {
        outcome = sampling => outcome?,
        never = following => match never {},
    };

    // Evidence of a fork may have come during the sampling.
    check_not_forked(&resources, height)?;
    let before = earlier.map_or(0, |report| report.attempt);
    let report = HeightReport::new(
        height,
        header.hash(),
        header.rows,
        before.saturating_add(attempts),
        &verdict,
        started.elapsed(),
    );
    let kept = report.clone();
    let jobs = resources.jobs.clone();
    blocking(&jobs, move || resources.store.put_report(&kept)).await??;
    Ok((report, true))
}

/// # Errors
/// [`SampleError::Forked`] where the chain has two final headers at the height or below.
fn check_not_forked(resources: &Resources, height: Height) -> Result<(), SampleError> {
    let forked_at = resources.status.borrow().forked_at();
    match forked_at.filter(|forked_at| *forked_at <= height) {
        Some(forked_at) => Err(SampleError::Forked { height, forked_at }),
        None => Ok(()),
    }
}

/// Samples a block, and once more if "not enough" may only mean that this client did not know the
/// holders of the columns: because it is behind, or because the newest set has `changed` since. Returns
/// the number of attempts too.
async fn until_settled(
    resources: &Resources,
    header: &VerifiedHeader,
    custodians: watch::Receiver<Arc<[Custodian]>>,
    changed: impl Fn() -> bool,
    progress: &watch::Sender<Progress>,
) -> Result<(Verdict, u32), SampleError> {
    let context = &resources.context;
    let verdict = block::sample(context, header, custodians.clone(), progress).await?;
    let behind = resources.status.borrow().catching_up;
    if !matches!(verdict, Verdict::NotEnough(_)) || !(behind || changed()) {
        return Ok((verdict, 1));
    }
    debug!(height = %header.height, behind, "not enough samples from the known custodians");
    progress.send_replace(Progress::default());
    if behind {
        resources.catch_up.wait(resources.status.clone()).await;
    }
    let verdict = block::sample(context, header, custodians, progress).await?;
    Ok((verdict, 2))
}

/// Updates the custodians whenever the chain comes to another set than `newest`.
async fn follow(
    resources: &Arc<Resources>,
    mut chain: watch::Receiver<HeaderChain>,
    block: Height,
    mut newest: Digest,
    custodians: &watch::Sender<Arc<[Custodian]>>,
) -> Infallible {
    loop {
        let known = chain.borrow_and_update().clone();
        if known.newest().root() != newest {
            newest = known.newest().root();
            let work = {
                let resources = Arc::clone(resources);
                move || custodians_of(&resources, &known, block)
            };
            match blocking(&resources.jobs, work).await {
                Ok(Ok(now)) => {
                    custodians.send_replace(now);
                }
                // The custodians of before stay in use.
                Ok(Err(error)) => {
                    warn!(%error, root = %newest, "a validator set cannot be assigned columns");
                }
                Err(error) => debug!(%error, "the custodians were not updated"),
            }
        }
        if chain.changed().await.is_err() {
            // The follower has stopped, so the custodians stay as they are.
            return std::future::pending().await;
        }
    }
}

struct Prepared {
    header: VerifiedHeader,
    custodians: Arc<[Custodian]>,
    earlier: Option<HeightReport>,
}

/// Reads the state of a height. The header is verified again: the store is not trusted.
fn prepare(
    resources: &Resources,
    chain: &HeaderChain,
    height: Height,
) -> Result<Prepared, SampleError> {
    let stored = resources.store.header(height)?.ok_or(StoreError::Missing {
        table: "headers",
        height: height.get(),
    })?;
    let header = chain
        .verify_final(&stored)
        .map_err(|source| SampleError::StoredHeader { height, source })?;
    let custodians = custodians_of(resources, chain, height)
        .map_err(|source| SampleError::Assignment { height, source })?;
    Ok(Prepared {
        header,
        custodians,
        earlier: resources.store.report(height)?,
    })
}

/// Who may hold columns of the block at this height, as far as the chain is known.
fn custodians_of(
    resources: &Resources,
    chain: &HeaderChain,
    block: Height,
) -> Result<Arc<[Custodian]>, AssignmentError> {
    resources.custodians.of_sets(&chain.holding_sets(block))
}

async fn blocking<T: Send + 'static>(
    jobs: &TaskTracker,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SampleError> {
    jobs.spawn_blocking(job)
        .await
        .map_err(|_| SampleError::Stopped)
}
