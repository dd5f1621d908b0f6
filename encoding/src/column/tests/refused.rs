//! Columns that a custodian must not take.

use super::super::transcript::batch_challenge;
use super::*;
use crate::fixtures::bad_point;
use crate::{BYTES_PER_ELEMENT, Cell, CellError, ColumnProof, Commitment, Input, PointError};

/// A blob, its verifier, and a mark on everything that verifies of what a change made of its
/// columns.
fn assert_refused(
    blob: &CodedBlob,
    change: impl Fn(&mut UnverifiedColumn),
    expected: impl Fn(&VerifyError) -> bool,
) {
    let verifier = verifier(blob);
    let mut column = blob.column(at(70));
    change(&mut column);
    let error = verifier.verify(column.clone()).unwrap_err();
    assert!(expected(&error), "{error}");
    assert_eq!(error.fault(), Fault::Peer);

    let list = vec![blob.column(at(69)), column, blob.column(at(71))];
    assert!(verifier.verify_batch(list.clone()).is_err());
    let each = verifier.verify_each(list);
    assert!(each[0].is_ok() && each[2].is_ok());
    let error = each[1].as_ref().unwrap_err();
    assert!(expected(error), "{error}");
}

fn not_under_root(error: &VerifyError) -> bool {
    matches!(error, VerifyError::NotUnderColumnsRoot { .. })
}

#[test]
fn a_column_under_another_index() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 60)).unwrap();
    assert_refused(&blob, |column| column.column.index = at(71), not_under_root);
    // With the other column's path too: now the root is not the one at that place.
    let other = blob.column(at(71));
    assert_refused(
        &blob,
        |column| {
            column.column.index = at(71);
            column.path = other.path;
        },
        not_under_root,
    );
    // Everything but the proof is the other column's.
    assert_refused(
        &blob,
        |column| {
            *column = UnverifiedColumn {
                proof: column.proof,
                ..other.clone()
            }
        },
        |error| *error == VerifyError::InvalidProof { proofs: 1 },
    );
}

#[test]
fn swapped_missing_added_and_foreign_cells() {
    let blob = code_blob(&NAMESPACE, random_rows(3, 61)).unwrap();
    assert_refused(
        &blob,
        |column| column.column.cells.swap(0, 2),
        not_under_root,
    );
    let foreign = blob.column(at(12)).column.cells[1].clone();
    assert_refused(
        &blob,
        |column| column.column.cells[1] = foreign.clone(),
        not_under_root,
    );
    let length = |len| {
        move |error: &VerifyError| {
            *error
                == VerifyError::LengthMismatch {
                    input: Input::Cell,
                    len,
                    expected: 3,
                }
        }
    };
    assert_refused(&blob, |column| drop(column.column.cells.pop()), length(2));
    assert_refused(
        &blob,
        |column| column.column.cells.push(foreign.clone()),
        length(4),
    );
    assert_refused(&blob, |column| column.column.cells.clear(), length(0));
}

/// The sender commits to the columns as they are handed out, so every path is right, and only the
/// equation can tell that two rows' cells are exchanged.
#[test]
fn cells_of_another_row_under_a_root_that_covers_them() {
    let rows = random_rows(3, 62);
    let mut cells: Vec<Vec<Cell>> = rows.iter().map(crate::compute_cells).collect();
    let (first, second) = (cells[0][70].clone(), cells[1][70].clone());
    (cells[0][70], cells[1][70]) = (second, first);
    let roots = ColumnRoots::of_rows(&cells);
    let binding = BlobBinding {
        namespace: NAMESPACE,
        commitments: rows.iter().map(crate::blob_to_kzg_commitment).collect(),
        columns_root: roots.root(),
    };
    let proofs = column_proofs(&rows, gamma(&binding));
    let verifier =
        ColumnVerifier::new(&NAMESPACE, &binding.commitments, binding.columns_root).unwrap();
    let unverified = |index: ColumnIndex| UnverifiedColumn {
        column: Column {
            index,
            cells: cells.iter().map(|row| row[index.get()].clone()).collect(),
        },
        proof: proofs[index.get()],
        path: roots.path(index),
    };
    let verdicts = verifier.verify_each(ColumnIndex::all().map(unverified).collect());
    for (index, verdict) in verdicts.into_iter().enumerate() {
        match index {
            70 => assert_eq!(
                verdict.unwrap_err(),
                VerifyError::InvalidProof { proofs: 1 }
            ),
            _ => drop(verdict.unwrap()),
        }
    }
}

#[test]
fn bad_paths() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 63)).unwrap();
    for place in 0..7 {
        let change = |column: &mut UnverifiedColumn| {
            let mut hashes = *column.path.hashes();
            hashes[place] = merkle::leaf_hash(b"other");
            column.path = ColumnPath::from_hashes(hashes);
        };
        assert_refused(&blob, change, not_under_root);
    }
}

