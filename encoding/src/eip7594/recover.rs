//! Recovery of a row's cells from any 64 of them.

use super::cells::{cell_proofs_of, cells_of_coefficients};
use super::coset;
use crate::algebra::{COSET_SHIFT, Domain, Scalar, batch_inverse, scale_by_powers};
use crate::{
    COLUMNS, Cell, CellProof, ColumnIndex, DATA_COLUMNS, ELEMENTS_PER_CELL,
    ELEMENTS_PER_EXTENDED_ROW, ELEMENTS_PER_ROW, Fault, threads,
};

/// Why cells do not give a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// Not one index for each cell. Fault: the caller.
    #[error("{cells} cells and {indices} indices")]
    LengthMismatch {
        /// Cells given.
        cells: usize,
        /// Indices given.
        indices: usize,
    },
    /// Too few cells. Fault: retry, with more cells.
    #[error("{len} cells where {need} are needed")]
    TooFewCells {
        /// Cells given.
        len: usize,
        /// Cells needed.
        need: usize,
    },
    /// Indices that repeat or are out of order. Fault: the caller.
    #[error("column {column} comes after column {previous}: the columns must ascend")]
    NotAscending {
        /// The index that is not above the one before it.
        column: ColumnIndex,
        /// The index before it.
        previous: ColumnIndex,
    },
    /// More than 64 cells, and they are not all of one row. Fault: the caller, who gave cells that
    /// were not verified.
    #[error("the {len} cells are not all of one row")]
    Inconsistent {
        /// Cells given.
        len: usize,
    },
}

impl RecoverError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::TooFewCells { .. } => Fault::Retry,
            Self::LengthMismatch { .. } | Self::NotAscending { .. } | Self::Inconsistent { .. } => {
                Fault::Caller
            }
        }
    }
}

/// All 128 cells of a row from 64 or more of them, `cell_indices` ascending.
///
/// The cells are taken to be verified: any 64 cells are some row's. Cost: three transforms of 8192
/// scalars and two of 4096, about 12 ms.
///
/// # Errors
/// [`RecoverError`]. More than 64 cells that are not of one row are refused, where the source
/// leaves the result undefined.
///
/// Source: EIP-7594, `recover_cells_and_kzg_proofs`, without the proofs.
pub fn recover_cells(
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
) -> Result<Vec<Cell>, RecoverError> {
    Ok(cells_of_coefficients(&recover_coefficients(
        cell_indices,
        cells,
    )?))
}

/// All 128 cells of a row, and their proofs, from 64 or more of the cells, `cell_indices`
/// ascending.
///
/// Cost: [`recover_cells`], and one FK20.
///
/// # Errors
/// As [`recover_cells`].
///
/// Source: EIP-7594, `recover_cells_and_kzg_proofs`.
pub fn recover_cells_and_kzg_proofs(
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
) -> Result<(Vec<Cell>, Vec<CellProof>), RecoverError> {
    let coefficients = recover_coefficients(cell_indices, cells)?;
    Ok(threads::join(
        || cells_of_coefficients(&coefficients),
        || cell_proofs_of(&coefficients),
    ))
}

/// The 4096 coefficients of the row's polynomial.
///
/// `Z`, zero exactly on the cosets of the missing cells, is a polynomial in `X^64`, so it is
/// constant on each cell. `f Z` is known on the whole domain (missing values are zero) and has
/// degree below 8192; dividing by `Z` on a coset, where `Z` has no zero, gives `f`.
fn recover_coefficients(
    cell_indices: &[ColumnIndex],
    cells: &[Cell],
) -> Result<Vec<Scalar>, RecoverError> {
    // Validation
    if cell_indices.len() != cells.len() {
        return Err(RecoverError::LengthMismatch {
            cells: cells.len(),
            indices: cell_indices.len(),
        });
    }
    if let Some(pair) = cell_indices.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(RecoverError::NotAscending {
            column: pair[1],
            previous: pair[0],
        });
    }
    if cells.len() < DATA_COLUMNS {
        return Err(RecoverError::TooFewCells {
            len: cells.len(),
            need: DATA_COLUMNS,
        });
    }

    // Computation
    let vanishing = vanishing_polynomial(cell_indices);
    let domain = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW);
    let mut values = vec![Scalar::ZERO; ELEMENTS_PER_EXTENDED_ROW];
    let on_cells = values_on_cells(&vanishing);
    for (column, cell) in cell_indices.iter().zip(cells) {
        let factor = on_cells[column.get()];
        let place = column.get() * ELEMENTS_PER_CELL;
        for (value, element) in values[place..].iter_mut().zip(cell.elements()) {
            *value = element * factor;
        }
    }
    domain.interpolate_bit_reversed(&mut values);

    let shift = Scalar::from_u64(COSET_SHIFT);
    let mut shifted = vanishing;
    scale_by_powers(&mut shifted, shift.pow(ELEMENTS_PER_CELL as u64));
    let mut inverses = values_on_cells(&shifted);
    batch_inverse(&mut inverses);
    scale_by_powers(&mut values, shift);
    domain.evaluate_bit_reversed(&mut values);
    for (cell, inverse) in values.chunks_exact_mut(ELEMENTS_PER_CELL).zip(inverses) {
        for value in cell {
            *value *= inverse;
        }
    }
    domain.interpolate_bit_reversed(&mut values);

    // Coefficients from 4096 on must be zero, and are so before the shift is undone or after.
    if values[ELEMENTS_PER_ROW..]
        .iter()
        .any(|coefficient| !coefficient.is_zero())
    {
        return Err(RecoverError::Inconsistent { len: cells.len() });
    }
    values.truncate(ELEMENTS_PER_ROW);
    let unshift = shift.inverse().expect("seven is not zero modulo r");
    scale_by_powers(&mut values, unshift);
    Ok(values)
}

