//! What Weft costs before it works: a verifier's start, the prover's tables, memory while coding.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use weft_benches::{NAMESPACE, rows};
use weft_encoding::{
    CELL_BYTES, Cell, CellProof, ColumnIndex, Commitment, MAX_BLOB_ROWS, ROW_BYTES,
    blob_to_kzg_commitment, code_blob, prepare_prover, verify_cell_kzg_proof_batch,
};

use crate::report::rounded;

/// Memory in MiB; zero where the system does not say (it is Linux's `/proc` that is asked).
#[derive(Debug, Default, Serialize)]
pub(crate) struct Footprint {
    /// The first verification in a process.
    pub(crate) verifier_start_ms: f64,
    /// Making all tables of a gateway.
    pub(crate) prover_start_ms: f64,
    pub(crate) tables_mib: f64,
    /// What coding 64 rows adds to the tables at its peak, the rows themselves included.
    pub(crate) coding_peak_mib: f64,
    /// The same over the bytes of the 64 rows.
    pub(crate) coding_peak_over_batch: f64,
}

/// Call it first: it asks for the peak of the whole process.
pub(crate) fn measure() -> Result<Footprint> {
    // The zero row's commitment and proofs are the point at infinity.
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    let cell = Cell::from_bytes(&[0; CELL_BYTES])?;
    let start = Instant::now();
    verify_cell_kzg_proof_batch(
        &[Commitment::from_bytes(infinity)],
        &[ColumnIndex::new(1)?],
        &[cell],
        &[CellProof::from_bytes(infinity)],
    )?;
    let verifier_start_ms = start.elapsed().as_secs_f64() * 1e3;

    let before = resident("VmRSS")?;
    let start = Instant::now();
    prepare_prover();
    let warm = rows(1);
    black_box(blob_to_kzg_commitment(&warm[0]));
    black_box(code_blob(&NAMESPACE, warm)?);
    let prover_start_ms = start.elapsed().as_secs_f64() * 1e3;
    let tables = resident("VmRSS")?;

    let rows = rows(MAX_BLOB_ROWS);
    let blob = code_blob(&NAMESPACE, rows)?;
    // Making the tables may have needed more than coding does; then coding stayed below that.
    let peak = resident("VmHWM")?;
    black_box(blob);
    Ok(Footprint {
        verifier_start_ms: rounded(verifier_start_ms),
        prover_start_ms: rounded(prover_start_ms),
        tables_mib: rounded(tables - before),
        coding_peak_mib: rounded(peak - tables),
        coding_peak_over_batch: rounded(
            (peak - tables) / ((MAX_BLOB_ROWS * ROW_BYTES) as f64 / f64::from(1u32 << 20)),
        ),
    })
}

fn resident(field: &str) -> Result<f64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Ok(0.0);
    };
    let line = status.lines().find(|line| line.starts_with(field));
    let line = line.with_context(|| format!("no {field} in /proc/self/status"))?;
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .context("a field without a value")?
        .parse()?;
    Ok(kib / 1024.0)
}
