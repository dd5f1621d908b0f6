//! Whether Weft gives what the peers give, byte for byte.

use anyhow::{Context, Result, ensure};
use weft_benches::NAMESPACE;
use weft_encoding::{
    CellProof, ColumnIndex, ColumnVerifier, Row, blob_to_kzg_commitment, compute_cells,
    compute_cells_and_kzg_proofs, parity_cell_proofs, recover_cells,
};

use crate::libraries::Library;
use crate::works::Bench;

/// Rows of each kind that are compared; a difference anywhere would show in any row.
const ROWS: usize = 2;

/// Compares every result that a peer has too, and verifies what only Weft has.
pub(crate) fn check(bench: &Bench<'_>) -> Result<()> {
    against(bench, bench.c_kzg).context("c-kzg")?;
    against(bench, bench.rust_eth_kzg).context("rust_eth_kzg")?;

    let blob = &bench.inputs.blob;
    let verifier = ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root())?;
    let columns = ColumnIndex::all()
        .map(|column| blob.column(column))
        .collect();
    verifier.verify_batch(columns).context("column proofs")?;
    let (columns, cells) = bench.inputs.half_row();
    let recovered = recover_cells(&columns, &cells)?;
    ensure!(
        blob.cells(0) == Some(recovered.as_slice()),
        "recovered cells"
    );
    Ok(())
}

fn against<L: Library>(bench: &Bench<'_>, library: &L) -> Result<()> {
    let inputs = bench.inputs;
    for (index, row) in inputs.rows.iter().take(ROWS).enumerate() {
        let (cells, proofs) = compute_cells_and_kzg_proofs(row);
        let commitment = library.commit(&library.row(row));
        ensure!(
            *blob_to_kzg_commitment(row).as_bytes() == commitment,
            "commitment {index}"
        );
        ensure!(
            *inputs.blob.commitments()[index].as_bytes() == commitment,
            "coded commitment {index}"
        );
        ensure!(
            inputs.blob.cells(index) == Some(cells.as_slice()),
            "coded cells {index}"
        );
        ensure!(compute_cells(row) == cells, "cells {index}");
        proofs_agree(library, row, &proofs).with_context(|| format!("row {index}"))?;
    }

    let columns = inputs.proofs_by_column();
    let derived: Vec<Vec<CellProof>> = columns
        .iter()
        .map(|column| parity_cell_proofs(column))
        .collect::<Result<_, _>>()?;
    for (index, row) in inputs.parity_rows().iter().take(ROWS).enumerate() {
        let proofs: Vec<CellProof> = derived.iter().map(|column| column[index]).collect();
        proofs_agree(library, row, &proofs).with_context(|| format!("parity row {index}"))?;
    }

    let samples = inputs.samples();
    let mut claims = inputs.sample_claims(&samples);
    ensure!(
        library.verify(&library.batch(&claims)),
        "samples are refused"
    );
    claims[0].2 = claims[1].2.clone();
    ensure!(
        !library.verify(&library.batch(&claims)),
        "a false sample is accepted"
    );
    Ok(())
}

fn proofs_agree<L: Library>(library: &L, row: &Row, proofs: &[CellProof]) -> Result<()> {
    let (their_cells, their_proofs) = library.bytes(&library.cells_and_proofs(&library.row(row)));
    let cells: Vec<u8> = compute_cells(row)
        .iter()
        .flat_map(|cell| cell.as_bytes())
        .copied()
        .collect();
    ensure!(cells == their_cells, "cells");
    ensure!(
        proofs.iter().map(CellProof::as_bytes).eq(&their_proofs),
        "proofs"
    );
    Ok(())
}
