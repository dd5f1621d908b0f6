//! Repair of columns that no holder serves, from the rows of the blob.

use std::sync::Arc;

use weft_encoding::{CodedBlob, Column, EncodeError, VerifiedColumn, VerifyError, code_blob};
use weft_sampling::ColumnSet;

use super::blob::{Job, Rows};
use super::blocking;
use super::columns::store;
use super::engine::Shared;
use super::error::BackfillError;

/// The missing columns, coded from the rows.
enum Repaired {
    /// As dispersed. They are verified too, so that the store holds nothing that a reader would
    /// refuse.
    Columns(Vec<VerifiedColumn>),
    /// Cells without paths: the header's columns root is not that of the rows.
    Misnamed(Vec<Column>),
}

/// Codes the committed rows again and stores the columns that are missing.
pub(super) async fn repair(
    shared: &Arc<Shared>,
    job: &Job,
    rows: Rows,
    missing: ColumnSet,
) -> Result<(), BackfillError> {
    enum Coding {
        Encode(EncodeError),
        Verify(VerifyError),
    }
    let (verifier, namespace) = (Arc::clone(&job.verifier), job.header.namespace);
    let coded = shared.workers.run(move || {
        let coded = code_blob(namespace.as_bytes(), rows.to_vec()).map_err(Coding::Encode)?;
        if coded.columns_root() != verifier.columns_root() {
            return Ok(Repaired::Misnamed(cells_of(&coded, missing)));
        }
        let columns = missing.iter().map(|column| coded.column(column)).collect();
        let verified = verifier.verify_batch(columns).map_err(Coding::Verify)?;
        Ok(Repaired::Columns(verified))
    });
    let repaired = coded.await?.map_err(|error| match error {
        Coding::Encode(error) => BackfillError::Encode(error),
        Coding::Verify(error) => BackfillError::Verify(error),
    })?;
    let (source, count) = match repaired {
        Repaired::Columns(columns) => {
            let count = columns.len() as u64;
            store(shared, job, columns).await?;
            ("repair", count)
        }
        Repaired::Misnamed(columns) => {
            let count = columns.len() as u64;
            store_misnamed(shared, job, columns).await?;
            ("misnamed", count)
        }
    };
    let had = &shared.metrics.backfilled_columns;
    had.with_label_values(&[source]).inc_by(count);
    tracing::debug!(blob = %job.place.blob, count, source, "columns were repaired");
    Ok(())
}

fn cells_of(coded: &CodedBlob, columns: ColumnSet) -> Vec<Column> {
    columns
        .iter()
        .map(|index| coded.column(index).column)
        .collect()
}

/// Stores repaired columns that have no path, and logs the poster's namespace.
async fn store_misnamed(
    shared: &Shared,
    job: &Job,
    columns: Vec<Column>,
) -> Result<(), BackfillError> {
    tracing::warn!(
        height = %job.place.height,
        blob = %job.place.blob,
        namespace = %job.header.namespace,
        columns = columns.len(),
        "the poster of this blob committed to a false columns root; its columns are served by cells",
    );
    shared.metrics.misnamed_blobs.inc();
    let (store, header) = (shared.ledger.store().clone(), job.header.clone());
    let expiry = job.expiry;
    blocking(move || Ok(store.put_repaired_columns(&header, expiry, columns)?)).await
}
