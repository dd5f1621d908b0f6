//! Cell proofs: verified against the blob's commitments, stored, and served to other custodians.

use weft_chain::BlobHeader;
use weft_encoding::{
    CellCoord, CellProof, ColumnIndex, MatrixCommitments, RowIndex, UnverifiedCell,
};
use weft_network::{CellProofsReply, ColumnCellProofs, GetCellProofs, PushProofs, Refusal};

use super::CustodyError;
use super::service::Custody;

impl Custody {
    /// Stores the proofs of the held columns. If a column is not held, refuses with the first such
    /// column, so that the sender pushes the remaining proofs again later.
    pub(super) fn push_proofs(&self, request: &PushProofs) -> Result<(), CustodyError> {
        let blob = request.blob_id;
        let header = self
            .store
            .blob_header(&blob)?
            .ok_or(CustodyError::UnknownBlob { blob })?;

        let mut new = Vec::new();
        let mut cells = Vec::new();
        let mut absent = None;
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
            // A KZG proof is unique, so a stored one needs no second check.
            if self.store.cell_proofs(&blob, column)?.is_some() {
                continue;
            }
            match self.proven_cells(&header, column, proofs)? {
                Some(proven) => {
                    cells.extend(proven);
                    new.push((column, proofs.clone()));
                }
                None => absent = absent.or(Some(column)),
            }
        }
        if !new.is_empty() {
            let count = cells.len();
            MatrixCommitments::new(&header.commitments)?.verify_cells(cells)?;
            self.store.put_cell_proofs(&blob, new)?;
            self.metrics.stored_cell_proofs.inc_by(count as u64);
        }
        absent.map_or(Ok(()), |column| Err(CustodyError::NotHeld { blob, column }))
    }

    /// The cells of a held column, each with the proof that was pushed for it.
    fn proven_cells(
        &self,
        header: &BlobHeader,
        column: ColumnIndex,
        proofs: &[CellProof],
    ) -> Result<Option<Vec<UnverifiedCell>>, CustodyError> {
        let Some(cells) = self.store.column_cells(&header.id(), column)? else {
            return Ok(None);
        };
        let cells = cells.into_iter().zip(proofs).enumerate();
        let proven = cells.map(|(row, (cell, proof))| {
            let row = RowIndex::new(row).expect("a blob has at most 64 rows");
            UnverifiedCell {
                coord: CellCoord { row, column },
                cell,
                proof: *proof,
            }
        });
        Ok(Some(proven.collect()))
    }

    /// Serves cell proofs. Fault injection withholds all proofs of a column of which it withholds a
    /// cell.
    pub(super) fn cell_proofs(
        &self,
        request: &GetCellProofs,
    ) -> Result<CellProofsReply, CustodyError> {
        let blob = request.blob_id;
        let known = self.store.blob_header(&blob)?.is_some();
        let held = self.store.columns_with_cells(&blob)?;
        let mut reply = CellProofsReply::default();
        for &column in &request.columns {
            if self.withholds_column(&blob, column)? {
                reply.refused.push((column, Refusal::NotHeld));
                continue;
            }
            match self.store.cell_proofs(&blob, column)? {
                Some(proofs) => reply.columns.push(ColumnCellProofs { column, proofs }),
                None if held.contains(column) => reply.refused.push((column, Refusal::NotYet)),
                None if known => reply.refused.push((column, Refusal::NotHeld)),
                None => reply.refused.push((column, Refusal::Unknown)),
            }
        }
        Ok(reply)
    }
}
