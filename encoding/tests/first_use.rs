//! The prover's tables are made by whichever call comes first, also when many threads of the pool
//! that makes them come at once.

#![allow(clippy::unwrap_used)]

use rayon::prelude::*;
use weft_encoding::{
    ROW_BYTES, Row, blob_to_kzg_commitment, compute_cells_and_kzg_proofs,
    verify_cell_kzg_proof_batch,
};

#[test]
fn many_first_calls_at_once_neither_block_each_other_nor_differ() {
    let mut bytes = vec![0; ROW_BYTES];
    for (i, byte) in bytes.iter_mut().skip(31).step_by(32).enumerate() {
        *byte = i.to_le_bytes()[0];
    }
    let row = Row::from_bytes(&bytes).unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(6)
        .build()
        .unwrap();
    let coded: Vec<_> = pool.install(|| {
        (0..12)
            .into_par_iter()
            .map(|_| compute_cells_and_kzg_proofs(&row))
            .collect()
    });
    assert!(coded.iter().all(|other| *other == coded[0]));

    let (cells, proofs) = &coded[0];
    let columns: Vec<_> = weft_encoding::ColumnIndex::all().collect();
    let commitments = vec![blob_to_kzg_commitment(&row); columns.len()];
    verify_cell_kzg_proof_batch(&commitments, &columns, cells, proofs).unwrap();
}
