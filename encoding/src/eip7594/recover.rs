//! Recovery of a row's cells from any 64 of them.

use super::cells::cell_proofs_of;
use super::coset;
use crate::algebra::{CellMatrix, Domain, Scalar, batch_inverse};
use crate::coding::row_of_data_cells;
use crate::{
    COLUMNS, Cell, CellProof, ColumnIndex, DATA_COLUMNS, ELEMENTS_PER_EXTENDED_ROW, Fault,
};

/// Why cells cannot be recovered to a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// Different numbers of indices and cells. Fault: the caller.
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
/// The cells must be verified: any 64 cells are those of some row. Cost: about 1.8 times
/// [`compute_cells`](super::compute_cells).
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
    let (columns, extra_columns) = cell_indices.split_at(DATA_COLUMNS);
    let (known, extra) = cells.split_at(DATA_COLUMNS);
    let recovered = recover_from_64(columns, known);
    let consistent = |(column, cell): (&ColumnIndex, &Cell)| recovered[column.get()] == *cell;
    if extra_columns.iter().zip(extra).all(consistent) {
        Ok(recovered)
    } else {
        Err(RecoverError::Inconsistent { len: cells.len() })
    }
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
    let cells = recover_cells(cell_indices, cells)?;
    let row = row_of_data_cells(&cells[..DATA_COLUMNS]);
    let proofs = cell_proofs_of(&row.coefficients());
    Ok((cells, proofs))
}

/// From 64 cells in order.
///
/// With `Y = X^64`, `f = sum_b X^b f_b(Y)` has 64 parts of degree below 64, and a cell's residue
/// modulo `Y - z_c` holds their values at `z_c`. Let `Z`, of degree 64, be zero at the missing `z_m`.
/// The products `P_b = f_b Z` have degree below 128 and are known at all 128th roots of unity: zero
/// where cells are missing. There `P_b' = f_b' Z + f_b Z' = f_b Z'`, so
///
/// ```text
/// f_b(z_m) = z_m P_b'(z_m) / (z_m Z'(z_m))
/// ```
///
/// and `Y P'(Y)` has the coefficients `k p_k`. For all parts together that is one transform across
/// the 128 cells there and one back, where dividing by `Z` on a coset takes three and the
/// evaluation. Source: Forney's algorithm for the values of erasures; as transforms, Lin, Chung and Han, "Novel
/// polynomial basis and its application to Reed-Solomon erasure codes" (2014), section 4.
fn recover_from_64(known: &[ColumnIndex], cells: &[Cell]) -> Vec<Cell> {
    let vanishing = Vanishing::at_missing(known);
    let mut matrix = CellMatrix::zeros(COLUMNS);
    for (column, cell) in known.iter().zip(cells) {
        let place = column.get();
        matrix.set_values(place, &cell.elements_scaled());
        matrix.interpolate_cell(place, place);
        matrix.scale(place, vanishing.values[place]);
    }
    matrix.interpolate_across(0..COLUMNS, 0);
    // The transforms have multiplied by the number of their elements, and the power of Y counts.
    let inverse_size = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW).inverse_size();
    let mut factor = Scalar::ZERO;
    for place in 0..COLUMNS {
        matrix.scale(place, factor);
        factor += inverse_size;
    }
    matrix.evaluate_across(0..COLUMNS, 0);

    let mut known = known.iter().zip(cells).peekable();
    ColumnIndex::all()
        .map(
            |column| match known.next_if(|(known, _)| **known == column) {
                Some((_, cell)) => cell.clone(),
                None => {
                    let place = column.get();
                    matrix.scale(place, vanishing.inverse_derivatives[place]);
                    matrix.evaluate_cell(place, place);
                    Cell::from_elements_scaled(&matrix.values(place))
                }
            },
        )
        .collect()
}

/// `Z(Y)`, the product of `Y - z_m` over the missing cells.
struct Vanishing {
    /// `Z(z_c)` for each cell.
    values: Vec<Scalar>,
    /// `1 / (z_c Z'(z_c))` for each cell.
    inverse_derivatives: Vec<Scalar>,
}

impl Vanishing {
    /// Cost: 2,000 multiplications, two transforms of 128 and an inversion.
    fn at_missing(present: &[ColumnIndex]) -> Self {
        let mut values = vec![Scalar::ZERO; COLUMNS];
        values[0] = Scalar::ONE;
        let mut degree = 0;
        for column in ColumnIndex::all().filter(|column| present.binary_search(column).is_err()) {
            let root = coset::vanishing_constant(column);
            degree += 1;
            // Times (Y - root).
            for i in (1..=degree).rev() {
                values[i] = values[i - 1] - values[i] * root;
            }
            values[0] = -(values[0] * root);
        }
        let mut derivatives: Vec<Scalar> = (0..COLUMNS as u64)
            .zip(&values)
            .map(|(power, coefficient)| Scalar::from_u64(power) * *coefficient)
            .collect();
        let domain = Domain::of_size(COLUMNS);
        domain.evaluate_bit_reversed(&mut values);
        domain.evaluate_bit_reversed(&mut derivatives);
        // Zeros, of which other cells may have some, stay zero.
        batch_inverse(&mut derivatives);
        Self {
            values,
            inverse_derivatives: derivatives,
        }
    }
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
