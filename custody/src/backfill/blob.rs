//! The backfill of one blob.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use weft_chain::{BlobHeader, Height};
use weft_encoding::{ColumnVerifier, Row};
use weft_sampling::{ColumnSet, Holders, MAX_HOLDING_SETS, holding_sets};

use super::agenda::Place;
use super::columns::Columns;
use super::engine::Shared;
use super::error::BackfillError;
use super::lack::Lack;
use super::search::{Waits, lack};
use super::{blocking, proofs, repair, turns};

/// How the work on a blob ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing is missing, or the blob has expired.
    Finished,
    /// The columns are held; their proofs may still arrive until `due`.
    Later {
        /// When to check again.
        due: Instant,
    },
    /// Some columns or proofs could not be fetched or repaired.
    Incomplete {
        /// Columns that are still missing.
        missing: usize,
    },
}

/// A blob that is worked on.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) place: Place,
    pub(super) header: BlobHeader,
    pub(super) expiry: Height,
    pub(super) verifier: Arc<ColumnVerifier>,
    /// The possible holders of its columns, without this node.
    pub(super) holders: Holders,
}

/// The inputs of the work on a blob.
struct Begin {
    header: BlobHeader,
    expiry: Height,
    holders: Holders,
    lack: Lack,
    proofs_in: Duration,
}

/// Fetches, repairs or makes what is missing of a blob, as far as possible now.
pub(super) async fn complete(
    shared: &Arc<Shared>,
    place: Place,
    owned: ColumnSet,
) -> Result<Outcome, BackfillError> {
    let (own, next) = (Arc::clone(shared), shared.ledger.head().next_height());
    let begin = blocking(move || begin(&own, place, owned, next)).await?;
    let Some(begin) = begin.filter(|begin| !begin.lack.is_empty()) else {
        return Ok(Outcome::Finished);
    };
    let due = Instant::now() + begin.proofs_in;
    if begin.lack.columns.is_empty() && !begin.proofs_in.is_zero() {
        return Ok(Outcome::Later { due });
    }
    let header = begin.header.clone();
    let verifier = shared.workers.run(move || header.verifier()).await??;
    let job = Job {
        place,
        header: begin.header,
        expiry: begin.expiry,
        verifier: Arc::new(verifier),
        holders: begin.holders,
    };

    let mut columns = Columns::new(shared, &job);
    let mut missing = columns.copy(begin.lack.columns).await?;
    let mut rows = None;
    if !missing.is_empty() {
        let _turn = shared.turn().await?;
        rows = columns.rows().await?;
        if let Some(rows) = &rows {
            repair::repair(shared, &job, Arc::clone(rows), missing).await?;
            missing = ColumnSet::EMPTY;
        }
    }
    if !missing.is_empty() {
        return Ok(Outcome::Incomplete {
            missing: missing.len(),
        });
    }
    if !begin.proofs_in.is_zero() {
        return Ok(Outcome::Later { due });
    }

    let unproven = proofs::copy(shared, &job, begin.lack.proofs).await?;
    if unproven.is_empty() {
        return Ok(Outcome::Finished);
    }
    let _turn = shared.turn().await?;
    let rows = match rows {
        Some(rows) => Some(rows),
        None => columns.rows().await?,
    };
    let Some(rows) = rows else {
        return Ok(Outcome::Incomplete { missing: 0 });
    };
    proofs::make(shared, &job, rows, unproven).await?;
    Ok(Outcome::Finished)
}

/// Reads what the work needs; `None` if the blob has expired.
fn begin(
    shared: &Shared,
    place: Place,
    owned: ColumnSet,
    next: Height,
) -> Result<Option<Begin>, BackfillError> {
    let store = shared.ledger.store();
    let (Some(header), Some(certificate), Some(expiry)) = (
        store.blob_header(&place.blob)?,
        store.certificate(&place.blob)?,
        store.expiry(&place.blob)?,
    ) else {
        return Ok(None);
    };
    if expiry <= next {
        return Ok(None);
    }
    let history = shared.ledger.validator_sets().history();
    let certified_by = certificate.validator_set_root;
    let sets = holding_sets(&history, next, Some(place.height), Some(&certified_by));
    let holders = shared.assignments.holders(sets.take(MAX_HOLDING_SETS))?;
    let current = shared.ledger.validator_sets().at(next);
    let custodians = current.iter().map(|(_, validator)| validator.public_key);
    let turn = turns::turn(&place.blob, custodians, &shared.key);
    let limit = shared.config.proof_rows_owed;
    let accounts = shared.custodian.proof_accounts();
    let is_overdrawn = accounts.is_overdrawn(&place.blob, limit, Instant::now());
    let patience = turns::patience(&shared.config, header.rows(), turn, is_overdrawn);
    Ok(Some(Begin {
        expiry,
        holders: holders.without(&shared.key),
        lack: lack(store, &place.blob, owned)?,
        proofs_in: Waits::of(store, &shared.config, place.height)?.until(patience),
        header,
    }))
}

/// The rows of a blob that is worked on, shared with the workers.
pub(super) type Rows = Arc<Vec<Row>>;
