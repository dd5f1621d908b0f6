//! The matrix with eight elements to a vector of AVX-512, multiplied by its 52-bit IFMA.
//!
//! ```text
//!   row of values        vector i, lane j: element 8 j + i      the three lowest levels join vectors
//!   row of coefficients  vector i, lane j: element 8 i + j      so do all others
//! ```
//!
//! Bounds, in multiples of r. A product is below 2: `x w / 2^260 + r` with x < 35 and w < 1. Down
//! the tree a level adds at most 2 to a bound, 13 levels 26. Up the tree a level doubles it, and sums
//! that could not be operands any more are reduced. Each row's bound is known, so a row is reduced
//! only where what follows asks for it.
//!
//! Source: D. Harvey, "Faster arithmetic for number-theoretic transforms" (2014), for the reductions
//! left out.

use std::arch::x86_64::__m512i;
use std::ops::Range;
use std::sync::OnceLock;

use super::halving;
use crate::algebra::Scalar;
use crate::{COLUMNS, ELEMENTS_PER_CELL};

mod elements;
mod layout;

use elements::{
    LANES, LARGEST, LARGEST_OPERAND, LIMBS, OPERAND_R, REDUCED, TWICE_R, Vector, add, broadcast,
    carry, constant, minus, multiply, reduce,
};
use layout::{load, store, transpose};

/// Levels of the tree inside of a cell.
const CELL_LEVELS: usize = ELEMENTS_PER_CELL.ilog2() as usize;

/// 64 elements.
type Row = [Vector; ELEMENTS_PER_CELL / LANES];

#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    rows: Vec<Row>,
    /// Each row's elements are below this multiple of r.
    bounds: Vec<usize>,
}

/// Constants of the multiplication, in 52-bit limbs and times 2^260.
struct Tables {
    down: Halvings,
    up: Halvings,
}

/// The roots that halve nodes.
struct Halvings {
    /// Of the nodes of at least 16 elements: one for a whole vector.
    uniform: Vec<[u64; LIMBS]>,
    /// Of each cell's nodes of 8, 4 and 2 elements: for lane j those below its node of 8.
    by_lane: Vec<[Vector; 7]>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        down: halvings(&halving().roots),
        up: halvings(&halving().inverses),
    })
}

fn halvings(roots: &[Scalar]) -> Halvings {
    let constants: Vec<[u64; LIMBS]> = roots.iter().map(|root| constant(*root)).collect();
    let lanes = |node: &dyn Fn(usize) -> usize| -> Vector {
        std::array::from_fn(|limb| {
            let lanes: [u64; LANES] = std::array::from_fn(|lane| constants[node(lane)][limb]);
            // SAFETY: both types are 64 bytes without padding, and any bits are valid.
            unsafe { std::mem::transmute::<[u64; LANES], __m512i>(lanes) }
        })
    };
    Halvings {
        by_lane: (0..COLUMNS)
            .map(|cell| {
                std::array::from_fn(|place| {
                    // 1, 2 and 4 nodes of a lane, from place 0, 1 and 3 on.
                    let nodes = 1 << (place + 1).ilog2();
                    lanes(&|lane| nodes * (LANES * cell + lane) + place + 1 - nodes)
                })
            })
            .collect(),
        uniform: constants[..roots.len() / 8].to_vec(),
    }
}

