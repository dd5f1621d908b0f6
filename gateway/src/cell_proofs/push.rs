//! Each custodian gets the cell proofs of its columns.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use weft_chain::{BlobId, PublicKey};
use weft_encoding::{Digest, Fault};
use weft_network::{ColumnCellProofs, PushProofs, Refusal};
use weft_sampling::ColumnSet;

use super::super::error::CustodianError;
use super::super::{Phase, Shared, blocking};
use super::ProofsError;
use super::queue::Work;

/// Bytes of one proof.
const PROOF_BYTES: u64 = 48;

/// A custodian, and its columns of the blob.
struct Custodian {
    key: PublicKey,
    owned: ColumnSet,
    /// Whether it is in the current set. Who is not any more may be gone for good.
    stays: bool,
}

/// Asks every custodian that is not settled once: those of the current set and those of the set
/// that certified the blob. Whether all of them are settled now: they have the proofs, or will never
/// take them, or can have them from one that has.
pub(super) async fn push(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    certified_by: &Digest,
    work: &mut Work,
) -> Result<bool, ProofsError> {
    let custodians = custodians(shared, certified_by).await?;
    let mut pushing: FuturesUnordered<_> = custodians
        .iter()
        .filter(|to| !work.settled.contains(&to.key))
        .map(|to| async move { (to, push_to(shared, blob_id, &to.key, to.owned).await) })
        .collect();
    while let Some((to, pushed)) = pushing.next().await {
        let key = to.key;
        match pushed? {
            Ok(bytes) => {
                work.settled.insert(key);
                work.placed = work.placed.union(to.owned);
                let phase = Phase::CellProofsPushed {
                    done: work.settled.len(),
                    of: custodians.len(),
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
    let is_settled = |to: &Custodian| {
        let served = overdue && work.lacking.contains(&to.key);
        work.settled.contains(&to.key)
            || (overdue && !to.stays)
            || (served && to.owned.difference(work.placed).is_empty())
    };
    Ok(custodians.iter().all(is_settled))
}

/// The custodians of the current set, and those of the set with this root, each with all that it
/// owns by both.
async fn custodians(
    shared: &Arc<Shared>,
    certified_by: &Digest,
) -> Result<Vec<Custodian>, ProofsError> {
    let sets = shared.ledger.validator_sets();
    let current = sets.at(shared.ledger.head().next_height());
    let certifying = sets
        .by_root(certified_by)
        .filter(|set| set.root() != current.root());
    let mut custodians: Vec<Custodian> = Vec::new();
    let sets = std::iter::once((current, true)).chain(certifying.map(|set| (set, false)));
    for (set, stays) in sets {
        let assignment = shared.custodians.assignment::<ProofsError>(&set).await?;
        for (index, validator) in set.iter() {
            let (key, owned) = (validator.public_key, assignment.columns_of(index));
            match custodians.iter_mut().find(|known| known.key == key) {
                Some(known) => known.owned = known.owned.union(owned),
                None => custodians.push(Custodian { key, owned, stays }),
            }
        }
    }
    Ok(custodians)
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
