//! Iterative two-dimensional repair of an extended matrix from verified cells.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::coding::row_of_data_cells;
use crate::vertical::ColumnWeights;
use crate::{
    COLUMNS, Cell, CellCoord, ColumnIndex, Commitment, DATA_COLUMNS, MAX_BLOCK_ROWS, RepairError,
    Row, VerifiedCell, VerifiedColumn, eip7594, threads,
};

use super::plan::{KnownCells, Step, Stuck, plan};

/// Cells of the smallest set whose withholding makes an extended matrix of n rows unrepairable.
///
/// (n + 1) x 65 of 256 n: a column can lose n cells, and a row 64.
/// Source: the design, section 2.
pub const fn smallest_unrepairable(n: usize) -> usize {
    (n + 1) * (DATA_COLUMNS + 1)
}

/// Collects verified cells of one matrix and repairs its original rows from them.
///
/// Memory: 2,048 bytes a cell, shared with the cells that were inserted.
#[derive(Debug)]
pub struct MatrixRepair {
    n: usize,
    known: KnownCells,
    /// Cells by row of the extended matrix and column.
    cells: BTreeMap<(usize, usize), Cell>,
    /// What each original row is committed to, as far as the inserted cells say.
    commitments: Vec<Option<Commitment>>,
    /// The commitments that the last cell was verified against, not to compare them again.
    last_matrix: Option<Arc<[Commitment]>>,
}

/// The original rows of a repaired matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairedMatrix {
    rows: Vec<Row>,
}

impl RepairedMatrix {
    /// The n original rows, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The n original rows, in order.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }
}

impl MatrixRepair {
    /// A repair of a matrix of n original rows, without cells.
    ///
    /// # Errors
    /// [`RepairError::RowCount`] unless n is 1..=256. Fault: the caller.
    pub fn new(n: usize) -> Result<Self, RepairError> {
        if n == 0 || n > MAX_BLOCK_ROWS {
            return Err(RepairError::RowCount {
                found: n,
                max: MAX_BLOCK_ROWS,
            });
        }
        Ok(Self {
            n,
            known: KnownCells::none(n),
            cells: BTreeMap::new(),
            commitments: vec![None; n],
            last_matrix: None,
        })
    }

    /// Adds one cell, original or parity; a known cell changes nothing.
    ///
    /// # Errors
    /// [`RepairError::ForeignCell`] if it was verified against the commitments of another matrix than
    /// the cells before. Fault: the caller.
    pub fn insert(&mut self, cell: VerifiedCell) -> Result<(), RepairError> {
        let coord = cell.coord();
        let matrix = cell.matrix();
        let same = self
            .last_matrix
            .as_ref()
            .is_some_and(|last| Arc::ptr_eq(last, matrix));
        if !same {
            if matrix.len() != self.n || !self.agrees(0, matrix) {
                return Err(RepairError::ForeignCell { coord });
            }
            self.commit(0, matrix);
            self.last_matrix = Some(Arc::clone(matrix));
        }
        self.put(coord.row.get(), coord.column.get(), cell.cell());
        Ok(())
    }

    /// Adds a blob's column, whose first cell is in original row `first_row` of this matrix.
    ///
    /// # Errors
    /// [`RepairError::RowOutside`] if it reaches beyond the original rows;
    /// [`RepairError::ForeignColumn`] if its blob's commitments are not those of these rows. Fault: the
    /// caller.
    pub fn insert_column(
        &mut self,
        column: &VerifiedColumn,
        first_row: usize,
    ) -> Result<(), RepairError> {
        let last = first_row
            .saturating_add(column.cells().len())
            .saturating_sub(1);
        if last >= self.n {
            return Err(RepairError::RowOutside {
                row: last,
                rows: self.n,
            });
        }
        if !self.agrees(first_row, column.commitments()) {
            return Err(RepairError::ForeignColumn {
                column: column.index(),
            });
        }
        self.commit(first_row, column.commitments());
        for (row, cell) in (first_row..).zip(column.cells()) {
            self.put(row, column.index().get(), cell);
        }
        Ok(())
    }

    /// Number of known cells of the extended matrix, inserted and repaired, of 256 n.
    pub fn known(&self) -> usize {
        self.known.count()
    }

    /// Whether the cell is known, inserted or repaired.
    pub fn knows(&self, coord: CellCoord) -> bool {
        coord.row.get() < 2 * self.n && self.known.contains(coord.row.get(), coord.column.get())
    }

