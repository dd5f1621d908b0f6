//! A blob's rows from 64 of its columns.

use crate::coding::row_of_data_cells;
use crate::{
    Cell, ColumnIndex, ColumnVerifier, DATA_COLUMNS, RepairError, Row, VerifiedColumn, eip7594,
    threads,
};

use super::ColumnRoots;

impl ColumnVerifier {
    /// The blob's rows from at least 64 distinct verified columns of it.
    ///
    /// All 128 cells of every row are computed again and hashed: rows whose columns root is not the
    /// header's belong to a sender who handed out columns that do not match its commitments, and
    /// the blob counts as unavailable. Cost: a recovery for each row and 256 KiB of hashing.
    ///
    /// # Errors
    /// [`RepairError::NotEnoughColumns`] (retry with more), [`RepairError::ColumnsRootMismatch`]
    /// (the fault of the peer that made the blob), [`RepairError::ForeignColumn`] (the caller's).
    /// Source: the design, section 3.
    pub fn repair_rows(&self, columns: &[VerifiedColumn]) -> Result<Vec<Row>, RepairError> {
        let chosen = self.choose(columns)?;
        let indices: Vec<ColumnIndex> = chosen.iter().map(|column| column.index()).collect();
        let row_numbers: Vec<usize> = (0..self.rows()).collect();
        let extended = threads::map(&row_numbers, |&row| {
            let cells: Vec<Cell> = chosen.iter().map(|c| c.cells()[row].clone()).collect();
            eip7594::recover_cells(&indices, &cells)
                .expect("64 distinct columns in order are what recovery asks for")
        });
        self.check_extended(&extended)?;
        Ok(extended
            .iter()
            .map(|cells| row_of_data_cells(&cells[..DATA_COLUMNS]))
            .collect())
    }

    /// Checks that rows which were had in another way, as from single cells, have the header's
    /// columns root: what [`ColumnVerifier::repair_rows`] refuses must not be had by a detour.
    ///
    /// Cost: an extension of each row and 256 KiB of hashing.
    ///
    /// # Errors
    /// [`RepairError::ColumnsRootMismatch`] (the fault of the peer that made the blob). Source: the
    /// design, section 3.
    pub fn check_rows(&self, rows: &[Row]) -> Result<(), RepairError> {
        self.check_extended(&threads::map(rows, eip7594::compute_cells))
    }

    /// Whether extended rows, each of 128 cells, have the header's columns root.
    fn check_extended(&self, extended: &[Vec<Cell>]) -> Result<(), RepairError> {
        let computed = ColumnRoots::of_rows(extended).root();
        let expected = self.columns_root();
        if computed != expected {
            return Err(RepairError::ColumnsRootMismatch { expected, computed });
        }
        Ok(())
    }

    /// 64 distinct columns of this blob in their order, data columns first.
    fn choose<'a>(
        &self,
        columns: &'a [VerifiedColumn],
    ) -> Result<Vec<&'a VerifiedColumn>, RepairError> {
        if let Some(foreign) = columns.iter().find(|column| !self.verified_here(column)) {
            return Err(RepairError::ForeignColumn {
                column: foreign.index(),
            });
        }
        let mut distinct: Vec<&VerifiedColumn> = columns.iter().collect();
        distinct.sort_by_key(|column| column.index());
        distinct.dedup_by_key(|column| column.index());
        if distinct.len() < DATA_COLUMNS {
            return Err(RepairError::NotEnoughColumns {
                found: distinct.len(),
                need: DATA_COLUMNS,
            });
        }
        distinct.truncate(DATA_COLUMNS);
        Ok(distinct)
    }
}
