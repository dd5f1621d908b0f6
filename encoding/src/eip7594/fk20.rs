//! FK20: the proofs of all 128 cells of a row at once.
//!
//! With `z = h_c^64`, the quotient that the proof of cell `c` commits to is
//! `floor(f / X^64) + z floor(f / X^128) + z^2 floor(f / X^192) + ...`, so all proofs are values of
//! one polynomial with coefficients in G1, `H(z) = sum h_k z^k`, on the 128th roots of unity, where
//! `h_k` commits to `floor(f / X^(64 (k+1)))`:
//!
//! ```text
//! h_k = sum_b sum_a f_(64 (k+1+a) + b) [tau^(64 a + b)]_1          b = 0..63, k = 0..62
//! ```
//!
//! For each residue `b` the inner sum correlates every 64th coefficient with every 64th point of
//! the setup. As a cyclic convolution of length 128 it is a product of transforms; those of the
//! setup are fixed, and the sum over `b` happens before the one transform back:
//!
//! ```text
//! 4096 coefficients ─ 64 scalar transforms ─> 128 lists of 64 scalars
//!                                                   │ 128 sums over fixed points
//!                      128 points <─────────────────┘
//!                          │ inverse transform, keep h_0..h_62, transform
//!                          └──> 128 proofs, in the cells' order
//! ```
//!
//! Source: Feist and Khovratovich, "Fast amortized KZG proofs", sections 2 and 3.

use std::sync::OnceLock;

use crate::algebra::{
    Domain, FixedBase, G1, G1Affine, Scalar, evaluate_points, interpolate_points_unscaled,
};
use crate::{COLUMNS, DATA_COLUMNS, ELEMENTS_PER_CELL, ELEMENTS_PER_ROW, setup, threads};

/// Bits of the fixed-base tables' window: 32 windows, 24 MiB of tables, or 32 MiB with AVX-512.
const WINDOW_BITS: usize = 8;

/// Sums that a thread makes together.
const SUMS_PER_TASK: usize = 8;

/// The proofs of all 128 cells of the polynomial with these 4096 coefficients, in the cells' order.
///
/// Cost: 128 sums over 64 fixed points and two transforms of 128 points; the first call in a
/// process also makes the tables.
///
/// # Panics
/// If there are not 4096 coefficients: a defect of the caller.
pub(crate) fn fk20_proofs(coefficients: &[Scalar]) -> Vec<G1Affine> {
    assert_eq!(
        coefficients.len(),
        ELEMENTS_PER_ROW,
        "a row's polynomial has 4096 coefficients"
    );
    let scalars = transposed_transforms(coefficients);
    let asked: Vec<(usize, &[Scalar])> = scalars.iter().map(Vec::as_slice).enumerate().collect();
    let asked: Vec<_> = asked.chunks(SUMS_PER_TASK).collect();
    let sums = threads::map(&asked, |asked| tables().sums(asked));
    let sums: Vec<G1> = sums.into_iter().flatten().collect();

    let mut points = interpolate_points_unscaled(&G1::batch_to_affine(&sums));
    // Index 0 is the constant, which no quotient has, and the upper half wraps below it.
    points.rotate_left(1);
    points[DATA_COLUMNS - 1..].fill(G1Affine::infinity());
    evaluate_points(&points)
}

/// The transforms of the 64 lists `f_b, f_(64+b), f_(128+b), ...`, transposed: entry `j` holds
/// their values at index `j`. All are divided by 128, because the inverse transform does not divide.
fn transposed_transforms(coefficients: &[Scalar]) -> Vec<Vec<Scalar>> {
    let domain = Domain::of_size(COLUMNS);
    let mut transposed = vec![Vec::new(); COLUMNS];
    for residue in 0..ELEMENTS_PER_CELL {
        let mut values = vec![Scalar::ZERO; COLUMNS];
        let list = coefficients[residue..].iter().step_by(ELEMENTS_PER_CELL);
        for (value, coefficient) in values.iter_mut().zip(list) {
            *value = *coefficient * domain.inverse_size();
        }
        domain.evaluate_bit_reversed(&mut values);
        for (place, value) in transposed.iter_mut().zip(values) {
            place.push(value);
        }
    }
    transposed
}

/// Makes the prover's tables unless they exist: at most 42 MiB, half a second to a second of one
/// thread.
///
/// Otherwise the first call that makes proofs of cells or columns, or a commitment, makes them.
/// Verification and recovery of cells without proofs never need the tables.
pub fn prepare_prover() {
    tables();
    setup::commitments();
}

/// For each index of the transforms, a sum over the 64 transformed lists of the setup.
fn tables() -> &'static FixedBase {
    static TABLES: OnceLock<FixedBase> = OnceLock::new();
    TABLES.get_or_init(|| threads::apart(make_tables))
}

fn make_tables() -> FixedBase {
    let residues: Vec<usize> = (0..ELEMENTS_PER_CELL).collect();
    let transforms = threads::map(&residues, |residue| setup_transform(*residue));
    let points: Vec<G1Affine> = (0..COLUMNS)
        .flat_map(|place| transforms.iter().map(move |list| list[place]))
        .collect();
    FixedBase::new(&points, ELEMENTS_PER_CELL, WINDOW_BITS)
}

/// The transform of `[tau^(64 a + residue)]_1` with `a` counted backwards, which makes the
/// convolution a correlation: index 0 holds `a = 0`, index `128 - a` holds `a`.
fn setup_transform(residue: usize) -> Vec<G1Affine> {
    let mut values = vec![G1Affine::infinity(); COLUMNS];
    let list = setup::g1_monomial()[residue..]
        .iter()
        .step_by(ELEMENTS_PER_CELL);
    for (a, point) in list.enumerate() {
        values[(COLUMNS - a) % COLUMNS] = *point;
    }
    evaluate_points(&values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eip7594::naive;
    use crate::{ColumnIndex, Row};

    #[test]
    fn agrees_with_a_division_for_each_cell() {
        let mut sparse = vec![Scalar::ZERO; ELEMENTS_PER_ROW];
        sparse[64] = Scalar::ONE;
        sparse[4095] = -Scalar::ONE;
        for coefficients in [naive::random_row(41).coefficients(), sparse] {
            let proofs = fk20_proofs(&coefficients);
            assert_eq!(proofs.len(), COLUMNS);
            for column in ColumnIndex::all()
                .step_by(11)
                .chain(ColumnIndex::all().rev().take(2))
            {
                let expected = naive::cell_proof(&coefficients, column);
                assert_eq!(proofs[column.get()], expected, "column {column}");
            }
        }
    }

    #[test]
    fn low_degrees_have_proofs_at_infinity() {
        let zero = Row::from_elements(&[Scalar::ZERO; ELEMENTS_PER_ROW]).coefficients();
        let mut below_64 = zero.clone();
        below_64[..64].fill(Scalar::from_u64(3));
        for coefficients in [zero, below_64] {
            assert!(fk20_proofs(&coefficients).iter().all(G1Affine::is_infinity));
        }
    }
}
