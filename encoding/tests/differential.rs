//! This crate against two independent implementations: `c-kzg` (C) and `rust_eth_kzg` (Rust).
//!
//! Rows that are random, zero, all one element, all the largest element, and sparse: every function
//! must give the same bytes, and verification the same verdict.

#![allow(clippy::unwrap_used)]

use std::sync::OnceLock;

use c_kzg::{Blob, Bytes32, Bytes48, KzgSettings, ethereum_kzg_settings};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rust_eth_kzg::{DASContext, TrustedSetup, UsePrecomp};
use weft_encoding::{
    BYTES_PER_ELEMENT, COLUMNS, Cell, CellProof, ColumnIndex, Commitment, KzgProof, ROW_BYTES, Row,
    VerifyError, blob_to_kzg_commitment, compute_blob_kzg_proof, compute_cells,
    compute_cells_and_kzg_proofs, compute_kzg_proof, recover_cells_and_kzg_proofs,
    verify_blob_kzg_proof, verify_blob_kzg_proof_batch, verify_cell_kzg_proof_batch,
    verify_kzg_proof,
};

const SEED: u64 = 0x5eed_0003;

/// The modulus less one.
const LARGEST: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
];

fn c_kzg() -> &'static KzgSettings {
    ethereum_kzg_settings(0)
}

fn rust_eth_kzg() -> &'static DASContext {
    static CONTEXT: OnceLock<DASContext> = OnceLock::new();
    CONTEXT.get_or_init(|| DASContext::new(&TrustedSetup::default(), UsePrecomp::No))
}

fn rng() -> ChaCha20Rng {
    println!("seed {SEED:#x}");
    ChaCha20Rng::seed_from_u64(SEED)
}

/// 255 random bits, less than the modulus.
fn element(rng: &mut ChaCha20Rng) -> [u8; BYTES_PER_ELEMENT] {
    loop {
        let mut bytes: [u8; BYTES_PER_ELEMENT] = rng.random();
        bytes[0] &= 0x7f;
        if bytes <= LARGEST {
            return bytes;
        }
    }
}

fn row_of(elements: impl Iterator<Item = [u8; BYTES_PER_ELEMENT]>) -> Row {
    let bytes: Vec<u8> = elements.flatten().collect();
    Row::from_bytes(&bytes).unwrap()
}

fn random_row(rng: &mut ChaCha20Rng) -> Row {
    row_of((0..4096).map(|_| element(rng)))
}

fn rows() -> Vec<(&'static str, Row)> {
    let mut rng = rng();
    let one = element(&mut rng);
    let mut sparse = vec![0; ROW_BYTES];
    sparse[5 * BYTES_PER_ELEMENT..6 * BYTES_PER_ELEMENT].copy_from_slice(&one);
    sparse[ROW_BYTES - 1] = 1;
    vec![
        ("random", random_row(&mut rng)),
        ("zero", row_of((0..4096).map(|_| [0; BYTES_PER_ELEMENT]))),
        ("one element", row_of((0..4096).map(|_| one))),
        ("largest element", row_of((0..4096).map(|_| LARGEST))),
        ("sparse", Row::from_bytes(&sparse).unwrap()),
    ]
}

fn blob(row: &Row) -> Blob {
    Blob::from_bytes(row.as_bytes()).unwrap()
}

fn bytes48(point: impl Into<[u8; 48]>) -> Bytes48 {
    Bytes48::new(point.into())
}

fn row_array(row: &Row) -> &[u8; ROW_BYTES] {
    row.as_bytes().try_into().unwrap()
}

