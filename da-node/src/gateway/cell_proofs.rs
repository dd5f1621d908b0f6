//! The background work after a post: cell proofs and EIP-4844 proofs of every row, made once and
//! pushed to the custodians until all have them.
//!
//! The spool in the store is the queue: what is in it is unfinished, and a restart goes on there.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use weft_chain::{BlobId, PublicKey};
use weft_encoding::{
    CellProof, ColumnIndex, Commitment, Fault, KzgProof, Row, cell_proofs, compute_blob_kzg_proof,
};
use weft_network::{ColumnCellProofs, PushProofs};
use weft_sampling::ColumnSet;

use super::error::CustodianError;
use super::{Phase, PostError, Shared, blocking};
use crate::store::{Store, StoreError};
use crate::workers::JobLost;

/// Pause before a blob whose proofs did not reach every custodian is taken up again.
const ROUND_PAUSE: Duration = Duration::from_secs(15);

/// Works the spool off until the shutdown.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut pushing: JoinSet<BlobId> = JoinSet::new();
    let mut busy: HashSet<BlobId> = HashSet::new();
    loop {
        match spooled(&shared).await {
            Ok(blobs) => {
                for blob_id in blobs
                    .into_iter()
                    .filter(|blob| !busy.contains(blob))
                    .collect::<Vec<_>>()
                {
                    if shared.shutdown.is_cancelled() {
                        return;
                    }
                    if let Err(error) = make(&shared, blob_id).await {
                        tracing::error!(%blob_id, %error, "cell proofs were not made");
                        continue;
                    }
                    busy.insert(blob_id);
                    let shared = Arc::clone(&shared);
                    pushing.spawn(async move {
                        push(&shared, blob_id).await;
                        blob_id
                    });
                }
            }
            Err(error) => tracing::error!(%error, "the spool could not be read"),
        }
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = shared.spooled.notified() => {}
            Some(pushed) = pushing.join_next() => {
                if let Ok(blob_id) = pushed {
                    busy.remove(&blob_id);
                }
            }
        }
    }
}

async fn spooled(shared: &Arc<Shared>) -> Result<Vec<BlobId>, PostError> {
    let store = shared.store.clone();
    let blobs = blocking(move || Ok::<_, PostError>(store.spooled()?)).await?;
    shared
        .metrics
        .spooled_blobs
        .set(i64::try_from(blobs.len()).unwrap_or(i64::MAX));
    Ok(blobs)
}

/// Makes the proofs of a spooled blob and stores them; nothing to do when they are there.
async fn make(shared: &Arc<Shared>, blob_id: BlobId) -> Result<(), PostError> {
    let begun = Instant::now();
    let store = shared.store.clone();
    let made = blocking(move || Ok::<_, PostError>(store.kzg_proofs(&blob_id)?.is_some())).await?;
    if made {
        return Ok(());
    }
    let store = shared.store.clone();
    let loaded = blocking(move || {
        Ok::<_, PostError>((store.spool(&blob_id)?, store.blob_header(&blob_id)?))
    });
    let (Some(rows), Some(header)) = loaded.await? else {
        return Ok(());
    };
    let mut proofs = Vec::with_capacity(rows.len());
    for (row, commitment) in rows.into_iter().zip(header.commitments) {
        proofs.push(
            shared
                .workers
                .run(move || prove(&row, &commitment))
                .await??,
        );
    }
    let store = shared.store.clone();
    blocking(move || Ok::<_, PostError>(save(&store, blob_id, proofs)?)).await?;
    shared.tell(blob_id, Phase::CellProofs, begun.elapsed(), 0);
    Ok(())
}

fn prove(row: &Row, commitment: &Commitment) -> Result<(Vec<CellProof>, KzgProof), PostError> {
    let proof = compute_blob_kzg_proof(row, commitment).map_err(|_| JobLost)?;
    Ok((cell_proofs(row), proof))
}

