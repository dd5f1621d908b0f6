//! Each custodian gets the cell proofs of its columns.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use weft_chain::{BlobId, PublicKey};
use weft_encoding::{Digest, Fault};
use weft_network::{ColumnCellProofs, PushProofs, Refusal};
use weft_sampling::{ColumnSet, Holder, Holders};

use super::super::error::CustodianError;
use super::super::{Phase, Shared, blocking};
use super::ProofsError;
use super::queue::Work;

/// Bytes of one proof.
const PROOF_BYTES: u64 = 48;

/// Asks every custodian that is not settled once: those of the current set and those of the set
/// that certified the blob. Whether all of them are settled now: they have the proofs, or will never
/// take them, or can have them from one that has.
pub(super) async fn push(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    certified_by: &Digest,
    work: &mut Work,
) -> Result<bool, ProofsError> {
    let owners = &owners(shared, certified_by).await?;
    let mut pushing: FuturesUnordered<_> = owners
        .iter()
        .map(|to| (owners.key(to), owners.columns(to)))
        .filter(|(key, _)| !work.settled.contains(key))
        .map(|(key, owned)| async move {
            let pushed = push_to(shared, blob_id, &key, owned).await;
            (key, owned, pushed)
        })
        .collect();
    while let Some((key, owned, pushed)) = pushing.next().await {
        match pushed? {
            Ok(bytes) => {
                work.settled.insert(key);
                work.placed = work.placed.union(owned);
                let phase = Phase::CellProofsPushed {
                    done: work.settled.len(),
                    of: owners.iter().count(),
                };
                shared.tell(blob_id, phase, work.since.elapsed(), bytes);
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(%blob_id, custodian = %key, %error, "cell proofs were refused");
                work.settled.insert(key);
            }
            Err(error) => {
                tracing::debug!(%blob_id, custodian = %key, %error, "cell proofs were not taken");
                if lacks_columns(&error) {
                    work.lacking.insert(key);
                }
            }
        }
    }
    let overdue = work.since.elapsed() > shared.config.certify_deadline;
    let is_settled = |to: Holder| {
        let key = owners.key(to);
        let served = overdue && work.lacking.contains(&key);
        work.settled.contains(&key)
            || (overdue && !owners.is_current(to))
            || (served && owners.columns(to).difference(work.placed).is_empty())
    };
    Ok(owners.iter().all(is_settled))
}

/// The custodians of the current set, and those of the set with this root.
async fn owners(shared: &Arc<Shared>, certified_by: &Digest) -> Result<Holders, ProofsError> {
    let sets = shared.ledger.validator_sets();
    let current = sets.at(shared.ledger.head().next_height());
    let certifying = sets.by_root(certified_by);
    let sets = std::iter::once(current).chain(certifying);
    shared.custodians.holders(sets.collect()).await
}

/// The bytes of the proofs that `to` has now; the outer error is this node's own.
async fn push_to(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    to: &PublicKey,
    owned: ColumnSet,
) -> Result<Result<u64, CustodianError>, ProofsError> {
    let store = shared.store.clone();
    let columns = blocking(move || {
        let mut columns = Vec::with_capacity(owned.len());
        for column in owned.iter() {
            if let Some(proofs) = store.cell_proofs(&blob_id, column)? {
                columns.push(ColumnCellProofs { column, proofs });
            }
        }
        Ok::<_, ProofsError>(columns)
    })
    .await?;
    let bytes = columns
        .iter()
        .map(|column| column.proofs.len() as u64 * PROOF_BYTES)
        .sum();
    let request = PushProofs { blob_id, columns };
    Ok(shared
        .custodians
        .push_proofs(to, request)
        .await
        .map(|()| bytes))
}

/// Whether asking this custodian again is of no use. A failure of this node's own is never final:
/// at a shutdown the network stops first.
fn is_final(error: &CustodianError) -> bool {
    matches!(error.fault(), Fault::Caller | Fault::Peer)
}

/// Whether the custodian is without some of its columns. It may be getting them: from the gateway
/// until the deadline of the dispersal, or by backfill, which brings the proofs from another holder.
fn lacks_columns(error: &CustodianError) -> bool {
    matches!(
        error,
        CustodianError::Refused(Refusal::Unknown | Refusal::NotHeld | Refusal::NotServed)
    )
}