#[test]
fn commitments_and_openings_agree() {
    let mut rng = rng();
    for (name, row) in rows() {
        let commitment = blob_to_kzg_commitment(&row);
        let theirs = c_kzg().blob_to_kzg_commitment(&blob(&row)).unwrap();
        assert_eq!(
            commitment.as_bytes(),
            &theirs.to_bytes().into_inner(),
            "{name}"
        );
        let theirs = rust_eth_kzg()
            .blob_to_kzg_commitment(row_array(&row))
            .unwrap();
        assert_eq!(commitment.as_bytes(), &theirs, "{name}");

        let proof = compute_blob_kzg_proof(&row, &commitment).unwrap();
        let theirs = c_kzg()
            .compute_blob_kzg_proof(&blob(&row), &bytes48(commitment))
            .unwrap();
        assert_eq!(proof.as_bytes(), &theirs.to_bytes().into_inner(), "{name}");

        // The last point lies on the domain the row's elements are on.
        for z in [element(&mut rng), [0; 32], LARGEST] {
            let (proof, y) = compute_kzg_proof(&row, &z).unwrap();
            let (their_proof, their_y) = c_kzg()
                .compute_kzg_proof(&blob(&row), &Bytes32::new(z))
                .unwrap();
            assert_eq!(
                proof.as_bytes(),
                &their_proof.to_bytes().into_inner(),
                "{name}"
            );
            assert_eq!(y, *their_y, "{name}");
            verify_kzg_proof(&commitment, &z, &y, &proof).unwrap();
            let (their_proof, their_y) = rust_eth_kzg()
                .compute_kzg_proof(row_array(&row), z)
                .unwrap();
            assert_eq!((proof.as_bytes(), y), (&their_proof, their_y), "{name}");
        }
    }
}

#[test]
fn verdicts_on_rows_agree() {
    let mut rng = rng();
    let rows: Vec<Row> = rows().into_iter().map(|(_, row)| row).collect();
    let commitments: Vec<Commitment> = rows.iter().map(blob_to_kzg_commitment).collect();
    let proofs: Vec<KzgProof> = rows
        .iter()
        .zip(&commitments)
        .map(|(row, commitment)| compute_blob_kzg_proof(row, commitment).unwrap())
        .collect();
    verify_blob_kzg_proof_batch(&rows, &commitments, &proofs).unwrap();
    verify_blob_kzg_proof_batch(&[], &[], &[]).unwrap();

    for round in 0..12 {
        let (row, commitment, proof) = (
            rng.random_range(0..5),
            rng.random_range(0..5),
            rng.random_range(0..5),
        );
        let ours = verify_blob_kzg_proof(&rows[row], &commitments[commitment], &proofs[proof]);
        let theirs = c_kzg()
            .verify_blob_kzg_proof(
                &blob(&rows[row]),
                &bytes48(commitments[commitment]),
                &bytes48(proofs[proof]),
            )
            .unwrap();
        assert_eq!(
            ours.is_ok(),
            theirs,
            "round {round}: {row} {commitment} {proof}"
        );
        assert!(theirs || ours == Err(VerifyError::InvalidProof { proofs: 1 }));
    }
    let mut swapped = proofs.clone();
    swapped.swap(0, 3);
    let blobs: Vec<Blob> = rows.iter().map(blob).collect();
    let theirs = c_kzg().verify_blob_kzg_proof_batch(
        &blobs,
        &commitments.iter().map(|c| bytes48(*c)).collect::<Vec<_>>(),
        &swapped.iter().map(|p| bytes48(*p)).collect::<Vec<_>>(),
    );
    assert!(!theirs.unwrap());
    assert_eq!(
        verify_blob_kzg_proof_batch(&rows, &commitments, &swapped),
        Err(VerifyError::InvalidProof { proofs: 5 })
    );
}

#[test]
fn cells_and_proofs_agree() {
    for (name, row) in rows() {
        let (cells, proofs) = compute_cells_and_kzg_proofs(&row);
        assert_eq!(cells, compute_cells(&row), "{name}");
        let (their_cells, their_proofs) =
            c_kzg().compute_cells_and_kzg_proofs(&blob(&row)).unwrap();
        for column in 0..COLUMNS {
            assert_eq!(
                cells[column].as_bytes(),
                their_cells[column].to_bytes(),
                "{name}"
            );
            let theirs = their_proofs[column].to_bytes().into_inner();
            assert_eq!(proofs[column].as_bytes(), &theirs, "{name}");
        }
        let (their_cells, their_proofs) = rust_eth_kzg()
            .compute_cells_and_kzg_proofs(row_array(&row))
            .unwrap();
        for column in 0..COLUMNS {
            assert_eq!(
                cells[column].as_bytes(),
                their_cells[column].as_slice(),
                "{name}"
            );
            assert_eq!(proofs[column].as_bytes(), &their_proofs[column], "{name}");
        }
    }
}

