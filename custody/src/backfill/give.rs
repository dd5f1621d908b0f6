//! Gives cell proofs that were made here to the custodians that own the columns.

use std::sync::Arc;

use futures::StreamExt;
use weft_encoding::CellProof;
use weft_network::{ColumnCellProofs, PushProofs};
use weft_sampling::{ColumnSet, Holders};

use super::blob::Job;
use super::blocking;
use super::engine::Shared;
use super::error::BackfillError;

/// Custodians that are given proofs at once.
const AT_ONCE: usize = 8;

/// Pushes to every other custodian of the current and the coming set the proofs of its columns, each
/// once: who does not take them makes them at its own turn.
///
/// `by_row` has the 128 proofs of each row.
pub(super) async fn give(
    shared: &Arc<Shared>,
    job: &Job,
    by_row: &[Vec<CellProof>],
) -> Result<(), BackfillError> {
    let own = Arc::clone(shared);
    let owners = blocking(move || owners(&own)).await?;
    let blob_id = job.place.blob;
    let mut pushes = futures::stream::iter(owners.iter())
        .map(|owner| {
            let key = owners.key(owner);
            let columns = proofs_of(by_row, owners.columns(owner));
            async move {
                let request = PushProofs { blob_id, columns };
                (key, shared.peers.ask(&key, request).await)
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((key, answer)) = pushes.next().await {
        if let Err(error) = answer? {
            tracing::debug!(blob = %blob_id, custodian = %key, %error, "cell proofs were not taken");
        }
    }
    Ok(())
}

/// Every other custodian of the current and the coming set.
fn owners(shared: &Shared) -> Result<Holders, BackfillError> {
    let next = shared.ledger.head().next_height();
    let sets = shared.ledger.validator_sets().current_and_coming(next);
    Ok(shared.assignments.holders(&sets)?.without(&shared.key))
}

/// The proofs of these columns, one a row in order.
pub(super) fn proofs_of(by_row: &[Vec<CellProof>], columns: ColumnSet) -> Vec<ColumnCellProofs> {
    columns
        .iter()
        .map(|column| ColumnCellProofs {
            column,
            proofs: by_row.iter().map(|row| row[column.get()]).collect(),
        })
        .collect()
}