impl Matrix {
    /// `None` if the processor lacks the instructions. Every other function relies on that.
    pub(super) fn zeros(rows: usize) -> Option<Self> {
        let usable = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512ifma");
        // SAFETY: all bits zero are a valid vector.
        let zero: __m512i = unsafe { std::mem::zeroed() };
        usable.then(|| Self {
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

    pub(super) fn set_values(&mut self, row: usize, values: &[Scalar; ELEMENTS_PER_CELL]) {
        self.bounds[row] = 1;
        // SAFETY: the processor has the instructions, or there were no matrix.
        unsafe { load(&mut self.rows[row], values, 1, LANES) }
    }

    pub(super) fn values(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        let mut out = [Scalar::ZERO; ELEMENTS_PER_CELL];
        // SAFETY: as in `set_values`.
        unsafe { store(&self.rows[row], &mut out, 1, LANES) };
        out
    }

    pub(super) fn set_coefficients(
        &mut self,
        row: usize,
        coefficients: &[Scalar; ELEMENTS_PER_CELL],
    ) {
        self.bounds[row] = 1;
        // SAFETY: as in `set_values`.
        unsafe { load(&mut self.rows[row], coefficients, LANES, 1) }
    }

    pub(super) fn coefficients(&self, row: usize) -> [Scalar; ELEMENTS_PER_CELL] {
        let mut out = [Scalar::ZERO; ELEMENTS_PER_CELL];
        // SAFETY: as in `set_values`.
        unsafe { store(&self.rows[row], &mut out, LANES, 1) };
        out
    }

    pub(super) fn interpolate_cell(&mut self, row: usize, coset: usize) {
        self.limit(row..row + 1, REDUCED);
        self.bounds[row] = REDUCED;
        // SAFETY: as in `set_values`.
        unsafe { interpolate_cell(&mut self.rows[row], coset, &tables().up) }
    }

    pub(super) fn evaluate_cell(&mut self, row: usize, coset: usize) {
        self.limit(row..row + 1, LARGEST - REDUCED * CELL_LEVELS);
        self.bounds[row] += REDUCED * CELL_LEVELS;
        // SAFETY: as in `set_values`.
        unsafe { evaluate_cell(&mut self.rows[row], coset, &tables().down) }
    }

    pub(super) fn interpolate_across(&mut self, rows: Range<usize>, coset: usize) {
        self.limit(rows.clone(), REDUCED);
        // SAFETY: as in `set_values`.
        let bound =
            unsafe { interpolate_across(&mut self.rows[rows.clone()], coset, &tables().up) };
        self.bounds[rows].fill(bound);
    }

    pub(super) fn evaluate_across(&mut self, rows: Range<usize>, coset: usize) {
        let levels = rows.len().ilog2() as usize;
        self.limit(rows.clone(), REDUCED);
        // SAFETY: as in `set_values`.
        unsafe { evaluate_across(&mut self.rows[rows.clone()], coset, &tables().down) }
        self.bounds[rows].fill(REDUCED + REDUCED * levels);
    }

    pub(super) fn scale(&mut self, row: usize, factor: Scalar) {
        self.bounds[row] = REDUCED;
        // SAFETY: as in `set_values`.
        unsafe { scale(&mut self.rows[row], &constant(factor)) }
    }
}

/// Six levels up from a bound of 2 to one of 2; sums grow to 16 before they are reduced.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn interpolate_cell(row: &mut Row, coset: usize, up: &Halvings) {
    let by_lane = &up.by_lane[coset];
    for i in [0, 2, 4, 6] {
        join(row, i, i + 1, &by_lane[3 + i / 2], false);
    }
    for (i, root) in [(0, 1), (1, 1), (4, 2), (5, 2)] {
        join(row, i, i + 2, &by_lane[root], false);
    }
    for i in 0..4 {
        join(row, i, i + 4, &by_lane[0], true);
    }
    transpose(row);
    for node in 0..4 {
        let root = broadcast(&up.uniform[4 * coset + node]);
        join(row, 2 * node, 2 * node + 1, &root, false);
    }
    for node in 0..2 {
        let root = broadcast(&up.uniform[2 * coset + node]);
        join(row, 4 * node, 4 * node + 2, &root, false);
        join(row, 4 * node + 1, 4 * node + 3, &root, false);
    }
    let root = broadcast(&up.uniform[coset]);
    for i in 0..4 {
        join(row, i, i + 4, &root, true);
    }
}

/// Six levels down: 2 are added to the bound for each.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn evaluate_cell(row: &mut Row, coset: usize, down: &Halvings) {
    let root = broadcast(&down.uniform[coset]);
    for i in 0..4 {
        part(row, i, i + 4, &root);
    }
    for node in 0..2 {
        let root = broadcast(&down.uniform[2 * coset + node]);
        part(row, 4 * node, 4 * node + 2, &root);
        part(row, 4 * node + 1, 4 * node + 3, &root);
    }
    for node in 0..4 {
        let root = broadcast(&down.uniform[4 * coset + node]);
        part(row, 2 * node, 2 * node + 1, &root);
    }
    transpose(row);
    let by_lane = &down.by_lane[coset];
    for i in 0..4 {
        part(row, i, i + 4, &by_lane[0]);
    }
    for (i, root) in [(0, 1), (1, 1), (4, 2), (5, 2)] {
        part(row, i, i + 2, &by_lane[root]);
    }
    for i in [0, 2, 4, 6] {
        part(row, i, i + 1, &by_lane[3 + i / 2]);
    }
}

/// Up from a bound of 2, to that which is returned.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn interpolate_across(rows: &mut [Row], coset: usize, up: &Halvings) -> usize {
    let mut nodes = rows.len() / 2;
    let mut bound = REDUCED;
    while nodes > 0 {
        let sums_reduced = 2 * bound > LARGEST_OPERAND;
        bound = if sums_reduced { REDUCED } else { 2 * bound };
        let len = rows.len() / nodes;
        for (node, rows) in rows.chunks_exact_mut(len).enumerate() {
            let node = coset * nodes + node;
            let root = broadcast(&up.uniform[node]);
            let (low, high) = rows.split_at_mut(len / 2);
            for (a, b) in low
                .as_flattened_mut()
                .iter_mut()
                .zip(high.as_flattened_mut())
            {
                let (sum, difference) = (add(a, b), minus(a, b, &OPERAND_R));
                *a = if sums_reduced { reduce(&sum) } else { sum };
                *b = if node == 0 {
                    reduce(&difference)
                } else {
                    multiply(&carry(&difference), &root)
                };
            }
        }
        nodes /= 2;
    }
    bound
}

