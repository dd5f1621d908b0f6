//! A block's whole column, from which the cells of parity rows are derived.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lru::LruCache;
use weft_chain::Height;
use weft_encoding::{
    Cell, CellProof, ColumnIndex, parity_cell, parity_cell_proof, parity_cell_proofs, parity_cells,
};
use weft_ledger::store::Store;
use weft_network::Refusal;

use super::CustodyError;
use super::block_rows::BlockRows;

/// The n original cells of one column of a block with their proofs.
///
/// The first requested parity cell is derived alone. The second request extends the whole column:
/// light clients sample at random, so more requests will follow, and all n cells cost little more
/// than a few.
#[derive(Debug)]
pub(super) struct BlockColumn {
    height: Height,
    cells: Vec<Cell>,
    proofs: Vec<CellProof>,
    asked: AtomicBool,
    parity: OnceLock<(Vec<Cell>, Vec<CellProof>)>,
}

impl BlockColumn {
    /// Collects the column of all blobs of the block. The refusal says what is missing.
    pub(super) fn assemble(
        store: &Store,
        height: Height,
        rows: &BlockRows,
        column: ColumnIndex,
    ) -> Result<Result<Self, Refusal>, CustodyError> {
        let mut cells = Vec::with_capacity(rows.rows());
        let mut proofs = Vec::with_capacity(rows.rows());
        for blob in rows.blobs() {
            let Some(blob_cells) = store.column_cells(&blob.blob, column)? else {
                return Ok(Err(Refusal::NotHeld));
            };
            let Some(held_proofs) = store.cell_proofs(&blob.blob, column)? else {
                return Ok(Err(Refusal::NotYet));
            };
            cells.extend(blob_cells);
            proofs.extend(held_proofs);
        }
        let (asked, parity) = (AtomicBool::new(false), OnceLock::new());
        Ok(Ok(Self {
            height,
            cells,
            proofs,
            asked,
            parity,
        }))
    }

    /// The cell of a parity row (n to 2n - 1) and its proof.
    pub(super) fn parity(&self, row: usize) -> Result<(Cell, CellProof), CustodyError> {
        let failed = |reason: String| CustodyError::Derive {
            height: self.height,
            row,
            reason,
        };
        if self.parity.get().is_none() && !self.asked.swap(true, Ordering::Relaxed) {
            let cell = parity_cell(&self.cells, row).map_err(|error| failed(error.to_string()))?;
            let proof =
                parity_cell_proof(&self.proofs, row).map_err(|error| failed(error.to_string()))?;
            return Ok((cell, proof));
        }
        let (cells, proofs) = match self.parity.get() {
            Some(parity) => parity,
            None => {
                let proofs =
                    parity_cell_proofs(&self.proofs).map_err(|error| failed(error.to_string()))?;
                self.parity
                    .get_or_init(|| (parity_cells(&self.cells), proofs))
            }
        };
        let place = row.checked_sub(self.cells.len());
        place
            .and_then(|place| Some((cells.get(place)?.clone(), *proofs.get(place)?)))
            .ok_or_else(|| failed(format!("the matrix has {} rows", 2 * self.cells.len())))
    }
}

/// Cache of recently requested block columns. A decided block never changes.
#[derive(Debug)]
pub(super) struct BlockColumns {
    by_place: Mutex<LruCache<(Height, ColumnIndex), Arc<BlockColumn>>>,
}

impl BlockColumns {
    pub(super) fn new(columns: NonZeroUsize) -> Self {
        Self {
            by_place: Mutex::new(LruCache::new(columns)),
        }
    }

    pub(super) fn get(&self, height: Height, column: ColumnIndex) -> Option<Arc<BlockColumn>> {
        self.lock().get(&(height, column)).cloned()
    }

    /// Caches a column and returns it. A column that another request cached meanwhile wins.
    pub(super) fn put(
        &self,
        height: Height,
        column: ColumnIndex,
        assembled: BlockColumn,
    ) -> Arc<BlockColumn> {
        Arc::clone(
            self.lock()
                .get_or_insert((height, column), || Arc::new(assembled)),
        )
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<(Height, ColumnIndex), Arc<BlockColumn>>> {
        self.by_place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
