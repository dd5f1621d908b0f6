//! Rows, cells and bad points for the tests of this crate.

#![allow(clippy::unwrap_used)]

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::algebra::Scalar;
use crate::{Cell, CellProof, Commitment, ELEMENTS_PER_ROW, PointError, Row, cell_proofs};
use crate::{blob_to_kzg_commitment, compute_cells};

/// A generator that prints the seed which replays it.
pub(crate) fn seeded(seed: u64) -> ChaCha8Rng {
    println!("seed {seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

/// `n` rows of uniform elements.
pub(crate) fn random_rows(n: usize, seed: u64) -> Vec<Row> {
    let mut rng = seeded(seed);
    (0..n)
        .map(|_| {
            let elements: Vec<Scalar> = (0..ELEMENTS_PER_ROW)
                .map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()))
                .collect();
            Row::from_elements(&elements)
        })
        .collect()
}

/// `n` short cells of one column: cells need not be of a row for the vertical code.
pub(crate) fn random_cells(n: usize, rng: &mut ChaCha8Rng) -> Vec<Cell> {
    (0..n)
        .map(|_| {
            let elements: Vec<Scalar> = (0..64)
                .map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()))
                .collect();
            Cell::from_elements(&elements)
        })
        .collect()
}

/// Rows with their commitments, cells and cell proofs.
pub(crate) struct Extended {
    pub(crate) rows: Vec<Row>,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) cells: Vec<Vec<Cell>>,
    pub(crate) proofs: Vec<Vec<CellProof>>,
}

impl Extended {
    pub(crate) fn of(rows: Vec<Row>) -> Self {
        Self {
            commitments: rows.iter().map(blob_to_kzg_commitment).collect(),
            cells: rows.iter().map(compute_cells).collect(),
            proofs: rows.iter().map(cell_proofs).collect(),
            rows,
        }
    }

    /// The original cells of one column.
    pub(crate) fn column(&self, column: usize) -> Vec<Cell> {
        self.cells.iter().map(|row| row[column].clone()).collect()
    }

    /// The original cell proofs of one column.
    pub(crate) fn column_proofs(&self, column: usize) -> Vec<CellProof> {
        self.proofs.iter().map(|row| row[column]).collect()
    }
}

/// A compressed point that fails in the given way.
pub(crate) fn bad_point(defect: PointError) -> [u8; 48] {
    (1..=u8::MAX)
        .map(|x| {
            let mut bytes = [0; 48];
            bytes[0] = 0x80;
            bytes[47] = x;
            bytes
        })
        .find(|bytes| CellProof::from_bytes(*bytes).to_point() == Err(defect))
        .unwrap()
}
