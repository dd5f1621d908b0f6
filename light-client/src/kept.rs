//! The cells that the client has sampled, kept for other peers.
//!
//! Malicious custodians can serve each client the samples that it requests while the block as a whole
//! stays unrepairable. If clients pass their cells on, readers can repair the block from them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rand::seq::IteratorRandom;
use weft_chain::Height;
use weft_encoding::{CELL_BYTES, Cell, CellCoord, CellProof, UnverifiedCell, VerifiedCell};

/// What a cell counts in the budget: its bytes, its proof, and the overhead of the map.
pub(crate) const KEPT_CELL_BYTES: usize = CELL_BYTES + 128;

/// Verified cells of the newest blocks that were sampled, within a budget; clones share them.
///
/// In memory: a restarted client has none.
#[derive(Clone, Debug)]
pub(crate) struct KeptCells(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    /// The most cells that the budget allows.
    room: usize,
    count: usize,
    blocks: BTreeMap<Height, BTreeMap<CellCoord, (Cell, CellProof)>>,
}

impl KeptCells {
    /// Keeps cells within a budget of bytes, at [`KEPT_CELL_BYTES`] each.
    pub(crate) fn new(budget: usize) -> Self {
        Self(Arc::new(Mutex::new(Kept {
            room: budget / KEPT_CELL_BYTES,
            count: 0,
            blocks: BTreeMap::new(),
        })))
    }

    /// Keeps cells of a block, whatever its verdict. Cells of older blocks are evicted to make room. If
    /// the block is the oldest and the budget is used up, its cells are not kept.
    pub(crate) fn keep<'a>(&self, height: Height, cells: impl Iterator<Item = &'a VerifiedCell>) {
        let mut kept = self.lock();
        for cell in cells {
            if kept.has(height, &cell.coord()) {
                continue;
            }
            if !kept.make_room(height) {
                return;
            }
            let with_proof = (cell.cell().clone(), cell.proof());
            let block = kept.blocks.entry(height).or_default();
            block.insert(cell.coord(), with_proof);
            kept.count += 1;
        }
    }

    /// At most `limit` cells of a block, chosen at random where there are more.
    pub(crate) fn of(&self, height: Height, limit: usize) -> Vec<UnverifiedCell> {
        let kept = self.lock();
        let Some(block) = kept.blocks.get(&height) else {
            return Vec::new();
        };
        let chosen = block.iter().choose_multiple(&mut rand::rng(), limit);
        let with_proof =
            |(&coord, (cell, proof)): (&CellCoord, &(Cell, CellProof))| UnverifiedCell {
                coord,
                cell: cell.clone(),
                proof: *proof,
            };
        chosen.into_iter().map(with_proof).collect()
    }

    /// The cells at these coordinates of a block, `None` for those that are not kept.
    pub(crate) fn at(
        &self,
        height: Height,
        coords: &[CellCoord],
    ) -> Vec<Option<(Cell, CellProof)>> {
        let kept = self.lock();
        let block = kept.blocks.get(&height);
        let cell = |coord| block.and_then(|block| block.get(coord)).cloned();
        coords.iter().map(cell).collect()
    }

    /// No panic can leave the map half changed.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn has(&self, height: Height, coord: &CellCoord) -> bool {
        let block = self.blocks.get(&height);
        block.is_some_and(|block| block.contains_key(coord))
    }

    /// Makes room for one more cell of the block; false if there is none.
    fn make_room(&mut self, height: Height) -> bool {
        while self.count >= self.room {
            match self.blocks.first_entry() {
                Some(oldest) if *oldest.key() < height => self.count -= oldest.remove().len(),
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_encoding::{ColumnIndex, MatrixCommitments, RowIndex};
    use weft_test_chain::GrowingChain;

    use super::*;

    /// The first cells of a block of one row, verified.
    fn verified(count: usize) -> Vec<VerifiedCell> {
        let mut chain = GrowingChain::new("kept-test", 1);
        let block = chain.push_rows(1, 5);
        let matrix = MatrixCommitments::new(&block.commitments()).unwrap();
        let with_proof = |column| {
            let coord = CellCoord {
                row: RowIndex::new(0).unwrap(),
                column,
            };
            let (cell, proof) = block.cell(coord).unwrap();
            UnverifiedCell { coord, cell, proof }
        };
        let cells = ColumnIndex::all().take(count).map(with_proof).collect();
        matrix.verify_cells(cells).unwrap()
    }

    #[test]
    fn the_budget_evicts_the_oldest_block() {
        let cells = verified(4);
        let kept = KeptCells::new(6 * KEPT_CELL_BYTES + 1);
        let held = || [1, 2, 3].map(|height| kept.of(Height::new(height), 256).len());
        let keep = |height, cells: &[VerifiedCell]| kept.keep(Height::new(height), cells.iter());
        keep(1, &cells[..2]);
        keep(2, &cells);
        assert_eq!(held(), [2, 4, 0], "just so");
        keep(2, &cells);
        assert_eq!(held(), [2, 4, 0], "the same cells take no more");
        keep(3, &cells[..1]);
        assert_eq!(held(), [0, 4, 1]);
        keep(1, &cells);
        assert_eq!(held(), [1, 4, 1], "the oldest takes what is left");
        keep(3, &cells);
        assert_eq!(held(), [0, 0, 4]);

        let some = kept.of(Height::new(3), 2);
        assert_eq!(some.len(), 2);
        let all: Vec<_> = cells
            .into_iter()
            .map(VerifiedCell::into_unverified)
            .collect();
        assert!(some.iter().all(|cell| all.contains(cell)));
        let coords = [all[3].coord, all[0].coord];
        let found = |height| kept.at(Height::new(height), &coords);
        let (last, first) = (&all[3], &all[0]);
        assert_eq!(
            found(3),
            [last, first].map(|with_proof| Some((with_proof.cell.clone(), with_proof.proof)))
        );
        assert_eq!(found(1), [None, None]);
    }

    #[test]
    fn without_a_budget_nothing_is_kept() {
        let kept = KeptCells::new(KEPT_CELL_BYTES - 1);
        kept.keep(Height::new(1), verified(1).iter());
        assert_eq!(kept.of(Height::new(1), 256), []);
    }
}
