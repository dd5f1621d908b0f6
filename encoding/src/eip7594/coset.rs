//! The coset on which a cell's polynomial is evaluated.

use crate::algebra::{CellMatrix, Domain, Scalar};
use crate::{COLUMNS, ColumnIndex, ELEMENTS_PER_CELL};

/// `h_c^64`, the value that `X^64` takes on the whole coset of column `c`: a 128th root of unity.
pub(super) fn vanishing_constant(column: ColumnIndex) -> Scalar {
    Domain::of_size(COLUMNS).bit_reversed_root(column.get())
}

/// The coefficients of the polynomial of degree below 64 that takes a cell's 64 values, which are in
/// the cell's order.
pub(super) fn interpolate(
    column: ColumnIndex,
    values: &[Scalar; ELEMENTS_PER_CELL],
) -> [Scalar; ELEMENTS_PER_CELL] {
    let mut matrix = CellMatrix::zeros(1);
    matrix.set_values(0, values);
    matrix.interpolate_cell(0, column.get());
    matrix.scale(0, Domain::of_size(ELEMENTS_PER_CELL).inverse_size());
    matrix.coefficients(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ELEMENTS_PER_EXTENDED_ROW;
    use crate::algebra::evaluate;

    #[test]
    fn the_interpolation_takes_the_values_at_the_cells_places_of_the_extended_row() {
        let domain = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW);
        let values = std::array::from_fn(|i| Scalar::from_u64((i * i * i) as u64));
        for column in [0, 1, 63, 64, 90, 127].map(|c| ColumnIndex::new(c).expect("below 128")) {
            let coefficients = interpolate(column, &values);
            for (i, value) in values.iter().enumerate() {
                let place = column.get() * ELEMENTS_PER_CELL + i;
                let x = domain.bit_reversed_root(place);
                assert_eq!(evaluate(&coefficients, x), *value);
                assert_eq!(x.pow(64), vanishing_constant(column));
            }
        }
    }
}
