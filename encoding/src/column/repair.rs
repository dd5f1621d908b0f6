//! A blob's rows from 64 of its columns.

use crate::coding::row_of_data_cells;
use crate::{
    Cell, ColumnIndex, ColumnVerifier, DATA_COLUMNS, RepairError, Row, VerifiedColumn, eip7594,
    threads,
};

impl ColumnVerifier {
    /// The committed rows from at least 64 distinct verified columns of the blob.
    ///
    /// A verified column's cells are those of the committed rows: its proof binds them to the commitments,
    /// and gamma binds the columns root. So any 64 verified columns give the same rows, and so do
    /// cells that were verified one by one. The columns root may still be false:
    /// [`columns_root`](crate::columns_root) of the rows tells, and a difference is the poster's fault.
    ///
    /// Cost: a recovery for each row.
    ///
    /// # Errors
    /// [`RepairError::NotEnoughColumns`] (retry with more), [`RepairError::ForeignColumn`]
    /// (fault: the caller). Source: the design, section 3.
    pub fn repair_rows(&self, columns: &[VerifiedColumn]) -> Result<Vec<Row>, RepairError> {
        let chosen = self.choose(columns)?;
        let indices: Vec<ColumnIndex> = chosen.iter().map(|column| column.index()).collect();
        let row_numbers: Vec<usize> = (0..self.rows()).collect();
        Ok(threads::map(&row_numbers, |&row| {
            let cells: Vec<Cell> = chosen.iter().map(|c| c.cells()[row].clone()).collect();
            // The data columns are the row.
            if indices.iter().all(|column| column.get() < DATA_COLUMNS) {
                return row_of_data_cells(&cells);
            }
            let extended = eip7594::recover_cells(&indices, &cells)
                .expect("64 distinct columns in order are what recovery asks for");
            row_of_data_cells(&extended[..DATA_COLUMNS])
        }))
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
