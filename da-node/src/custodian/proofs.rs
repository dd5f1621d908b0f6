//! Cell proofs: verified against the blob's commitments, then stored.

use weft_chain::BlobHeader;
use weft_encoding::{CellCoord, CellProof, ColumnIndex, MatrixCommitments, ProvenCell, RowIndex};
use weft_network::PushProofs;

use super::CustodyError;
use super::service::Custody;

impl Custody {
    pub(super) fn push_proofs(&self, request: &PushProofs) -> Result<(), CustodyError> {
        let blob = request.blob_id;
        let header = self
            .store
            .blob_header(&blob)?
            .ok_or(CustodyError::UnknownBlob { blob })?;

        let mut new = Vec::new();
        let mut cells = Vec::new();
        for entry in &request.columns {
            let (column, proofs) = (entry.column, &entry.proofs);
            if proofs.len() != header.rows() {
                let (proofs, rows) = (proofs.len(), header.rows());
                return Err(CustodyError::ProofCount {
                    column,
                    proofs,
                    rows,
                });
            }
            // A point has one proof only, so what is stored needs no second look.
            if self.store.cell_proofs(&blob, column)?.is_some() {
                continue;
            }
            cells.extend(self.proven_cells(&header, column, proofs)?);
            new.push((column, proofs.clone()));
        }
        if new.is_empty() {
            return Ok(());
        }
        let count = cells.len();
        MatrixCommitments::new(&header.commitments)?.verify_cells(cells)?;
        self.store.put_cell_proofs_of(&blob, new)?;
        self.metrics.stored_cell_proofs.inc_by(count as u64);
        Ok(())
    }

    /// The cells of a held column, each beside the proof that came for it.
    fn proven_cells(
        &self,
        header: &BlobHeader,
        column: ColumnIndex,
        proofs: &[CellProof],
    ) -> Result<Vec<ProvenCell>, CustodyError> {
        let blob = header.id();
        let held = self
            .store
            .column(&blob, column)?
            .ok_or(CustodyError::NotHeld { blob, column })?;
        let cells = held.column.cells.into_iter().zip(proofs).enumerate();
        Ok(cells
            .map(|(row, (cell, proof))| {
                let row = RowIndex::new(row).expect("a blob has at most 64 rows");
                ProvenCell {
                    coord: CellCoord { row, column },
                    cell,
                    proof: *proof,
                }
            })
            .collect())
    }
}
