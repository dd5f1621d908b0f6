//! A blob's 128 column proofs.

use crate::algebra::{Domain, Scalar, powers};
use crate::eip7594::fk20_proofs;
use crate::{ColumnProof, ELEMENTS_PER_ROW, Row};

use super::fold::fold_rows;

/// One proof for each of the 128 columns.
///
/// Cost: 4,096 n multiplications for F = sum gamma^i f_i, then one FK20, however many rows there
/// are. Source: the design, section 3.
pub(crate) fn column_proofs(rows: &[Row], gamma: Scalar) -> Vec<ColumnProof> {
    let mut folded = fold_rows(rows, &powers(gamma, rows.len()));
    Domain::of_size(ELEMENTS_PER_ROW).interpolate_bit_reversed(&mut folded);
    fk20_proofs(&folded)
        .iter()
        .map(ColumnProof::from_affine)
        .collect()
}
