//! Retrieval: reads a batch back from columns or single cells.
//!
//! ```text
//!  whole columns   data columns first, then the others, each from any of its holders
//!       │ 64 verified ─────────────────────────────► committed rows ─► batch
//!       │ fewer
//!       ▼
//!  single cells    of the missing columns, parity rows too, with cell proofs: from their
//!       │          custodians, then those that connected light clients have sampled
//!       └─ verified ─► iterative 2D repair of the block's matrix ─► committed rows ─► batch
//! ```
//!
//! No unverified data is used: columns are checked against the blob's header, cells against the
//! commitments of the block, whatever their source. Both routes therefore give the committed rows,
//! even if the columns root is not that of these rows. Two reads never give different batches, nor
//! one a batch and the other proof that there is none.

mod cells;
mod columns;
mod lanes;
mod single_cells;

use std::sync::Arc;

use weft_chain::{BlobHeader, BlobId};
use weft_encoding::{ColumnVerifier, LayoutError, NonZeroPadding, Row};
use weft_sampling::{Holders, MAX_HOLDING_SETS, holding_sets};

pub use single_cells::{CellError, CellSource, NodeCells};

use super::{Gateway, ReadError, Shared, blocking};

/// How a batch was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// From 64 whole columns.
    Columns,
    /// By two-dimensional repair from single cells.
    Cells,
}

impl Route {
    /// The name in metrics and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Cells => "cells",
        }
    }
}

/// A blob that was read, verified against its id.
#[derive(Clone, Debug)]
pub struct ReadBatch {
    /// The header that the id names.
    pub header: BlobHeader,
    /// The batch's bytes, or the row that proves that the blob is malformed.
    pub batch: Result<Vec<u8>, MalformedRow>,
    /// How it was read.
    pub route: Route,
    /// Bytes of cells that were fetched.
    pub fetched_bytes: u64,
}

/// The first row of a certified blob that breaks its layout: the blob is malformed and holds no
/// batch. Anyone can check the row against its commitment. The poster's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct MalformedRow {
    /// The row's index and the byte that breaks the layout.
    pub reason: NonZeroPadding,
    /// The row.
    pub row: Row,
}

impl Gateway {
    /// Reads a blob, verified, from this node's columns and the custodians'.
    ///
    /// Cost: 64 columns from custodians and their batch verification (two pairings and an MSM over
    /// 64 n cells); if data is withheld, up to the whole extended matrix of the block.
    ///
    /// # Errors
    /// [`ReadError`]: unknown blob (caller); too few cells available, or too slow (retry); a blob
    /// that does not follow from its commitments (peer).
    pub async fn read(&self, blob_id: BlobId) -> Result<ReadBatch, ReadError> {
        let shared = &self.shared;
        let busy = || ReadError::Busy {
            max: shared.config.max_reads.get(),
        };
        let _permit = shared.reads.try_acquire().map_err(|_| busy())?;
        let timer = shared.metrics.read_seconds.start_timer();
        let waited = shared.config.read_deadline;
        let outcome = tokio::time::timeout(waited, read(shared, blob_id))
            .await
            .unwrap_or(Err(ReadError::Deadline { blob_id, waited }));
        timer.observe_duration();
        let label = match &outcome {
            Ok(read) if read.batch.is_err() => "malformed",
            Ok(read) => read.route.name(),
            Err(error) => error.fault().name(),
        };
        shared.metrics.reads.with_label_values(&[label]).inc();
        outcome
    }
}

async fn read(shared: &Arc<Shared>, blob_id: BlobId) -> Result<ReadBatch, ReadError> {
    let store = shared.store.clone();
    let header = blocking(move || Ok::<_, ReadError>(store.blob_header(&blob_id)?))
        .await?
        .ok_or(ReadError::UnknownBlob(blob_id))?;
    let (rows, route, fetched_bytes) = rows(shared, blob_id, &header).await?;
    let (layout, byte_len) = (header.layout, header.byte_len);
    let batch = shared
        .workers
        .run(move || match layout.batch_from_rows(&rows, byte_len) {
            Err(LayoutError::NonZeroPadding(reason)) => {
                let row = rows[reason.row].clone();
                Ok(Err(MalformedRow { reason, row }))
            }
            batch => batch.map(Ok),
        })
        .await??;
    Ok(ReadBatch {
        header,
        batch,
        route,
        fetched_bytes,
    })
}

async fn rows(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    header: &BlobHeader,
) -> Result<(Vec<Row>, Route, u64), ReadError> {
    let of_header = header.clone();
    let verifier: Arc<ColumnVerifier> =
        Arc::new(shared.workers.run(move || of_header.verifier()).await??);
    let had = columns::fetch(shared, blob_id, &verifier).await?;
    let fetched = had.bytes;
    if had.columns.len() >= weft_encoding::DATA_COLUMNS {
        let rows = shared
            .workers
            .run(move || verifier.repair_rows(&had.columns))
            .await??;
        return Ok((rows, Route::Columns, fetched));
    }
    let (rows, cell_bytes) = cells::repair(shared, blob_id, header, had.columns).await?;
    Ok((rows, Route::Cells, fetched + cell_bytes))
}

/// The possible holders of a blob, in the order in which to ask them.
async fn holders(shared: &Arc<Shared>, blob_id: BlobId) -> Result<Holders, ReadError> {
    let (store, ledger) = (shared.store.clone(), shared.ledger.clone());
    let sets = blocking(move || {
        let placed = store.location(&blob_id)?.map(|location| location.height);
        let certificate = store.certificate(&blob_id)?;
        let certified_by = certificate.map(|certificate| certificate.validator_set_root);
        let (history, next) = (
            ledger.validator_sets().history(),
            ledger.head().next_height(),
        );
        let sets = holding_sets(&history, next, placed, certified_by.as_ref());
        Ok::<_, ReadError>(sets.take(MAX_HOLDING_SETS).cloned().collect())
    });
    shared.custodians.holders(sets.await?).await
}
