//! Whole columns, as they were dispersed.

use weft_chain::BlobId;
use weft_encoding::ColumnIndex;
use weft_network::{ColumnsReply, GetColumns, Refusal};

use super::CustodyError;
use super::service::Custody;

impl Custody {
    pub(super) fn columns(&self, request: &GetColumns) -> Result<ColumnsReply, CustodyError> {
        let blob = request.blob_id;
        let known = self.store.blob_header(&blob)?;
        let missing = if known.is_some() {
            Refusal::NotHeld
        } else {
            Refusal::Unknown
        };
        let mut reply = ColumnsReply::default();
        for &index in &request.columns {
            if self.withholds_column(&blob, index)? {
                reply.refused.push((index, Refusal::NotHeld));
                continue;
            }
            match self.store.column(&blob, index)? {
                Some(column) => reply.columns.push(column),
                None => reply.refused.push((index, missing.clone())),
            }
        }
        self.metrics
            .served_columns
            .inc_by(reply.columns.len() as u64);
        for (_, refusal) in &reply.refused {
            self.metrics
                .refused_columns
                .with_label_values(&[refusal.name()])
                .inc();
        }
        Ok(reply)
    }

    /// Whether fault injection withholds any of the column's own cells. The pattern is that of the
    /// block's matrix; a blob that is not ordered yet counts as a block of its own.
    pub(super) fn withholds_column(
        &self,
        blob: &BlobId,
        column: ColumnIndex,
    ) -> Result<bool, CustodyError> {
        let Some(withheld) = &self.withheld else {
            return Ok(false);
        };
        let Some(header) = self.store.blob_header(blob)? else {
            return Ok(false);
        };
        let location = self.store.location(blob)?;
        let block = match location {
            Some(location) => self.rows.of(&self.store, location.height)?,
            None => None,
        };
        let (rows, first) = match (block, location) {
            (Some(block), Some(location)) => (block.rows(), usize::from(location.first_row)),
            _ => (header.rows(), 0),
        };
        Ok(withheld.withholds_column(rows, first..first + header.rows(), column))
    }
}
