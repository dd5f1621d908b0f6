//! Columns as coded, as received, as forged and as repaired.

#![allow(clippy::unwrap_used)]

mod forgery;
mod refused;
mod repaired;

use super::roots::column_root;
use super::*;
use crate::algebra::{G1, powers};
use crate::fixtures::{Extended, random_rows};
use crate::{
    CodedBlob, ColumnIndex, EncodeError, Fault, NAMESPACE_BYTES, ROW_BYTES, Row, UnverifiedColumn,
    VerifyError, code_blob, merkle,
};

const NAMESPACE: [u8; NAMESPACE_BYTES] = [9; NAMESPACE_BYTES];

fn at(column: usize) -> ColumnIndex {
    ColumnIndex::new(column).unwrap()
}

fn verifier(blob: &CodedBlob) -> ColumnVerifier {
    ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root()).unwrap()
}

fn all_columns(blob: &CodedBlob) -> Vec<UnverifiedColumn> {
    ColumnIndex::all().map(|index| blob.column(index)).collect()
}

#[test]
fn all_columns_of_blobs_of_any_size_verify_together_and_alone() {
    for n in [1, 2, 3, 5, 8] {
        let blob = code_blob(&NAMESPACE, random_rows(n, 40 + n as u64)).unwrap();
        let verifier = verifier(&blob);
        assert_eq!(
            (verifier.rows(), verifier.columns_root()),
            (n, blob.columns_root())
        );
        let columns = all_columns(&blob);
        let verified = verifier.verify_batch(columns.clone()).unwrap();
        for (verified, unverified) in verified.into_iter().zip(&columns) {
            assert_eq!(verified.index(), unverified.column.index);
            assert_eq!(verified.cells(), unverified.column.cells);
            assert_eq!(
                (verified.proof(), verified.path()),
                (unverified.proof, &unverified.path)
            );
            assert_eq!(verified.commitments(), blob.commitments());
            assert_eq!(verified.as_unverified(), unverified);
            assert_eq!(verified.into_unverified(), *unverified);
        }
        for column in [0, 63, 64, 127] {
            verifier.verify(columns[column].clone()).unwrap();
        }
        assert!(verifier.verify_each(columns).iter().all(Result::is_ok));
    }
    let blob = code_blob(&NAMESPACE, random_rows(1, 41)).unwrap();
    assert!(verifier(&blob).verify_batch(vec![]).unwrap().is_empty());
    assert!(verifier(&blob).verify_each(vec![]).is_empty());
}

/// pi_c = sum gamma^i pi_(i,c): what FK20 over F gives is the folded cell proofs.
#[test]
fn a_column_proof_is_the_folded_cell_proofs() {
    let rows = random_rows(3, 50);
    let blob = code_blob(&NAMESPACE, rows.clone()).unwrap();
    let extended = Extended::of(rows);
    assert_eq!(blob.commitments(), extended.commitments);
    let binding = BlobBinding {
        namespace: NAMESPACE,
        commitments: extended.commitments.clone(),
        columns_root: blob.columns_root(),
    };
    let powers = powers(gamma(&binding), 3);
    for index in ColumnIndex::all() {
        let unverified = blob.column(index);
        assert_eq!(unverified.column.cells, extended.column(index.get()));
        let folded: G1 = extended
            .column_proofs(index.get())
            .iter()
            .zip(&powers)
            .map(|(proof, power)| proof.to_point().unwrap().to_jacobian() * *power)
            .sum();
        assert_eq!(
            unverified.proof.as_bytes(),
            &folded.compress(),
            "column {index}"
        );
    }
}

#[test]
fn the_columns_root_is_over_column_roots_over_cell_hashes() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 51)).unwrap();
    let leaves: Vec<_> = ColumnIndex::all()
        .map(|index| {
            let cells = blob.column(index).column.cells;
            let hashes: Vec<_> = cells
                .iter()
                .map(|cell| merkle::leaf_hash(cell.as_bytes()))
                .collect();
            assert_eq!(column_root(&cells), merkle::root(&hashes));
            merkle::leaf_hash(merkle::root(&hashes).as_bytes())
        })
        .collect();
    assert_eq!(blob.columns_root(), merkle::root(&leaves));
    for (row, cells) in blob.rows().iter().enumerate() {
        assert_eq!(blob.cells(row).unwrap(), crate::compute_cells(cells));
    }
    assert!(blob.cells(2).is_none());
}

