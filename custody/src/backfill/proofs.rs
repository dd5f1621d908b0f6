//! The cell proofs of held columns: from their other holders, or made from the rows.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;
use weft_encoding::{CellProof, Fault, cell_proofs};
use weft_network::{ColumnCellProofs, GetCellProofs, PushProofs};
use weft_sampling::{ColumnPlan, ColumnSet};

use super::blob::{Job, Rows};
use super::blocking;
use super::engine::Shared;
use super::error::BackfillError;
use super::give::{give, proofs_of};
use crate::CustodyError;

/// Fetches the proofs of these columns from their other holders and stores them. Returns the
/// columns whose proofs no holder served.
pub(super) async fn copy(
    shared: &Arc<Shared>,
    job: &Job,
    lacking: ColumnSet,
) -> Result<ColumnSet, BackfillError> {
    let blob_id = job.place.blob;
    let mut plan = ColumnPlan::new(&job.holders, lacking, lacking.len());
    let mut missing = lacking;
    let mut out = FuturesUnordered::new();
    loop {
        for ask in plan.next_asks() {
            let key = job.holders.key(ask.of);
            let columns = ask.columns.clone();
            out.push(async move {
                let request = GetCellProofs { blob_id, columns };
                (ask, key, shared.peers.ask(&key, request).await)
            });
        }
        let Some((ask, key, answer)) = out.next().await else {
            return Ok(missing);
        };
        let columns = match answer? {
            Ok(reply) => reply.columns,
            Err(error) => {
                tracing::debug!(blob = %blob_id, custodian = %key, %error, "no cell proofs");
                plan.failed(&ask);
                continue;
            }
        };
        let given: ColumnSet = columns.iter().map(|entry| entry.column).collect();
        match accept(shared, job, columns).await {
            Ok(()) => {
                missing = missing.difference(given);
                given.iter().for_each(|column| plan.has(column));
                let copied = &shared.metrics.backfilled_cell_proofs;
                copied
                    .with_label_values(&["copy"])
                    .inc_by(given.len() as u64);
                plan.ended(&ask);
            }
            Err(error) if error.fault() == Fault::Peer => {
                tracing::warn!(blob = %blob_id, custodian = %key, %error, "cell proofs do not verify");
                if let Some(offence) = error.offence() {
                    shared.peers.report(&key, offence);
                }
                plan.failed(&ask);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Has this node's custodian verify and store proofs, as if they had been pushed.
async fn accept(
    shared: &Shared,
    job: &Job,
    columns: Vec<ColumnCellProofs>,
) -> Result<(), CustodyError> {
    if columns.is_empty() {
        return Ok(());
    }
    let blob_id = job.place.blob;
    shared
        .custodian
        .push_proofs(PushProofs { blob_id, columns })
        .await
}

/// Makes all proofs of the rows, stores those of `columns`, and pushes the others to their
/// custodians. The workers get one row at a time, so that requests are not delayed.
pub(super) async fn make(
    shared: &Arc<Shared>,
    job: &Job,
    rows: Rows,
    columns: ColumnSet,
) -> Result<(), BackfillError> {
    let mut by_row: Vec<Vec<CellProof>> = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        if shared.shutdown.is_cancelled() {
            return Err(BackfillError::Stopping);
        }
        let rows = Arc::clone(&rows);
        by_row.push(shared.workers.run(move || cell_proofs(&rows[row])).await?);
    }
    let proofs: Vec<_> = proofs_of(&by_row, columns)
        .into_iter()
        .map(|entry| (entry.column, entry.proofs))
        .collect();
    let count = proofs.len() as u64;
    let (store, blob) = (shared.ledger.store().clone(), job.place.blob);
    blocking(move || Ok(store.put_cell_proofs(&blob, proofs)?)).await?;
    let made = &shared.metrics.backfilled_cell_proofs;
    made.with_label_values(&["made"]).inc_by(count);
    tracing::debug!(%blob, count, "cell proofs were made");
    shared.metrics.proven_rows.inc_by(by_row.len() as u64);
    let accounts = shared.custodian.proof_accounts();
    if let Some((gateway, owed)) = accounts.charge(&blob, by_row.len(), Instant::now()) {
        tracing::info!(%blob, %gateway, owed, "a gateway left its cell proofs to the custodians");
    }
    give(shared, job, &by_row).await
}