/// Stores the proofs by column; the EIP-4844 proofs last, since they say that all are there.
fn save(
    store: &Store,
    blob_id: BlobId,
    proofs: Vec<(Vec<CellProof>, KzgProof)>,
) -> Result<(), StoreError> {
    let (cells, kzg): (Vec<_>, Vec<_>) = proofs.into_iter().unzip();
    let columns = ColumnIndex::all()
        .map(|column| (column, cells.iter().map(|row| row[column.get()]).collect()))
        .collect();
    store.put_cell_proofs_of(&blob_id, columns)?;
    store.put_kzg_proofs(&blob_id, &kzg)
}

/// Pushes a blob's proofs to all custodians; the spool lets go of it when all have them, or when
/// its certificate has expired. Otherwise returns after a pause, to be called again.
async fn push(shared: &Arc<Shared>, blob_id: BlobId) {
    let begun = Instant::now();
    let set = shared
        .ledger
        .validator_sets()
        .at(shared.ledger.head().next_height());
    let mut pushing = JoinSet::new();
    let assignment = match shared.custodians.assignment(&set) {
        Ok(assignment) => assignment,
        Err(error) => return tracing::error!(%blob_id, %error, "no custodians"),
    };
    for (to, validator) in set.iter() {
        let (shared, key) = (Arc::clone(shared), validator.public_key);
        let owned = assignment.columns_of(to);
        pushing.spawn(async move { (to, push_to(&shared, blob_id, &key, owned).await) });
    }
    let mut done = 0;
    let mut finished = true;
    loop {
        let pushed = tokio::select! {
            () = shared.shutdown.cancelled() => return,
            pushed = pushing.join_next() => pushed,
        };
        match pushed {
            None => break,
            Some(Ok((_, Ok(bytes)))) => {
                done += 1;
                let phase = Phase::CellProofsPushed {
                    done,
                    of: set.len(),
                };
                shared.tell(blob_id, phase, begun.elapsed(), bytes);
            }
            Some(Ok((to, Err(error)))) => {
                tracing::warn!(%blob_id, validator = to.get(), %error, "cell proofs were not taken");
                finished &= error.is_final();
            }
            Some(Err(lost)) => {
                tracing::warn!(%blob_id, %lost, "a push was lost");
                finished = false;
            }
        }
    }
    if finished || expired(shared, blob_id).await {
        match forget(shared, blob_id).await {
            Ok(()) => return,
            Err(error) => tracing::error!(%blob_id, %error, "the spool did not let go of a blob"),
        }
    }
    tokio::select! {
        () = shared.shutdown.cancelled() => {}
        () = tokio::time::sleep(ROUND_PAUSE) => {}
    }
}

async fn push_to(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    to: &PublicKey,
    owned: ColumnSet,
) -> Result<u64, PushError> {
    let store = shared.store.clone();
    let columns = blocking(move || {
        let mut columns = Vec::with_capacity(owned.len());
        for column in owned.iter() {
            if let Some(proofs) = store.cell_proofs(&blob_id, column)? {
                columns.push(ColumnCellProofs { column, proofs });
            }
        }
        Ok::<_, PostError>(columns)
    })
    .await?;
    let bytes = columns
        .iter()
        .map(|column| column.proofs.len() as u64 * 48)
        .sum();
    shared
        .custodians
        .push_proofs(to, &PushProofs { blob_id, columns })
        .await?;
    Ok(bytes)
}

async fn expired(shared: &Arc<Shared>, blob_id: BlobId) -> bool {
    let store = shared.store.clone();
    let height = shared.ledger.head().height;
    let certificate = blocking(move || Ok::<_, PostError>(store.certificate(&blob_id)?)).await;
    matches!(certificate, Ok(Some(certificate)) if certificate.expiry < height)
}

async fn forget(shared: &Arc<Shared>, blob_id: BlobId) -> Result<(), PostError> {
    let store = shared.store.clone();
    blocking(move || Ok::<_, PostError>(store.remove_spool(&blob_id)?)).await
}

/// Why one custodian did not take the proofs.
#[derive(Debug, thiserror::Error)]
enum PushError {
    #[error(transparent)]
    Custodian(#[from] CustodianError),
    #[error(transparent)]
    Local(#[from] PostError),
}

impl PushError {
    /// Whether asking again is of no use.
    fn is_final(&self) -> bool {
        match self {
            Self::Custodian(error) => error.fault() != Fault::Retry,
            Self::Local(_) => false,
        }
    }
}