#[test]
fn recovery_agrees() {
    let mut rng = rng();
    for (name, row) in rows() {
        let mut columns: Vec<ColumnIndex> = ColumnIndex::all().collect();
        columns.shuffle(&mut rng);
        columns.truncate(rng.random_range(64..=128));
        columns.sort_unstable();
        let all = compute_cells(&row);
        let given: Vec<Cell> = columns
            .iter()
            .map(|column| all[column.get()].clone())
            .collect();

        let (cells, proofs) = recover_cells_and_kzg_proofs(&columns, &given).unwrap();
        assert_eq!(cells, all, "{name}");
        let indices: Vec<u64> = columns.iter().map(|column| column.get() as u64).collect();
        let their_cells: Vec<c_kzg::Cell> = given.iter().map(their_cell).collect();
        let (their_cells, their_proofs) = c_kzg()
            .recover_cells_and_kzg_proofs(&indices, &their_cells)
            .unwrap();
        for column in 0..COLUMNS {
            assert_eq!(
                cells[column].as_bytes(),
                their_cells[column].to_bytes(),
                "{name}"
            );
            let theirs = their_proofs[column].to_bytes().into_inner();
            assert_eq!(proofs[column].as_bytes(), &theirs, "{name}");
        }
    }
}

#[test]
fn verdicts_on_cells_agree() {
    let mut rng = rng();
    let rows = [random_row(&mut rng), random_row(&mut rng)];
    let commitments = rows.each_ref().map(blob_to_kzg_commitment);
    let coded = rows.each_ref().map(compute_cells_and_kzg_proofs);

    for round in 0..24 {
        let count = rng.random_range(1..=8);
        let mut batch: Vec<(Commitment, usize, Cell, CellProof)> = (0..count)
            .map(|_| {
                let (row, column) = (rng.random_range(0..2), rng.random_range(0..COLUMNS));
                let (cells, proofs) = &coded[row];
                (
                    commitments[row],
                    column,
                    cells[column].clone(),
                    proofs[column],
                )
            })
            .collect();
        // Every other batch has one thing exchanged for another that is well formed.
        if round % 2 == 1 {
            let (row, column) = (rng.random_range(0..2), rng.random_range(0..COLUMNS));
            let entry = &mut batch[rng.random_range(0..count)];
            match rng.random_range(0..4) {
                0 => entry.0 = commitments[row],
                1 => entry.1 = column,
                2 => entry.2 = coded[row].0[column].clone(),
                _ => entry.3 = coded[row].1[column],
            }
        }
        let commitments: Vec<Commitment> = batch.iter().map(|entry| entry.0).collect();
        let columns: Vec<ColumnIndex> = batch
            .iter()
            .map(|entry| ColumnIndex::new(entry.1).unwrap())
            .collect();
        let cells: Vec<Cell> = batch.iter().map(|entry| entry.2.clone()).collect();
        let proofs: Vec<CellProof> = batch.iter().map(|entry| entry.3).collect();
        let ours = verify_cell_kzg_proof_batch(&commitments, &columns, &cells, &proofs);
        assert!(
            matches!(ours, Ok(()) | Err(VerifyError::InvalidProof { .. })),
            "{ours:?}"
        );

        let indices: Vec<u64> = columns.iter().map(|column| column.get() as u64).collect();
        let theirs = c_kzg().verify_cell_kzg_proof_batch(
            &commitments.iter().map(|c| bytes48(*c)).collect::<Vec<_>>(),
            &indices,
            &cells.iter().map(their_cell).collect::<Vec<_>>(),
            &proofs.iter().map(|p| bytes48(*p)).collect::<Vec<_>>(),
        );
        assert_eq!(ours.is_ok(), theirs.unwrap(), "round {round}");
        assert!(round % 2 == 1 || ours.is_ok(), "round {round}");

        let theirs = rust_eth_kzg().verify_cell_kzg_proof_batch(
            commitments.iter().map(Commitment::as_bytes).collect(),
            &indices,
            cells
                .iter()
                .map(|cell| cell.as_bytes().try_into().unwrap())
                .collect(),
            proofs.iter().map(CellProof::as_bytes).collect(),
        );
        assert_eq!(ours.is_ok(), theirs.is_ok(), "round {round}");
    }
}

fn their_cell(cell: &Cell) -> c_kzg::Cell {
    c_kzg::Cell::new(cell.as_bytes().try_into().unwrap())
}
