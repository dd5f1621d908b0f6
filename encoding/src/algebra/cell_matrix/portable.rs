//! The matrix as a list of scalars, on any processor.

use std::ops::Range;

use super::{Halving, halving};
use crate::ELEMENTS_PER_CELL;
use crate::algebra::Scalar;

#[derive(Clone, Debug)]
pub(crate) struct Matrix(Vec<[Scalar; ELEMENTS_PER_CELL]>);

impl Matrix {
    pub(super) fn zeros(rows: usize) -> Self {
        Self(vec![[Scalar::ZERO; ELEMENTS_PER_CELL]; rows])
    }

    pub(super) fn set_values(&mut self, row: usize, values: &[Scalar; ELEMENTS_PER_CELL]) {
        self.0[row] = *values;
    }

    pub(super) fn values(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        self.0[row]
    }

    pub(super) fn set_coefficients(
        &mut self,
        row: usize,
        coefficients: &[Scalar; ELEMENTS_PER_CELL],
    ) {
        self.0[row] = *coefficients;
    }

    pub(super) fn coefficients(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        self.0[row]
    }

    pub(super) fn interpolate_cell(&mut self, row: usize, coset: usize) {
        interpolate(&mut self.0[row], 1, coset, halving());
    }

    pub(super) fn evaluate_cell(&mut self, row: usize, coset: usize) {
        evaluate(&mut self.0[row], 1, coset, halving());
    }

    pub(super) fn interpolate_across(&mut self, rows: Range<usize>, coset: usize) {
        interpolate(
            self.0[rows].as_flattened_mut(),
            ELEMENTS_PER_CELL,
            coset,
            halving(),
        );
    }

    pub(super) fn evaluate_across(&mut self, rows: Range<usize>, coset: usize) {
        evaluate(
            self.0[rows].as_flattened_mut(),
            ELEMENTS_PER_CELL,
            coset,
            halving(),
        );
    }

    pub(super) fn scale(&mut self, row: usize, factor: Scalar) {
        for value in &mut self.0[row] {
            *value *= factor;
        }
    }
}

/// Down the tree from node `coset`, until a node has `width` elements.
fn evaluate(values: &mut [Scalar], width: usize, coset: usize, halving: &Halving) {
    if values.len() == width {
        return;
    }
    let (low, high) = values.split_at_mut(values.len() / 2);
    let root = halving.roots[coset];
    for (a, b) in low.iter_mut().zip(high.iter_mut()) {
        // The root of node 0 is one.
        let scaled = if coset == 0 { *b } else { *b * root };
        (*a, *b) = (*a + scaled, *a - scaled);
    }
    evaluate(low, width, 2 * coset, halving);
    evaluate(high, width, 2 * coset + 1, halving);
}

/// Up the tree to node `coset`, times the number of levels' power of two.
fn interpolate(values: &mut [Scalar], width: usize, coset: usize, halving: &Halving) {
    if values.len() == width {
        return;
    }
    let (low, high) = values.split_at_mut(values.len() / 2);
    interpolate(low, width, 2 * coset, halving);
    interpolate(high, width, 2 * coset + 1, halving);
    let inverse = halving.inverses[coset];
    for (a, b) in low.iter_mut().zip(high.iter_mut()) {
        let difference = *a - *b;
        *a += *b;
        *b = if coset == 0 {
            difference
        } else {
            difference * inverse
        };
    }
}
