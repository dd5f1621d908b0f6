//! Which blob a row of a block belongs to.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use weft_chain::{BlobId, BlockBody, Height};
use weft_ledger::store::Store;

use super::CustodyError;

/// A blob's range in the original rows of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlobRows {
    pub(super) blob: BlobId,
    pub(super) first: usize,
    pub(super) rows: usize,
}

/// The original rows of a block, blob by blob.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BlockRows {
    blobs: Vec<BlobRows>,
    rows: usize,
}

impl BlockRows {
    pub(super) fn new(body: &BlockBody) -> Self {
        let mut rows = 0;
        let mut blobs = Vec::with_capacity(body.blobs.len());
        for entry in &body.blobs {
            let count = entry.header.rows();
            blobs.push(BlobRows {
                blob: entry.header.id(),
                first: rows,
                rows: count,
            });
            rows += count;
        }
        Self { blobs, rows }
    }

    /// Original rows of the block: n. The extended matrix has 2n.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn blobs(&self) -> &[BlobRows] {
        &self.blobs
    }

    /// The blob that an original row belongs to.
    pub(super) fn blob_of(&self, row: usize) -> Option<BlobRows> {
        let next = self.blobs.partition_point(|blob| blob.first <= row);
        let blob = self.blobs.get(next.checked_sub(1)?)?;
        (row < blob.first + blob.rows).then_some(*blob)
    }
}

/// Cache of the row layouts of recently requested blocks. A decided block never changes.
#[derive(Debug)]
pub(super) struct BlockRowsCache {
    by_height: Mutex<LruCache<Height, Arc<BlockRows>>>,
}

impl BlockRowsCache {
    pub(super) fn new(blocks: NonZeroUsize) -> Self {
        Self {
            by_height: Mutex::new(LruCache::new(blocks)),
        }
    }

    /// The rows of the block at `height`, if it is decided.
    pub(super) fn of(
        &self,
        store: &Store,
        height: Height,
    ) -> Result<Option<Arc<BlockRows>>, CustodyError> {
        if let Some(rows) = self.lock().get(&height) {
            return Ok(Some(Arc::clone(rows)));
        }
        let Some(body) = store.body(height)? else {
            return Ok(None);
        };
        let rows = Arc::new(BlockRows::new(&body));
        self.lock().put(height, Arc::clone(&rows));
        Ok(Some(rows))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Height, Arc<BlockRows>>> {
        self.by_height
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