#[test]
fn zero_and_equal_rows_have_columns_that_verify() {
    let zero = Row::from_bytes(&vec![0; ROW_BYTES]).unwrap();
    let constant = Row::from_bytes(&[[0; 31].as_slice(), &[5]].concat().repeat(4096)).unwrap();
    let random = random_rows(1, 52).remove(0);
    for rows in [
        vec![zero.clone()],
        vec![zero.clone(); 3],
        vec![constant, zero.clone()],
        vec![random.clone(), random, zero],
    ] {
        let blob = code_blob(&NAMESPACE, rows.clone()).unwrap();
        let verified = verifier(&blob).verify_batch(all_columns(&blob)).unwrap();
        assert_eq!(verifier(&blob).repair_rows(&verified[64..]).unwrap(), rows);
        verifier(&blob).verify(blob.column(at(3))).unwrap();
    }
}

#[test]
fn numbers_of_rows_outside_of_the_limits_are_refused() {
    let zero = Row::from_bytes(&vec![0; ROW_BYTES]).unwrap();
    for found in [0, 65] {
        let error = code_blob(&NAMESPACE, vec![zero.clone(); found]).unwrap_err();
        assert_eq!(error, EncodeError::RowCount { found, max: 64 });
        assert_eq!(error.fault(), Fault::Caller);
        let commitments = vec![crate::blob_to_kzg_commitment(&zero); found];
        assert_eq!(
            ColumnVerifier::new(&NAMESPACE, &commitments, crate::Digest::ZERO).unwrap_err(),
            VerifyError::RowCount { found, max: 64 }
        );
    }
}

#[test]
fn a_full_blob_of_64_rows_is_coded_verified_and_repaired() {
    let rows = random_rows(64, 53);
    let blob = code_blob(&NAMESPACE, rows.clone()).unwrap();
    let verifier = verifier(&blob);
    let columns: Vec<UnverifiedColumn> = all_columns(&blob)
        .into_iter()
        .filter(|c| c.column.index.get() % 2 == 1)
        .collect();
    let verified = verifier.verify_batch(columns).unwrap();
    assert!(
        verifier.repair_rows(&verified).unwrap() == rows,
        "the rows differ"
    );
}

/// Computed by an independent script from the definitions of `roots` and `transcript`: three zero
/// rows, whose commitments are infinity. A change of these values is a change of the protocol.
#[test]
fn columns_root_and_gamma_are_frozen() {
    let zero = Row::from_bytes(&vec![0; ROW_BYTES]).unwrap();
    let blob = code_blob(&NAMESPACE, vec![zero; 3]).unwrap();
    assert_eq!(
        blob.columns_root().to_string(),
        "df7b5fd05fce0fa7187cd8a9792b311427c498bdc3a9886773dc3f444e2e74b6"
    );
    let binding = BlobBinding {
        namespace: NAMESPACE,
        commitments: blob.commitments().to_vec(),
        columns_root: blob.columns_root(),
    };
    assert_eq!(
        hex::encode(gamma(&binding).to_bytes_be()),
        "3e8165924b17c5c82eeba0b956bc41f0ddcbfd8b904b6518d59b31d9c8070300"
    );
}

/// Index, number of cells, cells, proof, path: in this order and nothing between.
#[cfg(feature = "borsh")]
#[test]
fn the_wire_form_of_a_column_is_frozen() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 54)).unwrap();
    let column = blob.column(at(70));
    let mut expected = vec![70, 2, 0, 0, 0];
    column
        .column
        .cells
        .iter()
        .for_each(|cell| expected.extend(cell.as_bytes()));
    expected.extend(column.proof.as_bytes());
    column
        .path
        .hashes()
        .iter()
        .for_each(|hash| expected.extend(hash.as_bytes()));
    assert_eq!(borsh::to_vec(&column).unwrap(), expected);
    assert_eq!(
        borsh::from_slice::<UnverifiedColumn>(&expected).unwrap(),
        column
    );
    expected[0] = 128;
    assert!(borsh::from_slice::<UnverifiedColumn>(&expected).is_err());
    assert!(borsh::from_slice::<UnverifiedColumn>(&expected[..expected.len() - 1]).is_err());
}
