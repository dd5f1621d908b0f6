//! Background work after a post: makes the cell proofs and EIP-4844 proofs of every row once and
//! pushes them to the custodians until all have them.
//!
//! ```text
//!  spool ─► queue ─► made, one blob at a time ─► pushed, each custodian once ─► spool entry removed
//!             ▲                                        │
//!             └── backoff ── a custodian could not take them
//! ```
//!
//! The spool in the store persists the queue: its blobs are unfinished, and a restart resumes them.
//! A blob leaves the spool when every custodian has its proofs or will never take them, when it and
//! its block have expired, or when [`push_patience`](super::GatewayConfig::push_patience) is over.

mod make;
mod push;
mod queue;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::JoinMap;
use weft_chain::BlobId;
use weft_custody::JobLost;
use weft_encoding::OpeningError;
use weft_ledger::store::StoreError;
use weft_sampling::AssignmentError;

use self::queue::{Queue, Work};
use super::{Shared, blocking};

/// Blobs worked on at once. Several, because a custodian that does not answer blocks its blob for
/// the deadline of a request.
const AT_ONCE: usize = 32;

/// Why the work on one blob failed (all local). It is retried.
#[derive(Debug, thiserror::Error)]
enum ProofsError {
    #[error("store: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Opening(#[from] OpeningError),
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    #[error(transparent)]
    JobLost(#[from] JobLost),
    #[error("the node is shutting down")]
    Stopping,
}

/// Processes the spool until the shutdown.
pub(super) async fn run(shared: Arc<Shared>) {
    let making = Arc::new(Semaphore::new(1));
    let mut queue = Queue::new(
        Instant::now(),
        shared.config.first_push_pause,
        shared.config.max_push_pause,
    );
    let mut working: JoinMap<BlobId, Option<Work>> = JoinMap::new();
    admit(&shared, &mut queue).await;
    loop {
        while working.len() < AT_ONCE
            && let Some((blob_id, work)) = queue.take_due(Instant::now())
        {
            working.spawn(
                blob_id,
                advance(Arc::clone(&shared), Arc::clone(&making), blob_id, work),
            );
        }
        let has_room = working.len() < AT_ONCE;
        let due = queue.next_due().filter(|_| has_room);
        tokio::select! {
            () = shared.shutdown.cancelled() => break,
            () = shared.spooled.notified() => admit(&shared, &mut queue).await,
            Some((blob_id, ended)) = working.join_next() => {
                if let Err(lost) = &ended {
                    tracing::error!(%blob_id, %lost, "work on cell proofs was lost");
                }
                match ended {
                    Ok(None) => queue.finished(&blob_id),
                    Ok(Some(work)) => queue.again(Instant::now(), blob_id, Some(work)),
                    Err(_) => queue.again(Instant::now(), blob_id, None),
                }
                let unfinished = i64::try_from(queue.len()).unwrap_or(i64::MAX);
                shared.metrics.spooled_blobs.set(unfinished);
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
    }
    // Jobs are not aborted: their blocking writes would outlive them and keep the store open. Each
    // job ends by itself at the shutdown.
    while working.join_next().await.is_some() {}
}

async fn admit(shared: &Arc<Shared>, queue: &mut Queue) {
    let store = shared.store.clone();
    let spooled = blocking(move || Ok::<_, ProofsError>(store.spooled()?));
    match spooled.await {
        Ok(blobs) => queue.admit(Instant::now(), blobs),
        Err(error) => tracing::error!(%error, "the spool could not be read"),
    }
    let unfinished = i64::try_from(queue.len()).unwrap_or(i64::MAX);
    shared.metrics.spooled_blobs.set(unfinished);
}

/// Advances a blob as far as possible now. `None`: it has left the spool.
async fn advance(
    shared: Arc<Shared>,
    making: Arc<Semaphore>,
    blob_id: BlobId,
    mut work: Work,
) -> Option<Work> {
    match try_advance(&shared, &making, blob_id, &mut work).await {
        Ok(true) => None,
        Ok(false) | Err(ProofsError::Stopping) => Some(work),
        Err(error) => {
            tracing::error!(%blob_id, %error, "cell proofs are unfinished");
            Some(work)
        }
    }
}

/// Whether the blob has left the spool.
async fn try_advance(
    shared: &Arc<Shared>,
    making: &Semaphore,
    blob_id: BlobId,
    work: &mut Work,
) -> Result<bool, ProofsError> {
    let store = shared.store.clone();
    let kept = blocking(move || {
        Ok::<_, ProofsError>(store.certificate(&blob_id)?.zip(store.expiry(&blob_id)?))
    });
    let Some((certificate, expiry)) = kept.await? else {
        return let_go_uncertified(shared, blob_id).await;
    };
    if shared.shutdown.is_cancelled() {
        return Err(ProofsError::Stopping);
    }
    let overdue = work.since.elapsed() > shared.config.push_patience;
    if expiry < shared.ledger.head().height {
        tracing::info!(%blob_id, %expiry, "cell proofs are no longer needed: the blob has expired");
    } else if overdue {
        tracing::warn!(%blob_id, "cell proofs did not reach all custodians");
    } else {
        {
            let _turn = making.acquire().await.map_err(|_| JobLost)?;
            make::make(shared, blob_id).await?;
        }
        if !push::push(shared, blob_id, &certificate.validator_set_root, work).await? {
            return Ok(false);
        }
    }
    let store = shared.store.clone();
    blocking(move || Ok::<_, ProofsError>(store.remove_spool(&blob_id)?)).await?;
    Ok(true)
}

/// Removes spooled rows whose post failed, or was cut off by a crash, after they were spooled.
async fn let_go_uncertified(shared: &Arc<Shared>, blob_id: BlobId) -> Result<bool, ProofsError> {
    let _no_post_between = shared.spooling.write().await;
    let store = shared.store.clone();
    blocking(move || {
        if store.certificate(&blob_id)?.is_some() {
            return Ok(false);
        }
        store.remove_spool(&blob_id)?;
        Ok(true)
    })
    .await
}
