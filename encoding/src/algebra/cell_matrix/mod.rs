//! Transforms of scalars in rows of 64: what cells are made of.
//!
//! `X^n - a^2 = (X^(n/2) - a)(X^(n/2) + a)`, so a polynomial of degree below 8192 falls apart, level
//! by level, into its residues modulo `X^64 - z` for the 128 values `z` of `X^64` on the cells, and
//! each of those into the 64 values of a cell:
//!
//! ```text
//!                     coefficients, in rows of 64
//!   evaluate_across        │  one level halves the rows that meet       ^   interpolate_across
//!                     residues modulo X^64 - z, one a row               │
//!   evaluate_cell          │  six more levels inside of the row         │   interpolate_cell
//!                          v                                            │
//!                     a cell's 64 values, in the cell's order
//! ```
//!
//! A **coset** is a node of that tree, named by its number on its level from the left; its halves
//! are `2 c` and `2 c + 1`. The roots of node 0 are a group of roots of unity, and those of any other
//! node its coset. The square root that halves node `c` is the same on every level, entry `c` of
//! one table, and it is the same for all columns of the matrix: no element is scaled by powers of a
//! shift, and all 64 columns go through a level together.
//!
//! All maps are linear, so they hold for elements that are scaled (see
//! [`Scalar::from_bytes_be_scaled`]) as for others. Interpolation leaves out the division by the
//! number of elements: callers have a factor to multiply by anyway.
//!
//! Two forms of a matrix give the same results: `portable`, and `vectors`, with eight elements to a
//! vector, on processors that have AVX-512 IFMA.
//!
//! Source: D. J. Bernstein, "Multidigit multiplication for mathematicians" (2001), for transforms as
//! products of rings.

mod portable;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod vectors;

use std::ops::Range;
use std::sync::OnceLock;

use super::{Domain, Scalar, bit_reverse};
use crate::ELEMENTS_PER_CELL;

/// Elements of the largest tree, an extended row.
const TREE_ELEMENTS: usize = crate::ELEMENTS_PER_EXTENDED_ROW;

/// Rows of 64 scalars.
#[derive(Debug)]
pub(crate) enum CellMatrix {
    Portable(portable::Matrix),
    #[cfg(target_arch = "x86_64")]
    Vectors(vectors::Matrix),
}

/// Calls a method of whichever form the matrix has.
macro_rules! of_form {
    ($matrix:expr, $form:ident => $call:expr) => {
        match $matrix {
            Self::Portable($form) => $call,
            #[cfg(target_arch = "x86_64")]
            Self::Vectors($form) => $call,
        }
    };
}

impl CellMatrix {
    /// A matrix of zeros, in the fastest form that the processor has.
    pub(crate) fn zeros(rows: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(matrix) = vectors::Matrix::zeros(rows) {
            return Self::Vectors(matrix);
        }
        Self::Portable(portable::Matrix::zeros(rows))
    }

    /// Sets a row to a cell's values, in the cell's order.
    pub(crate) fn set_values(&mut self, row: usize, values: &[Scalar; ELEMENTS_PER_CELL]) {
        of_form!(self, m => m.set_values(row, values));
    }

    /// A row that holds a cell's values, in the cell's order.
    pub(crate) fn values(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        of_form!(self, m => m.values(row))
    }

    /// Sets a row to coefficients or residues, lowest first.
    pub(crate) fn set_coefficients(
        &mut self,
        row: usize,
        coefficients: &[Scalar; ELEMENTS_PER_CELL],
    ) {
        of_form!(self, m => m.set_coefficients(row, coefficients));
    }

    /// A row that holds coefficients or residues, lowest first.
    pub(crate) fn coefficients(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        of_form!(self, m => m.coefficients(row))
    }

    /// Turns the values of cell `coset` into the residue that takes them, times 64.
    ///
    /// Cost: 192 multiplications.
    pub(crate) fn interpolate_cell(&mut self, row: usize, coset: usize) {
        of_form!(self, m => m.interpolate_cell(row, coset));
    }

    /// Turns a residue of cell `coset` into the cell's values. Cost: 192 multiplications.
    pub(crate) fn evaluate_cell(&mut self, row: usize, coset: usize) {
        of_form!(self, m => m.evaluate_cell(row, coset));
    }

    /// Turns residues, one a row, into the polynomial with those residues, times the number of rows,
    /// a power of two up to 128.
    ///
    /// The rows are the lowest descendants of node `coset`. Cost: 32 multiplications a row and level.
    pub(crate) fn interpolate_across(&mut self, rows: Range<usize>, coset: usize) {
        of_form!(self, m => m.interpolate_across(rows, coset));
    }

    /// Turns a polynomial into its residues at the descendants of node `coset`, one a row.
    ///
    /// Cost: 32 multiplications a row and level.
    pub(crate) fn evaluate_across(&mut self, rows: Range<usize>, coset: usize) {
        of_form!(self, m => m.evaluate_across(rows, coset));
    }

    /// Multiplies a row.
    pub(crate) fn scale(&mut self, row: usize, factor: Scalar) {
        of_form!(self, m => m.scale(row, factor));
    }
}

/// For each node the square root that halves it, and its inverse.
struct Halving {
    roots: Vec<Scalar>,
    inverses: Vec<Scalar>,
}

fn halving() -> &'static Halving {
    static HALVING: OnceLock<Halving> = OnceLock::new();
    HALVING.get_or_init(|| {
        let domain = Domain::of_size(TREE_ELEMENTS);
        let nodes = TREE_ELEMENTS / 2;
        let of = |list: &[Scalar]| {
            (0..nodes)
                .map(|node| list[bit_reverse(node, nodes)])
                .collect()
        };
        Halving {
            roots: of(domain.roots()),
            inverses: of(domain.inverse_roots()),
        }
    })
}

#[cfg(test)]
mod tests;