/// Down: 2 are added to the bound for each level.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn evaluate_across(rows: &mut [Row], coset: usize, down: &Halvings) {
    let mut nodes = 1;
    while nodes < rows.len() {
        let len = rows.len() / nodes;
        for (node, rows) in rows.chunks_exact_mut(len).enumerate() {
            let node = coset * nodes + node;
            let root = broadcast(&down.uniform[node]);
            let (low, high) = rows.split_at_mut(len / 2);
            for (a, b) in low
                .as_flattened_mut()
                .iter_mut()
                .zip(high.as_flattened_mut())
            {
                let scaled = if node == 0 {
                    reduce(b)
                } else {
                    multiply(&carry(b), &root)
                };
                (*a, *b) = (add(a, &scaled), minus(a, &scaled, &TWICE_R));
            }
        }
        nodes *= 2;
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn scale(row: &mut Row, factor: &[u64; LIMBS]) {
    let factor = broadcast(factor);
    for vector in row {
        *vector = multiply(&carry(vector), &factor);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn reduce_row(row: &mut Row) {
    for vector in row {
        *vector = reduce(vector);
    }
}

/// Up one level: two halves of a node become the node.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn join(row: &mut Row, low: usize, high: usize, root: &Vector, sums_reduced: bool) {
    let (a, b) = (row[low], row[high]);
    let sum = add(&a, &b);
    row[low] = if sums_reduced { reduce(&sum) } else { sum };
    row[high] = multiply(&carry(&minus(&a, &b, &OPERAND_R)), root);
}

/// Down one level: a node falls into two halves.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn part(row: &mut Row, low: usize, high: usize, root: &Vector) {
    let scaled = multiply(&carry(&row[high]), root);
    let a = row[low];
    row[low] = add(&a, &scaled);
    row[high] = minus(&a, &scaled, &TWICE_R);
}
