//! What a ZK rollup's prover does with a batch: it verifies the rows against the commitments that are
//! its public input, by the EIP-4844 proofs of the receipt.
//!
//! ```text
//! cargo run --release -p weft-rollup-adapter --no-default-features --features zk --example prover
//! ```

use weft_encoding::{blob_to_kzg_commitment, compute_blob_kzg_proof};
use weft_rollup_adapter::{
    Layout,
    zk::{ZkError, verify_rows},
};

fn main() -> anyhow::Result<()> {
    let batch = "a rollup's transactions ".repeat(10_000);
    let rows = Layout::Packed.rows_from_batch(batch.as_bytes())?;

    // Outside the prover: the gateway makes commitments and proofs, and the receipt carries them.
    let commitments: Vec<_> = rows.iter().map(blob_to_kzg_commitment).collect();
    let proofs = rows
        .iter()
        .zip(&commitments)
        .map(|(row, commitment)| compute_blob_kzg_proof(row, commitment))
        .collect::<Result<Vec<_>, _>>()?;

    // Inside the prover.
    verify_rows(&rows, &commitments, &proofs)?;
    println!("{} bytes in {} rows verify", batch.len(), rows.len());

    // Rows of another batch do not.
    let other = Layout::Packed.rows_from_batch(batch.to_uppercase().as_bytes())?;
    let refused = verify_rows(&other, &commitments, &proofs);
    anyhow::ensure!(
        refused == Err(ZkError::InvalidProof { row: 0 }),
        "{refused:?}"
    );
    println!("another batch of the same length does not");
    Ok(())
}