#[test]
fn proofs_off_the_curve_outside_the_subgroup_and_wrong() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 64)).unwrap();
    for defect in [PointError::NotOnCurve, PointError::NotInSubgroup] {
        assert_refused(
            &blob,
            |column| column.proof = ColumnProof::from_bytes(bad_point(defect)),
            |error| {
                matches!(
                    error,
                    VerifyError::MalformedPoint { input: Input::Proof, source, .. } if *source == defect
                )
            },
        );
    }
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    let wrong = [ColumnProof::from_bytes(infinity), blob.column(at(3)).proof];
    for proof in wrong {
        assert_refused(
            &blob,
            |column| column.proof = proof,
            |error| *error == VerifyError::InvalidProof { proofs: 1 },
        );
    }
}

/// Errors that cancel in a plain sum must not cancel in the batch. They do where both are of one
/// column, because the equation multiplies every proof by a constant of its column.
#[test]
fn two_bad_proofs_whose_errors_cancel() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 65)).unwrap();
    let mut columns = vec![blob.column(at(1)), blob.column(at(1))];
    let shift = G1::generator();
    for (column, shift) in columns.iter_mut().zip([shift, -shift]) {
        let moved = column.proof.to_point().unwrap().to_jacobian() + shift;
        column.proof = ColumnProof::from_point(&moved);
    }
    let verifier = verifier(&blob);
    assert_eq!(
        verifier.verify_batch(columns.clone()).unwrap_err(),
        VerifyError::InvalidProof { proofs: 2 }
    );
    assert!(verifier.verify_each(columns).iter().all(Result::is_err));
}

/// As above, by a sender who knows the challenge of the honest batch: the errors cancel under that,
/// so the batch passes wherever its challenge does not bind the proofs.
#[test]
fn two_bad_proofs_made_for_a_known_challenge() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 68)).unwrap();
    let mut columns = vec![blob.column(at(1)), blob.column(at(1))];
    let binding = BlobBinding {
        namespace: NAMESPACE,
        commitments: blob.commitments().to_vec(),
        columns_root: blob.columns_root(),
    };
    let bound: Vec<_> = columns
        .iter()
        .map(|c| (c.column.index, column_root(&c.column.cells), c.proof))
        .collect();
    let challenge = batch_challenge(&gamma(&binding), &bound);
    let shift = G1::generator();
    for (column, shift) in columns.iter_mut().zip([shift * challenge, -shift]) {
        let moved = column.proof.to_point().unwrap().to_jacobian() + shift;
        column.proof = ColumnProof::from_point(&moved);
    }
    assert_eq!(
        verifier(&blob).verify_batch(columns).unwrap_err(),
        VerifyError::InvalidProof { proofs: 2 }
    );
}

#[test]
fn another_namespace_root_order_or_number_of_rows() {
    let blob = code_blob(&NAMESPACE, random_rows(3, 66)).unwrap();
    let column = blob.column(at(5));
    let invalid = VerifyError::InvalidProof { proofs: 1 };
    let refused = |namespace: &[u8; NAMESPACE_BYTES], commitments: &[Commitment]| {
        ColumnVerifier::new(namespace, commitments, blob.columns_root())
            .unwrap()
            .verify(column.clone())
            .unwrap_err()
    };
    let mut namespace = NAMESPACE;
    namespace[28] ^= 1;
    assert_eq!(refused(&namespace, blob.commitments()), invalid);
    let mut commitments = blob.commitments().to_vec();
    commitments.swap(0, 1);
    assert_eq!(refused(&NAMESPACE, &commitments), invalid);
    commitments.truncate(2);
    assert!(matches!(
        refused(&NAMESPACE, &commitments),
        VerifyError::LengthMismatch { .. }
    ));
}

#[test]
fn commitments_that_are_no_points_of_the_subgroup() {
    let blob = code_blob(&NAMESPACE, random_rows(2, 67)).unwrap();
    for source in [PointError::NotOnCurve, PointError::NotInSubgroup] {
        let commitments = [
            blob.commitments()[0],
            Commitment::from_bytes(bad_point(source)),
        ];
        assert_eq!(
            ColumnVerifier::new(&NAMESPACE, &commitments, blob.columns_root()).unwrap_err(),
            VerifyError::MalformedPoint {
                input: Input::Commitment,
                index: 1,
                source
            }
        );
    }
}

/// The modulus added to an element is the same element to a careless reader.
#[test]
fn elements_that_are_not_canonical() {
    let rows = vec![Row::from_bytes(&vec![0; ROW_BYTES]).unwrap()];
    let blob = code_blob(&NAMESPACE, rows).unwrap();
    let modulus =
        hex::decode("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001").unwrap();
    let mut bytes = blob.column(at(0)).column.cells[0].as_bytes().to_vec();
    let place = 9 * BYTES_PER_ELEMENT;
    bytes[place..place + BYTES_PER_ELEMENT].copy_from_slice(&modulus);
    assert_eq!(
        Cell::from_bytes(&bytes),
        Err(CellError::NonCanonical { element: 9 })
    );

    #[cfg(feature = "borsh")]
    {
        let wire = borsh::to_vec(&blob.column(at(0))).unwrap();
        assert!(borsh::from_slice::<UnverifiedColumn>(&wire).is_ok());
        // Index, number of cells, then the first cell.
        let mut forged = wire.clone();
        forged[5 + place..5 + place + BYTES_PER_ELEMENT].copy_from_slice(&modulus);
        assert!(borsh::from_slice::<UnverifiedColumn>(&forged).is_err());
    }
}
