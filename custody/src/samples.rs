//! Single cells of a block's extended matrix, parity rows included.

use std::sync::Arc;

use weft_chain::Height;
use weft_encoding::{Cell, CellCoord, CellProof};
use weft_network::{GetSamples, Refusal, SampleReply};

use super::CustodyError;
use super::block_column::BlockColumn;
use super::block_rows::BlockRows;
use super::service::Custody;

/// A cell with its proof, or why there is none.
type Sample = Result<(Cell, CellProof), Refusal>;

impl Custody {
    pub(super) fn samples(&self, request: &GetSamples) -> Result<Vec<SampleReply>, CustodyError> {
        let height = request.height;
        let Some(rows) = self.rows.of(&self.store, height)? else {
            let refusal = if height > self.head()? {
                Refusal::NotYet
            } else {
                Refusal::Unknown
            };
            let refused = |_: &CellCoord| self.reply(Err(refusal.clone()));
            return Ok(request.coords.iter().map(refused).collect());
        };
        request
            .coords
            .iter()
            .map(|&coord| Ok(self.reply(self.sample(height, &rows, coord)?)))
            .collect()
    }

    fn sample(
        &self,
        height: Height,
        rows: &BlockRows,
        coord: CellCoord,
    ) -> Result<Sample, CustodyError> {
        let (row, n) = (coord.row.get(), rows.rows());
        if row >= 2 * n {
            let matrix = 2 * n;
            return Ok(Err(Refusal::invalid(format_args!(
                "row {row} of a matrix of {matrix}"
            ))));
        }
        if self
            .withheld
            .as_ref()
            .is_some_and(|withheld| withheld.withholds_cell(n, coord))
        {
            return Ok(Err(Refusal::NotHeld));
        }
        match rows.blob_of(row) {
            Some(blob) => {
                let place = row - blob.first;
                let Some(cell) = self.store.cell(&blob.blob, coord.column, place)? else {
                    return Ok(Err(Refusal::NotHeld));
                };
                let proofs = self.store.cell_proofs(&blob.blob, coord.column)?;
                let proof = proofs.and_then(|proofs| proofs.get(place).copied());
                Ok(proof.map(|proof| (cell, proof)).ok_or(Refusal::NotYet))
            }
            None => match self.block_column(height, rows, coord)? {
                Ok(column) => column.parity(row).map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            },
        }
    }

    fn block_column(
        &self,
        height: Height,
        rows: &BlockRows,
        coord: CellCoord,
    ) -> Result<Result<Arc<BlockColumn>, Refusal>, CustodyError> {
        if let Some(column) = self.columns.get(height, coord.column) {
            self.metrics.column_cache_hits.inc();
            return Ok(Ok(column));
        }
        self.metrics.column_cache_misses.inc();
        let assembled = BlockColumn::assemble(&self.store, height, rows, coord.column)?;
        Ok(assembled.map(|column| self.columns.put(height, coord.column, column)))
    }

    fn reply(&self, sample: Sample) -> SampleReply {
        match sample {
            Ok((cell, proof)) => {
                self.metrics.served_cells.inc();
                SampleReply::Cell { cell, proof }
            }
            Err(refusal) => {
                self.metrics
                    .refused_cells
                    .with_label_values(&[refusal.name()])
                    .inc();
                SampleReply::Refused(refusal)
            }
        }
    }
}
