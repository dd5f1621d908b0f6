//! Coding, proving, verifying and repairing.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use weft_benches::{NAMESPACE, coded, rows};
use weft_encoding::{
    COLUMNS, ColumnIndex, ColumnVerifier, DATA_COLUMNS, blob_to_kzg_commitment, cell_proofs,
    code_blob, compute_cells, parity_cell_proofs, parity_cells, recover_cells,
};

fn rows_and_cells(c: &mut Criterion) {
    let row = rows(1).remove(0);
    let cells = compute_cells(&row);
    let half: Vec<_> = ColumnIndex::all().skip(DATA_COLUMNS).collect();
    let half_cells = cells[DATA_COLUMNS..COLUMNS].to_vec();
    c.bench_function("encoding::commit/rows=1", |b| {
        b.iter(|| blob_to_kzg_commitment(black_box(&row)))
    });
    c.bench_function("encoding::cells/rows=1", |b| {
        b.iter(|| compute_cells(black_box(&row)))
    });
    c.bench_function("encoding::cell_proofs/rows=1", |b| {
        b.iter(|| cell_proofs(black_box(&row)))
    });
    c.bench_function("encoding::recover_cells/rows=1", |b| {
        b.iter(|| recover_cells(black_box(&half), black_box(&half_cells)).expect("64 cells"));
    });
}

fn blobs(c: &mut Criterion) {
    let mut group = c.benchmark_group("encoding::blob");
    group.sample_size(10);
    for count in [1, 9] {
        let rows = rows(count);
        group.bench_function(format!("code/rows={count}"), |b| {
            b.iter_batched(
                || rows.clone(),
                |rows| code_blob(&NAMESPACE, rows).expect("legal rows"),
                BatchSize::LargeInput,
            );
        });
        let blob = coded(count);
        let verifier = ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root())
            .expect("own commitments");
        let columns: Vec<_> = ColumnIndex::all()
            .take(DATA_COLUMNS)
            .map(|c| blob.column(c))
            .collect();
        group.bench_function(format!("verify_column/rows={count}"), |b| {
            b.iter_batched(
                || columns[0].clone(),
                |column| verifier.verify(column).expect("own column"),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("verify_64_columns/rows={count}"), |b| {
            b.iter_batched(
                || columns.clone(),
                |columns| verifier.verify_batch(columns).expect("own columns"),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn vertical(c: &mut Criterion) {
    let rows = rows(9);
    let column = coded(9)
        .column(ColumnIndex::new(0).expect("below 128"))
        .column;
    let proofs: Vec<_> = rows.iter().map(|row| cell_proofs(row)[0]).collect();
    c.bench_function("encoding::parity_cells/rows=9", |b| {
        b.iter(|| parity_cells(black_box(&column.cells)));
    });
    c.bench_function("encoding::parity_cell_proofs/rows=9", |b| {
        b.iter(|| parity_cell_proofs(black_box(&proofs)).expect("own proofs"));
    });
}

criterion_group!(benches, rows_and_cells, blobs, vertical);
criterion_main!(benches);
