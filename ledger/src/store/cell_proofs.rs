//! Cell proofs of the columns that this node holds, so that it can serve their cells as samples.

use weft_chain::{BlobHeader, BlobId};
use weft_encoding::{CellProof, ColumnIndex};

use super::error::StoreError;
use super::open::Store;
use super::tables::{BLOB_HEADERS, CELL_PROOFS, blob_key, column_key, get};

const PROOF_BYTES: usize = 48;

impl Store {
    /// Keeps the verified cell proofs of several columns of one blob in one commit.
    ///
    /// # Errors
    /// [`StoreError::UnknownBlob`] without the blob's header, [`StoreError::ProofCount`] unless
    /// each column has one proof per row: caller. A database error: local.
    pub fn put_cell_proofs(
        &self,
        blob: &BlobId,
        columns: Vec<(ColumnIndex, Vec<CellProof>)>,
    ) -> Result<(), StoreError> {
        let blob = *blob;
        self.write(move |transaction| {
            let headers = transaction.open_table(BLOB_HEADERS)?;
            let header = get::<32, BlobHeader>(&headers, "blob_headers", &blob_key(&blob))?
                .ok_or(StoreError::UnknownBlob { blob })?;
            for (_, proofs) in &columns {
                if proofs.len() != header.rows() {
                    let (found, expected) = (proofs.len(), header.rows());
                    return Err(StoreError::ProofCount { found, expected });
                }
            }
            let mut table = transaction.open_table(CELL_PROOFS)?;
            for (column, proofs) in columns {
                let bytes: Vec<u8> = proofs
                    .iter()
                    .flat_map(|proof| proof.as_bytes())
                    .copied()
                    .collect();
                table.insert(&column_key(&blob, column), bytes.as_slice())?;
            }
            Ok(())
        })
    }

    /// The cell proofs of a column's rows in order; `None` until they are stored.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn cell_proofs(
        &self,
        blob: &BlobId,
        column: ColumnIndex,
    ) -> Result<Option<Vec<CellProof>>, StoreError> {
        let table = self.read()?.open_table(CELL_PROOFS)?;
        let Some(bytes) = table.get(&column_key(blob, column))? else {
            return Ok(None);
        };
        let (proofs, rest) = bytes.value().as_chunks::<PROOF_BYTES>();
        if !rest.is_empty() {
            let length = bytes.value().len();
            return Err(StoreError::damaged(
                "cell_proofs",
                format!("{length} bytes of proofs"),
            ));
        }
        Ok(Some(
            proofs.iter().copied().map(CellProof::from_bytes).collect(),
        ))
    }
}