    /// Repairs all n original rows: completes rows of 64 known cells and columns of n, until the
    /// rows have their data.
    ///
    /// Computes nothing unless the cells suffice, and then only what the original rows need: parity
    /// cells where a row or column is completed through them. Keeps the cells that it computes.
    ///
    /// # Errors
    /// [`RepairError::NotEnoughCells`] says how many cells are known and how many rows and columns
    /// are stuck; retry with more.
    pub fn repair(&mut self) -> Result<RepairedMatrix, RepairError> {
        let rows = self.repair_rows(0..self.n)?;
        Ok(RepairedMatrix { rows })
    }

    /// As [`MatrixRepair::repair`], for some of the original rows only, such as one blob's.
    ///
    /// # Errors
    /// As [`MatrixRepair::repair`], and [`RepairError::RowOutside`] for a row that is not among the n.
    /// Fault: the caller.
    pub fn repair_rows(&mut self, wanted: Range<usize>) -> Result<Vec<Row>, RepairError> {
        if wanted.start > wanted.end || wanted.end > self.n {
            return Err(RepairError::RowOutside {
                row: wanted.end,
                rows: self.n,
            });
        }
        let steps = plan(&self.known, wanted.clone()).map_err(|stuck| self.not_enough(stuck))?;
        let mut rest = steps.as_slice();
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take_while(|step| step.is_row() == first.is_row())
                .count();
            let (now, later) = rest.split_at(same);
            self.carry_out(now);
            rest = later;
        }
        Ok(wanted
            .map(|row| row_of_data_cells((0..DATA_COLUMNS).map(|column| self.cell(row, column))))
            .collect())
    }

    /// Steps of one direction do not read what the others of it give, so they run side by side.
    fn carry_out(&mut self, steps: &[Step]) {
        let weights = self.column_weights(steps);
        let given = threads::map(steps, |step| match step {
            Step::Row { row, from, to } => self.complete_row(*row, *from, *to),
            Step::Column { column, from, to } => {
                let known: Vec<Cell> = from
                    .iter()
                    .map(|&row| self.cell(row, *column).clone())
                    .collect();
                let cells = weights[&(from.as_slice(), to.as_slice())].apply(&known);
                to.iter()
                    .zip(cells)
                    .map(|(&row, cell)| (row, *column, cell))
                    .collect()
            }
        });
        for (row, column, cell) in given.into_iter().flatten() {
            self.put(row, column, &cell);
        }
    }

    /// One set of weights for all columns that read and give the same rows.
    fn column_weights<'a>(
        &self,
        steps: &'a [Step],
    ) -> BTreeMap<(&'a [usize], &'a [usize]), ColumnWeights> {
        let mut weights = BTreeMap::new();
        for step in steps {
            if let Step::Column { from, to, .. } = step {
                weights
                    .entry((from.as_slice(), to.as_slice()))
                    .or_insert_with(|| ColumnWeights::new(self.n, from, to));
            }
        }
        weights
    }

    fn complete_row(&self, row: usize, from: u128, to: u128) -> Vec<(usize, usize, Cell)> {
        let (indices, known): (Vec<ColumnIndex>, Vec<Cell>) = ColumnIndex::all()
            .filter(|column| from >> column.get() & 1 == 1)
            .map(|column| (column, self.cell(row, column.get()).clone()))
            .unzip();
        let cells = eip7594::recover_cells(&indices, &known)
            .expect("64 distinct cells in order are what recovery asks for");
        (0..COLUMNS)
            .zip(cells)
            .filter(|(column, _)| to >> column & 1 == 1)
            .map(|(column, cell)| (row, column, cell))
            .collect()
    }

    fn cell(&self, row: usize, column: usize) -> &Cell {
        self.cells
            .get(&(row, column))
            .expect("a plan reads only cells that are known by then")
    }

    fn put(&mut self, row: usize, column: usize, cell: &Cell) {
        if !self.known.contains(row, column) {
            self.known.insert(row, column);
            self.cells.insert((row, column), cell.clone());
        }
    }

    fn agrees(&self, first_row: usize, commitments: &[Commitment]) -> bool {
        self.commitments[first_row..]
            .iter()
            .zip(commitments)
            .all(|(known, new)| known.is_none_or(|known| known == *new))
    }

    fn commit(&mut self, first_row: usize, commitments: &[Commitment]) {
        for (known, new) in self.commitments[first_row..].iter_mut().zip(commitments) {
            *known = Some(*new);
        }
    }

    fn not_enough(&self, stuck: Stuck) -> RepairError {
        let total = 2 * self.n * COLUMNS;
        RepairError::NotEnoughCells {
            known: stuck.known,
            missing: total - stuck.known,
            total,
            stuck_rows: stuck.rows,
            stuck_columns: stuck.columns,
            row_need: DATA_COLUMNS,
            column_need: self.n,
        }
    }
}
