//! Columns that no holder gives, from the rows of the blob.

use std::sync::Arc;

use weft_encoding::{EncodeError, VerifyError, code_blob};
use weft_sampling::ColumnSet;

use super::blob::{Job, Rows};
use super::columns::store;
use super::engine::Shared;
use super::error::BackfillError;

/// Codes the rows again and stores the columns that are missing.
///
/// The rows have the columns root of the header: [`super::columns::Columns::rows`] has checked that.
/// The columns are verified all the same, so that nothing is stored that a reader would refuse.
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
        let columns = missing.iter().map(|column| coded.column(column)).collect();
        verifier.verify_batch(columns).map_err(Coding::Verify)
    });
    let columns = coded.await?.map_err(|error| match error {
        Coding::Encode(error) => BackfillError::Encode(error),
        Coding::Verify(error) => BackfillError::Verify(error),
    })?;
    let count = columns.len() as u64;
    store(shared, job, columns).await?;
    let repaired = &shared.metrics.backfilled_columns;
    repaired.with_label_values(&["repair"]).inc_by(count);
    tracing::debug!(blob = %job.place.blob, count, "columns were repaired");
    Ok(())
}
