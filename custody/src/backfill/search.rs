//! Searches blocks for incomplete blobs.

use std::time::Duration;

use tokio::time::Instant;
use weft_chain::{BlobId, Height};
use weft_ledger::store::{Store, StoreError};
use weft_network::unix_ms;
use weft_sampling::ColumnSet;

use super::BackfillConfig;
use super::agenda::{Found, Place};
use super::lack::{Lack, until_old};
use super::turns;

/// Blocks per search.
const BLOCKS: u64 = 256;

/// The result of one search.
#[derive(Debug)]
pub(super) struct Searched {
    pub(super) to: Height,
    pub(super) found: Vec<Found>,
}

/// Searches the next blocks above `after`, at most to `head`. Blocks the thread on the store.
///
/// A block whose columns may still be arriving is not checked yet: all its blobs are due later.
pub(super) fn search(
    store: &Store,
    config: &BackfillConfig,
    owned: ColumnSet,
    after: Height,
    head: Height,
) -> Result<Searched, StoreError> {
    let next = head.saturating_add(1);
    let to = head.min(after.saturating_add(BLOCKS));
    let mut found = Vec::new();
    let mut height = after;
    while height < to {
        height = height.saturating_add(1);
        let Some(body) = store.body(height)? else {
            return Err(StoreError::damaged(
                "bodies",
                format!("block {height} is decided and has no body"),
            ));
        };
        // Parity cells are derived from all blobs of the block, so all are retained until the last
        // one expires.
        if body.latest_expiry() <= Some(next) {
            continue;
        }
        let waits = Waits::of(store, config, height)?;
        for entry in body.blobs {
            let blob = entry.certificate.blob_id;
            let lack = if waits.columns.is_zero() {
                lack(store, &blob, owned)?
            } else {
                Lack::default()
            };
            let wait = match () {
                () if !waits.columns.is_zero() => waits.columns,
                () if !lack.columns.is_empty() => Duration::ZERO,
                // The patience of the first turn. This node's turn is computed when the work
                // starts.
                () if !lack.proofs.is_empty() => {
                    waits.until(turns::patience(config, entry.header.rows(), 0, false))
                }
                () => continue,
            };
            found.push(Found {
                place: Place { height, blob },
                due: Instant::now() + wait,
                missing: lack.columns.len(),
            });
        }
    }
    Ok(Searched { to, found })
}

/// What is missing of a blob now.
pub(super) fn lack(store: &Store, blob: &BlobId, owned: ColumnSet) -> Result<Lack, StoreError> {
    let held = store.columns_with_cells(blob)?;
    let mut proven = ColumnSet::EMPTY;
    for column in owned.intersection(held).iter() {
        if store.cell_proofs(blob, column)?.is_some() {
            proven.insert(column);
        }
    }
    Ok(Lack::new(owned, held, proven))
}

/// How long the columns and proofs of a block may still be arriving.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) columns: Duration,
    /// The block's time and the clock's, in unix milliseconds.
    time: u64,
    now: u64,
}

impl Waits {
    pub(super) fn of(
        store: &Store,
        config: &BackfillConfig,
        height: Height,
    ) -> Result<Self, StoreError> {
        let signed = store.signed_header(height)?;
        let time = signed.map_or(0, |signed| signed.header.time);
        let now = unix_ms();
        Ok(Self {
            columns: until_old(time, now, config.column_patience),
            time,
            now,
        })
    }

    /// Time until the block is `patience` old.
    pub(super) fn until(&self, patience: Duration) -> Duration {
        until_old(self.time, self.now, patience)
    }
}
