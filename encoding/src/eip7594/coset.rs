//! Where a cell's polynomial is evaluated.

use crate::algebra::{Domain, Scalar, bit_reverse, scale_by_powers};
use crate::{COLUMNS, ColumnIndex, ELEMENTS_PER_CELL, ELEMENTS_PER_EXTENDED_ROW};

/// `h_c^64`, the value that `X^64` takes on the whole coset of column `c`: a 128th root of unity.
pub(super) fn vanishing_constant(column: ColumnIndex) -> Scalar {
    Domain::of_size(COLUMNS).bit_reversed_root(column.get())
}

/// Turns a cell's 64 values, in the cell's order, into the coefficients of the polynomial of degree
/// below 64 that takes them, in place.
pub(super) fn interpolate(column: ColumnIndex, values: &mut [Scalar]) {
    Domain::of_size(ELEMENTS_PER_CELL).interpolate_bit_reversed(values);
    let inverse_shifts = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW).inverse_roots();
    scale_by_powers(values, inverse_shifts[bit_reverse(column.get(), COLUMNS)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::evaluate;

    #[test]
    fn the_interpolation_takes_the_values_at_the_cells_places_of_the_extended_row() {
        let domain = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW);
        let values: Vec<Scalar> = (1..=64u64).map(|i| Scalar::from_u64(i * i * i)).collect();
        for column in [0, 1, 63, 64, 90, 127].map(|c| ColumnIndex::new(c).expect("below 128")) {
            let mut coefficients = values.clone();
            interpolate(column, &mut coefficients);
            for (i, value) in values.iter().enumerate() {
                let place = column.get() * ELEMENTS_PER_CELL + i;
                let x = domain.bit_reversed_root(place);
                assert_eq!(evaluate(&coefficients, x), *value);
                assert_eq!(x.pow(64), vanishing_constant(column));
            }
        }
    }
}
