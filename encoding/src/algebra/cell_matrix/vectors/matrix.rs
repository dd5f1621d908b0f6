//! Rows with their bounds.

use std::arch::x86_64::__m512i;
use std::ops::Range;

use super::elements::{LANES, LARGEST, LIMBS, REDUCED, constant};
use super::halvings::tables;
use super::layout::{Row, load, store};
use super::levels::{
    evaluate_across, evaluate_cell, interpolate_across, interpolate_cell, reduce_row, scale,
};
use crate::ELEMENTS_PER_CELL;
use crate::algebra::Scalar;
use crate::algebra::instructions::has_avx512_ifma;

/// Levels of the tree inside of a cell.
const CELL_LEVELS: usize = ELEMENTS_PER_CELL.ilog2() as usize;

#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    rows: Vec<Row>,
    /// Each row's elements are below this multiple of r.
    bounds: Vec<usize>,
}

impl Matrix {
    /// `None` if the processor lacks the instructions. Every other function relies on that.
    pub(in super::super) fn zeros(rows: usize) -> Option<Self> {
        // SAFETY: all bits zero are a valid vector.
        let zero: __m512i = unsafe { std::mem::zeroed() };
        has_avx512_ifma().then(|| Self {
            rows: vec![[[zero; LIMBS]; ELEMENTS_PER_CELL / LANES]; rows],
            bounds: vec![1; rows],
        })
    }

    /// Reduces those of the rows whose bound is above `limit`.
    fn limit(&mut self, rows: Range<usize>, limit: usize) {
        for row in rows {
            if self.bounds[row] > limit {
                // SAFETY: as in `set_values`.
                unsafe { reduce_row(&mut self.rows[row]) };
                self.bounds[row] = REDUCED;
            }
        }
    }

    pub(in super::super) fn set_values(
        &mut self,
        row: usize,
        values: &[Scalar; ELEMENTS_PER_CELL],
    ) {
        self.bounds[row] = 1;
        // SAFETY: the processor has the instructions, or there were no matrix.
        unsafe { load(&mut self.rows[row], values, 1, LANES) }
    }

    pub(in super::super) fn values(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        let mut out = [Scalar::ZERO; ELEMENTS_PER_CELL];
        // SAFETY: as in `set_values`.
        unsafe { store(&self.rows[row], &mut out, 1, LANES) };
        out
    }

    pub(in super::super) fn set_coefficients(
        &mut self,
        row: usize,
        coefficients: &[Scalar; ELEMENTS_PER_CELL],
    ) {
        self.bounds[row] = 1;
        // SAFETY: as in `set_values`.
        unsafe { load(&mut self.rows[row], coefficients, LANES, 1) }
    }

    pub(in super::super) fn coefficients(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        let mut out = [Scalar::ZERO; ELEMENTS_PER_CELL];
        // SAFETY: as in `set_values`.
        unsafe { store(&self.rows[row], &mut out, LANES, 1) };
        out
    }

    pub(in super::super) fn interpolate_cell(&mut self, row: usize, coset: usize) {
        self.limit(row..row + 1, REDUCED);
        self.bounds[row] = REDUCED;
        // SAFETY: as in `set_values`.
        unsafe { interpolate_cell(&mut self.rows[row], coset, &tables().up) }
    }

    pub(in super::super) fn evaluate_cell(&mut self, row: usize, coset: usize) {
        self.limit(row..row + 1, LARGEST - REDUCED * CELL_LEVELS);
        self.bounds[row] += REDUCED * CELL_LEVELS;
        // SAFETY: as in `set_values`.
        unsafe { evaluate_cell(&mut self.rows[row], coset, &tables().down) }
    }

    pub(in super::super) fn interpolate_across(&mut self, rows: Range<usize>, coset: usize) {
        self.limit(rows.clone(), REDUCED);
        // SAFETY: as in `set_values`.
        let bound =
            unsafe { interpolate_across(&mut self.rows[rows.clone()], coset, &tables().up) };
        self.bounds[rows].fill(bound);
    }

    pub(in super::super) fn evaluate_across(&mut self, rows: Range<usize>, coset: usize) {
        let levels = rows.len().ilog2() as usize;
        self.limit(rows.clone(), REDUCED);
        // SAFETY: as in `set_values`.
        unsafe { evaluate_across(&mut self.rows[rows.clone()], coset, &tables().down) }
        self.bounds[rows].fill(REDUCED + REDUCED * levels);
    }

    pub(in super::super) fn scale(&mut self, row: usize, factor: Scalar) {
        self.bounds[row] = REDUCED;
        // SAFETY: as in `set_values`.
        unsafe { scale(&mut self.rows[row], &constant(factor)) }
    }
}
