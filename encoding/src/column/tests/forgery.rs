//! The forgery of the design, section 3: what happens where gamma does not bind R.

use super::*;
use crate::algebra::{G1Affine, Scalar};
use crate::{Cell, Commitment, Digest};

/// What gamma would be if it did not depend on R: the sender knows it before choosing the cells. It
/// is made by the very function under test, so that a gamma which forgets R equals it.
fn weak_gamma(commitments: &[Commitment]) -> Scalar {
    gamma(&BlobBinding {
        namespace: NAMESPACE,
        commitments: commitments.to_vec(),
        columns_root: Digest::ZERO,
    })
}

/// A sender who hands out changed cells in column 7, under a columns root that covers them.
struct Forger {
    rows: Vec<Row>,
    binding: BlobBinding,
    cells: Vec<Vec<Cell>>,
    roots: ColumnRoots,
}

impl Forger {
    /// Changes the column's cells by `d_0 = -gamma d_1`, so that `sum gamma^i d_i = 0`.
    fn new() -> Self {
        let rows = random_rows(3, 70);
        let commitments: Vec<Commitment> = rows.iter().map(crate::blob_to_kzg_commitment).collect();
        let gamma = weak_gamma(&commitments);
        let mut cells: Vec<Vec<Cell>> = rows.iter().map(crate::compute_cells).collect();
        let mut first = cells[0][7].elements();
        let mut second = cells[1][7].elements();
        for (place, (a, b)) in first.iter_mut().zip(&mut second).enumerate() {
            let change = Scalar::from_u64(1000 + place as u64);
            *a -= gamma * change;
            *b += change;
        }
        cells[0][7] = Cell::from_elements(&first);
        cells[1][7] = Cell::from_elements(&second);
        let roots = ColumnRoots::of_rows(&cells);
        let binding = BlobBinding {
            namespace: NAMESPACE,
            commitments,
            columns_root: roots.root(),
        };
        Self {
            rows,
            binding,
            cells,
            roots,
        }
    }

    /// The columns as handed out, with proofs for the honest rows under some gamma.
    fn columns(&self, gamma: Scalar) -> Vec<UnverifiedColumn> {
        let proofs = column_proofs(&self.rows, gamma);
        ColumnIndex::all()
            .map(|index| UnverifiedColumn {
                column: Column {
                    index,
                    cells: self
                        .cells
                        .iter()
                        .map(|row| row[index.get()].clone())
                        .collect(),
                },
                proof: proofs[index.get()],
                path: self.roots.path(index),
            })
            .collect()
    }

    fn weak_verifier(&self) -> ColumnVerifier {
        let points: Vec<G1Affine> = self
            .binding
            .commitments
            .iter()
            .map(|c| c.to_point().unwrap())
            .collect();
        let binding = BlobBinding {
            namespace: self.binding.namespace,
            commitments: self.binding.commitments.clone(),
            columns_root: self.binding.columns_root,
        };
        ColumnVerifier::with_gamma(binding, points, weak_gamma(&self.binding.commitments))
    }

    fn verifier(&self) -> ColumnVerifier {
        ColumnVerifier::new(
            &NAMESPACE,
            &self.binding.commitments,
            self.binding.columns_root,
        )
        .unwrap()
    }
}

#[test]
fn passes_where_gamma_is_known_before_the_cells_are_chosen() {
    let forger = Forger::new();
    let honest = crate::compute_cells(&forger.rows[0]);
    assert_ne!(forger.cells[0][7], honest[7], "the cells are changed");
    let columns = forger.columns(weak_gamma(&forger.binding.commitments));
    forger.weak_verifier().verify(columns[7].clone()).unwrap();
    forger.weak_verifier().verify_batch(columns).unwrap();
}

#[test]
fn is_refused_because_gamma_binds_the_columns_root() {
    let forger = Forger::new();
    // With proofs under the weak gamma nothing passes, with proofs under the right one all columns
    // but the changed one do.
    let weak = forger.columns(weak_gamma(&forger.binding.commitments));
    assert!(
        forger
            .verifier()
            .verify_each(weak)
            .iter()
            .all(Result::is_err)
    );
    let right = forger.columns(gamma(&forger.binding));
    assert_eq!(
        forger.verifier().verify(right[7].clone()).unwrap_err(),
        VerifyError::InvalidProof { proofs: 1 }
    );
    assert!(forger.verifier().verify_batch(right.clone()).is_err());
    let accepted: Vec<usize> = forger
        .verifier()
        .verify_each(right)
        .into_iter()
        .flatten()
        .map(|column| column.index().get())
        .collect();
    assert_eq!(
        accepted,
        (0..128).filter(|column| *column != 7).collect::<Vec<_>>()
    );
}

/// The 127 good columns give the committed rows, whatever the columns root says of the other.
#[test]
fn leaves_the_committed_rows_to_be_had_from_any_64_good_columns() {
    let forger = Forger::new();
    let verifier = forger.verifier();
    let mut columns = forger.columns(gamma(&forger.binding));
    columns.remove(7);
    let verified = verifier.verify_batch(columns).unwrap();
    for start in [0, 20, 63] {
        let rows = verifier.repair_rows(&verified[start..start + 64]).unwrap();
        assert!(rows == forger.rows, "columns from {start} give other rows");
    }
    assert_ne!(crate::columns_root(&forger.rows), verifier.columns_root());
}
