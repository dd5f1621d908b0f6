//! Each custodian gets the cell proofs of its columns.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use weft_chain::{BlobId, PublicKey};
use weft_encoding::Fault;
use weft_network::{ColumnCellProofs, PushProofs, Refusal};
use weft_sampling::ColumnSet;

use super::super::error::CustodianError;
use super::super::{Phase, Shared, blocking};
use super::ProofsError;
use super::queue::Work;

/// Bytes of one proof.
const PROOF_BYTES: u64 = 48;

/// Asks every custodian that is not settled once. Whether all of them are settled now: they have
/// the proofs, or will never take them.
pub(super) async fn push(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    work: &mut Work,
) -> Result<bool, ProofsError> {
    let set = shared
        .ledger
        .validator_sets()
        .at(shared.ledger.head().next_height());
    let assignment = shared.custodians.assignment::<ProofsError>(&set).await?;
    let mut pushing: FuturesUnordered<_> = set
        .iter()
        .filter(|(_, validator)| !work.settled.contains(&validator.public_key))
        .map(|(to, validator)| {
            let (key, owned) = (validator.public_key, assignment.columns_of(to));
            async move { (key, push_to(shared, blob_id, &key, owned).await) }
        })
        .collect();
    while let Some((key, pushed)) = pushing.next().await {
        match pushed? {
            Ok(bytes) => {
                work.settled.insert(key);
                let phase = Phase::CellProofsPushed {
                    done: work.settled.len(),
                    of: set.len(),
                };
                shared.tell(blob_id, phase, work.since.elapsed(), bytes);
            }
            Err(error) if is_final(shared, &error, work) => {
                tracing::warn!(%blob_id, custodian = %key, %error, "cell proofs were refused");
                work.settled.insert(key);
            }
            Err(error) => {
                tracing::debug!(%blob_id, custodian = %key, %error, "cell proofs were not taken");
            }
        }
    }
    Ok(set
        .iter()
        .all(|(_, validator)| work.settled.contains(&validator.public_key)))
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

/// Whether asking this custodian again is of no use. One without the columns may still be getting
/// them, until the deadline of the dispersal. A failure of this node's own is never final: at a
/// shutdown the network stops first.
fn is_final(shared: &Shared, error: &CustodianError, work: &Work) -> bool {
    match error {
        CustodianError::Refused(Refusal::Unknown | Refusal::NotHeld | Refusal::NotServed) => {
            work.since.elapsed() > shared.config.certify_deadline
        }
        error => matches!(error.fault(), Fault::Caller | Fault::Peer),
    }
}
