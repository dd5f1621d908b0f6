//! Gives cell proofs that were made here to the custodians that own the columns.

use std::sync::Arc;

use futures::StreamExt;
use weft_chain::PublicKey;
use weft_encoding::CellProof;
use weft_network::{ColumnCellProofs, PushProofs};
use weft_sampling::ColumnSet;

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
    let others = blocking(move || custodians(&own)).await?;
    let blob_id = job.place.blob;
    let mut pushes = futures::stream::iter(others)
        .map(|(key, owned)| {
            let columns = proofs_of(by_row, owned);
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

/// Every other custodian with the columns that it owns.
fn custodians(shared: &Shared) -> Result<Vec<(PublicKey, ColumnSet)>, BackfillError> {
    let sets = shared.ledger.validator_sets();
    let next = shared.ledger.head().next_height();
    let coming = sets.coming(next).map(|(_, set)| set);
    let mut others: Vec<(PublicKey, ColumnSet)> = Vec::new();
    for set in std::iter::once(sets.at(next)).chain(coming) {
        let assignment = shared.assignments.of(&set)?;
        for (index, validator) in set.iter() {
            let (key, owned) = (validator.public_key, assignment.columns_of(index));
            match others.iter_mut().find(|(other, _)| *other == key) {
                Some((_, known)) => *known = known.union(owned),
                None => others.push((key, owned)),
            }
        }
    }
    others.retain(|(key, owned)| *key != shared.key && !owned.is_empty());
    Ok(others)
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
