//! Fault injection: a node that withholds cells in the pattern that hurts most.
//!
//! It is set in code by demonstrations and tests and cannot be set in a configuration file. A
//! withholding custodian lies: it answers that it does not hold the cell.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use weft_encoding::{CellCoord, ColumnIndex, RowIndex};
use weft_sampling::adversary::WorstPattern;

/// How much a node withholds, and which cells. Nodes with the same values withhold the same cells,
/// so a cell that one of them refuses is refused by all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Withholding {
    /// Percent of the extended matrix's cells of every block, 0 to 100.
    pub percent: f64,
    /// Selects the cells.
    pub seed: u64,
}

/// The withheld cells of blocks of any size.
#[derive(Debug)]
pub(crate) struct WithheldCells {
    withholding: Withholding,
    // One entry per block size, so at most 256.
    patterns: Mutex<HashMap<usize, Arc<WorstPattern>>>,
}

impl WithheldCells {
    /// The cells that `withholding` selects.
    pub(crate) fn new(withholding: Withholding) -> Self {
        Self {
            withholding,
            patterns: Mutex::default(),
        }
    }

    /// Whether a cell of the extended matrix of a block of `rows` rows is withheld.
    pub(crate) fn withholds_cell(&self, rows: usize, coord: CellCoord) -> bool {
        self.pattern(rows).withholds(coord)
    }

    /// Whether any cell of `column` in the rows `own` of a block of `rows` rows is withheld: a
    /// column is served whole or not at all.
    pub(crate) fn withholds_column(
        &self,
        rows: usize,
        own: Range<usize>,
        column: ColumnIndex,
    ) -> bool {
        let pattern = self.pattern(rows);
        own.filter_map(|row| RowIndex::new(row).ok())
            .any(|row| pattern.withholds(CellCoord { row, column }))
    }

    fn pattern(&self, rows: usize) -> Arc<WorstPattern> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        let Withholding { percent, seed } = self.withholding;
        let made = || Arc::new(WorstPattern::new(rows, percent, seed));
        Arc::clone(patterns.entry(rows).or_insert_with(made))
    }
}
