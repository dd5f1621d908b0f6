//! Codes a batch, verifies its columns as custodians do, and gets the batch back from half of them.
//!
//! ```text
//! cargo run --release -p weft-encoding --example repair_from_half [FILE]
//! ```

use weft_encoding::{
    Cell, ColumnIndex, ColumnVerifier, DATA_COLUMNS, Layout, NAMESPACE_BYTES, code_blob,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let batch = match std::env::args().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => b"a batch of a rollup's transactions".repeat(10_000),
    };
    let namespace = [0; NAMESPACE_BYTES];

    // The poster lays the batch out in rows and codes them.
    let layout = Layout::Packed;
    let blob = code_blob(&namespace, layout.rows_from_batch(&batch)?)?;
    println!("{} bytes in {} rows", batch.len(), blob.rows().len());

    // A custodian knows the blob's header: namespace, commitments and columns root.
    let verifier = ColumnVerifier::new(&namespace, blob.commitments(), blob.columns_root())?;
    let parity = ColumnIndex::all().skip(DATA_COLUMNS);
    let columns = parity.map(|index| blob.column(index)).collect();
    let verified = verifier.verify_batch(columns)?;
    println!("{} columns verified", verified.len());

    // A column with one cell of another column is refused, as the fault of the peer that sent it.
    let mut forged = blob.column(ColumnIndex::new(0)?);
    let cell: &Cell = &blob.column(ColumnIndex::new(1)?).column.cells[0];
    forged.column.cells[0] = cell.clone();
    match verifier.verify(forged) {
        Ok(_) => return Err("a forged column passed".into()),
        Err(error) => println!("forged column refused, fault {}: {error}", error.fault()),
    }

    // Any 64 verified columns give the rows, and the rows the batch.
    let rows = verifier.repair_rows(&verified)?;
    let repaired = layout.batch_from_rows(&rows, batch.len() as u64)?;
    println!("repaired, identical: {}", repaired == batch);
    Ok(())
}
