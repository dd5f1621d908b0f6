//! Cell proofs and EIP-4844 proofs, row by row, off the critical path.

use std::sync::Arc;
use std::time::Instant;

use weft_chain::BlobId;
use weft_encoding::{
    CellProof, ColumnIndex, Commitment, KzgProof, OpeningError, Row, cell_proofs,
    compute_blob_kzg_proof,
};
use weft_ledger::store::{Store, StoreError};

use super::super::{Phase, Shared, blocking};
use super::ProofsError;

/// Makes the proofs of a spooled blob and stores them, unless they are stored already.
///
/// The workers get one row at a time, so that posts and verification are not delayed.
pub(super) async fn make(shared: &Arc<Shared>, blob_id: BlobId) -> Result<(), ProofsError> {
    let begun = Instant::now();
    let store = shared.store.clone();
    let loaded = blocking(move || {
        if store.kzg_proofs(&blob_id)?.is_some() {
            return Ok(None);
        }
        let (rows, header) = (store.spool(&blob_id)?, store.blob_header(&blob_id)?);
        Ok::<_, ProofsError>(rows.zip(header))
    });
    let Some((rows, header)) = loaded.await? else {
        return Ok(());
    };
    let mut proofs = Vec::with_capacity(rows.len());
    for (row, commitment) in rows.into_iter().zip(header.commitments) {
        if shared.shutdown.is_cancelled() {
            return Err(ProofsError::Stopping);
        }
        let proven = shared.workers.run(move || prove(&row, &commitment));
        proofs.push(proven.await??);
    }
    let store = shared.store.clone();
    blocking(move || Ok::<_, ProofsError>(save(&store, blob_id, proofs)?)).await?;
    shared.tell(blob_id, Phase::CellProofs, begun.elapsed(), 0);
    Ok(())
}

fn prove(row: &Row, commitment: &Commitment) -> Result<(Vec<CellProof>, KzgProof), OpeningError> {
    Ok((cell_proofs(row), compute_blob_kzg_proof(row, commitment)?))
}

/// Stores the proofs by column. The EIP-4844 proofs come last: they mark that all are stored.
fn save(
    store: &Store,
    blob_id: BlobId,
    proofs: Vec<(Vec<CellProof>, KzgProof)>,
) -> Result<(), StoreError> {
    let (cells, kzg): (Vec<_>, Vec<_>) = proofs.into_iter().unzip();
    let columns = ColumnIndex::all()
        .map(|column| (column, cells.iter().map(|row| row[column.get()]).collect()))
        .collect();
    store.put_cell_proofs(&blob_id, columns)?;
    store.put_kzg_proofs(&blob_id, &kzg)
}