/// The polynomial in `Y = X^64` that is zero at `h_c^64` for each missing column `c`.
fn vanishing_polynomial(present: &[ColumnIndex]) -> Vec<Scalar> {
    let mut coefficients = vec![Scalar::ONE];
    for column in ColumnIndex::all().filter(|column| present.binary_search(column).is_err()) {
        let root = coset::vanishing_constant(column);
        // Times (Y - root).
        let mut product = vec![Scalar::ZERO; coefficients.len() + 1];
        for (i, coefficient) in coefficients.iter().enumerate() {
            product[i + 1] += *coefficient;
            product[i] -= *coefficient * root;
        }
        coefficients = product;
    }
    coefficients
}

/// The values of a polynomial in `X^64`, one for each cell.
fn values_on_cells(polynomial: &[Scalar]) -> Vec<Scalar> {
    let mut values = polynomial.to_vec();
    values.resize(COLUMNS, Scalar::ZERO);
    Domain::of_size(COLUMNS).evaluate_bit_reversed(&mut values);
    values
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::compute_cells;
    use crate::eip7594::naive::random_row;

    fn pick(cells: &[Cell], mut columns: Vec<usize>) -> (Vec<ColumnIndex>, Vec<Cell>) {
        columns.sort_unstable();
        columns
            .iter()
            .map(|c| (ColumnIndex::new(*c).unwrap(), cells[*c].clone()))
            .unzip()
    }

    #[test]
    fn any_64_cells_or_more_give_all() {
        let seed = 51;
        let cells = compute_cells(&random_row(seed));
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut selections: Vec<Vec<usize>> = vec![
            (0..64).collect(),
            (64..128).collect(),
            (0..128).step_by(2).collect(),
            (1..128).step_by(2).collect(),
            (0..128).collect(),
            (0..127).collect(),
        ];
        for count in [64, 64, 64, 65, 90] {
            let mut columns: Vec<usize> = (0..128).collect();
            columns.shuffle(&mut rng);
            columns.truncate(count);
            selections.push(columns);
        }
        for columns in selections {
            let (indices, chosen) = pick(&cells, columns);
            assert_eq!(
                recover_cells(&indices, &chosen).unwrap(),
                cells,
                "{indices:?}"
            );
        }
    }

    #[test]
    fn what_is_not_64_cells_of_one_row_is_refused() {
        let cells = compute_cells(&random_row(52));
        let (indices, chosen) = pick(&cells, (10..80).collect());

        let few = recover_cells(&indices[..63], &chosen[..63]);
        assert_eq!(few, Err(RecoverError::TooFewCells { len: 63, need: 64 }));
        assert_eq!(few.unwrap_err().fault(), Fault::Retry);
        assert_eq!(
            recover_cells(&[], &[]),
            Err(RecoverError::TooFewCells { len: 0, need: 64 })
        );
        assert_eq!(
            recover_cells(&indices, &chosen[1..]),
            Err(RecoverError::LengthMismatch {
                cells: 69,
                indices: 70
            })
        );

        let mut repeated = indices.clone();
        repeated[5] = repeated[4];
        assert_eq!(
            recover_cells(&repeated, &chosen),
            Err(RecoverError::NotAscending {
                column: indices[4],
                previous: indices[4]
            })
        );
        let mut swapped = indices.clone();
        swapped.swap(8, 9);
        assert!(matches!(
            recover_cells(&swapped, &chosen),
            Err(RecoverError::NotAscending { .. })
        ));

        let mut foreign = chosen.clone();
        foreign[3] = cells[100].clone();
        assert_eq!(
            recover_cells(&indices, &foreign),
            Err(RecoverError::Inconsistent { len: 70 })
        );
    }
}
