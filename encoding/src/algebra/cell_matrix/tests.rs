//! The matrix against evaluation one by one, and its two forms against each other.

#![allow(clippy::unwrap_used)]

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::algebra::{evaluate, powers};

type Cell = [Scalar; ELEMENTS_PER_CELL];

/// Rows of random, zero, equal, largest and mixed elements.
fn rows(count: usize, seed: u64) -> Vec<Cell> {
    println!("seed {seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut random = move || Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>());
    (0..count)
        .map(|row| match row % 5 {
            1 => [Scalar::ZERO; ELEMENTS_PER_CELL],
            2 => [random(); ELEMENTS_PER_CELL],
            3 => [-Scalar::ONE; ELEMENTS_PER_CELL],
            4 => std::array::from_fn(|i| [Scalar::ZERO, -Scalar::ONE, random()][i % 3]),
            _ => std::array::from_fn(|_| random()),
        })
        .collect()
}

fn forms(rows: usize) -> Vec<CellMatrix> {
    let portable = CellMatrix::Portable(portable::Matrix::zeros(rows));
    #[cfg(target_arch = "x86_64")]
    if let Some(vectors) = vectors::Matrix::zeros(rows) {
        return vec![portable, CellMatrix::Vectors(vectors)];
    }
    vec![portable]
}

/// The root at a place of the product tree's leaves.
fn leaf(place: usize) -> Scalar {
    Domain::of_size(TREE_ELEMENTS).bit_reversed_root(place)
}

#[test]
fn cells_are_values_on_their_coset_and_back() {
    for mut matrix in forms(1) {
        for (cell, coefficients) in [0, 1, 2, 63, 64, 101, 127].into_iter().zip(rows(7, 71)) {
            matrix.set_coefficients(0, &coefficients);
            assert_eq!(matrix.coefficients(0), coefficients);
            matrix.evaluate_cell(0, cell);
            let values = matrix.values(0);
            for (i, value) in values.iter().enumerate() {
                let x = leaf(cell * ELEMENTS_PER_CELL + i);
                assert_eq!(
                    *value,
                    evaluate(&coefficients, x),
                    "cell {cell}, element {i}"
                );
            }
            matrix.set_values(0, &values);
            assert_eq!(matrix.values(0), values);
            matrix.interpolate_cell(0, cell);
            matrix.scale(0, Scalar::from_u64(64).inverse().unwrap());
            assert_eq!(matrix.coefficients(0), coefficients, "cell {cell}");
        }
    }
}

#[test]
fn residues_are_those_of_the_polynomial_and_back() {
    for count in [1, 2, 8, 64, 128] {
        let coefficients = rows(count, 72);
        for coset in [0, 1, 127].into_iter().filter(|coset| coset * count < 128) {
            for mut matrix in forms(count) {
                for (row, coefficients) in coefficients.iter().enumerate() {
                    matrix.set_coefficients(row, coefficients);
                }
                matrix.evaluate_across(0..count, coset);
                for row in (0..count).step_by(7) {
                    let z = leaf((coset * count + row) * ELEMENTS_PER_CELL).pow(64);
                    let powers = powers(z, count);
                    let residue = std::array::from_fn(|column| {
                        coefficients
                            .iter()
                            .zip(&powers)
                            .map(|(row, power)| row[column] * *power)
                            .sum()
                    });
                    assert_eq!(
                        matrix.coefficients(row),
                        residue,
                        "{count} rows, coset {coset}, row {row}"
                    );
                }
                matrix.interpolate_across(0..count, coset);
                let inverse = Scalar::from_u64(count as u64).inverse().unwrap();
                for (row, coefficients) in coefficients.iter().enumerate() {
                    matrix.scale(row, inverse);
                    assert_eq!(matrix.coefficients(row), *coefficients);
                }
            }
        }
    }
}

/// The longest way through both directions that a use takes, from elements that make the largest
/// sums and the largest differences.
#[test]
fn the_forms_agree_on_the_longest_ways() {
    let inputs = [
        rows(128, 73),
        vec![[-Scalar::ONE; ELEMENTS_PER_CELL]; 128],
        (0..128)
            .map(|row| {
                [if row % 2 == 0 {
                    -Scalar::ONE
                } else {
                    Scalar::ZERO
                }; ELEMENTS_PER_CELL]
            })
            .collect(),
    ];
    for input in inputs {
        let results: Vec<Vec<Cell>> = forms(128)
            .into_iter()
            .map(|mut matrix| {
                for (row, values) in input.iter().enumerate() {
                    matrix.set_values(row, values);
                    matrix.interpolate_cell(row, row);
                }
                matrix.interpolate_across(0..128, 0);
                for row in 0..128 {
                    matrix.scale(row, -Scalar::ONE);
                }
                matrix.evaluate_across(0..128, 0);
                (0..128)
                    .map(|row| {
                        matrix.evaluate_cell(row, row);
                        matrix.values(row)
                    })
                    .collect()
            })
            .collect();
        let factor = -Scalar::from_u64(8192);
        for (row, values) in input.iter().enumerate() {
            let expected = values.map(|value| value * factor);
            for result in &results {
                assert_eq!(result[row], expected, "row {row}");
            }
        }
    }
}
