//! Coding, proving, verifying and repairing.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use weft_benches::{NAMESPACE, coded, rows};
use weft_encoding::{
    COLUMNS, ColumnIndex, ColumnVerifier, DATA_COLUMNS, Layout, MAX_BLOB_ROWS, MatrixCommitments,
    MatrixRepair, PACKED_BYTES_PER_ROW, Row, RowIndex, UnverifiedCell, blob_to_kzg_commitment,
    cell_proofs, code_blob, columns_root, compute_blob_kzg_proof, compute_cells,
    compute_cells_and_kzg_proofs, parity_cell_proofs, parity_cells, parity_commitments,
    prepare_prover, recover_cells, verify_blob_kzg_proof, verify_cell_kzg_proof_batch,
};

/// One row: commitments, cells, proofs and openings.
fn row(c: &mut Criterion) {
    prepare_prover();
    let many = rows(MAX_BLOB_ROWS);
    let row = &many[0];
    let commitment = blob_to_kzg_commitment(row);
    let (cells, proofs) = compute_cells_and_kzg_proofs(row);
    let proof = compute_blob_kzg_proof(row, &commitment).expect("own commitment");
    let half: Vec<_> = ColumnIndex::all().skip(DATA_COLUMNS).collect();
    let half_cells = cells[DATA_COLUMNS..COLUMNS].to_vec();
    let columns: Vec<_> = ColumnIndex::all().collect();
    let commitments = vec![commitment; COLUMNS];

    for count in [1, MAX_BLOB_ROWS] {
        c.bench_function(&format!("encoding::commit/rows={count}"), |b| {
            b.iter(|| {
                many[..count]
                    .iter()
                    .map(blob_to_kzg_commitment)
                    .collect::<Vec<_>>()
            });
        });
    }
    let mut bench = |name: &str, work: &mut dyn FnMut()| {
        c.bench_function(&format!("encoding::{name}"), |b| b.iter(&mut *work));
    };
    bench("check_row/rows=1", &mut || {
        _ = black_box(Row::from_bytes(row.as_bytes()))
    });
    bench("cells/rows=1", &mut || _ = black_box(compute_cells(row)));
    bench("cells_and_proofs/rows=1", &mut || {
        _ = black_box(compute_cells_and_kzg_proofs(row))
    });
    bench("recover_cells/rows=1", &mut || {
        _ = black_box(recover_cells(&half, &half_cells))
    });
    bench("open/rows=1", &mut || {
        _ = black_box(compute_blob_kzg_proof(row, &commitment))
    });
    bench("verify_opening/rows=1", &mut || {
        verify_blob_kzg_proof(row, &commitment, &proof).expect("own proof");
    });
    bench("verify_cells_of_row/cells=128", &mut || {
        verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs).expect("own cells");
    });
    bench("verify_cells_of_row/cells=1", &mut || {
        verify_cell_kzg_proof_batch(&commitments[..1], &columns[..1], &cells[..1], &proofs[..1])
            .expect("own cell");
    });
}

/// A whole blob, and its columns.
fn blob(c: &mut Criterion) {
    for count in [1, 9, MAX_BLOB_ROWS] {
        let rows = rows(count);
        c.bench_function(&format!("encoding::code_blob/rows={count}"), |b| {
            b.iter(|| code_blob(&NAMESPACE, rows.clone()).expect("legal rows"));
        });
        let blob = coded(count);
        c.bench_function(&format!("encoding::column_verifier/rows={count}"), |b| {
            b.iter(|| ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root()));
        });
        let verifier = ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root())
            .expect("own commitments");
        let columns: Vec<_> = ColumnIndex::all()
            .skip(DATA_COLUMNS)
            .map(|c| blob.column(c))
            .collect();
        c.bench_function(&format!("encoding::verify_column/rows={count}"), |b| {
            b.iter_batched(
                || columns[0].clone(),
                |column| verifier.verify(column).expect("own column"),
                BatchSize::SmallInput,
            );
        });
        c.bench_function(&format!("encoding::verify_64_columns/rows={count}"), |b| {
            b.iter_batched(
                || columns.clone(),
                |columns| verifier.verify_batch(columns).expect("own columns"),
                BatchSize::LargeInput,
            );
        });
        let verified = verifier.verify_batch(columns).expect("own columns");
        c.bench_function(
            &format!("encoding::repair_from_columns/rows={count}"),
            |b| {
                b.iter(|| verifier.repair_rows(&verified).expect("64 columns"));
            },
        );
        c.bench_function(&format!("encoding::repair_matrix/rows={count}"), |b| {
            b.iter(|| {
                let mut repair = MatrixRepair::new(count).expect("legal rows");
                for column in &verified {
                    repair.insert_column(column, 0).expect("own column");
                }
                repair.repair().expect("half of every row")
            });
        });
        c.bench_function(&format!("encoding::columns_root/rows={count}"), |b| {
            b.iter(|| columns_root(black_box(&rows)));
        });
    }
}

/// Down a column of 64 rows, and cells anywhere in the extended matrix.
fn vertical(c: &mut Criterion) {
    let blob = coded(MAX_BLOB_ROWS);
    let column = ColumnIndex::new(0).expect("below 128");
    let cells = blob.column(column).column.cells;
    let proofs: Vec<_> = blob.rows().iter().map(|row| cell_proofs(row)[0]).collect();
    let mut bench = |name: &str, work: &mut dyn FnMut()| {
        c.bench_function(&format!("encoding::{name}/rows=64"), |b| b.iter(&mut *work));
    };
    bench("parity_cells", &mut || _ = black_box(parity_cells(&cells)));
    bench("parity_cell_proofs", &mut || {
        _ = black_box(parity_cell_proofs(&proofs))
    });
    bench("parity_commitments", &mut || {
        _ = black_box(parity_commitments(blob.commitments()))
    });

    let mut extended = cells.clone();
    extended.extend(parity_cells(&cells));
    let mut all_proofs = proofs.clone();
    all_proofs.extend(parity_cell_proofs(&proofs).expect("own proofs"));
    let samples: Vec<UnverifiedCell> = extended
        .into_iter()
        .zip(all_proofs)
        .enumerate()
        .take(100)
        .skip(25)
        .map(|(row, (cell, proof))| UnverifiedCell {
            coord: weft_encoding::CellCoord {
                row: RowIndex::new(row).expect("below 128"),
                column,
            },
            cell,
            proof,
        })
        .collect();
    bench("matrix_commitments", &mut || {
        _ = black_box(MatrixCommitments::new(blob.commitments()))
    });
    let matrix = MatrixCommitments::new(blob.commitments()).expect("own commitments");
    bench("verify_samples/samples=75", &mut || {
        matrix.verify_cells(samples.clone()).expect("own cells");
    });
}

/// Between batches and rows.
fn layout(c: &mut Criterion) {
    let batch: Vec<u8> = (0..=250u8).cycle().take(9 * PACKED_BYTES_PER_ROW).collect();
    let rows = Layout::Packed.rows_from_batch(&batch).expect("9 rows");
    c.bench_function("encoding::rows_from_batch/rows=9", |b| {
        b.iter(|| Layout::Packed.rows_from_batch(black_box(&batch)));
    });
    c.bench_function("encoding::batch_from_rows/rows=9", |b| {
        b.iter(|| Layout::Packed.batch_from_rows(black_box(&rows), batch.len() as u64));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = row, blob, vertical, layout
}
criterion_main!(benches);
