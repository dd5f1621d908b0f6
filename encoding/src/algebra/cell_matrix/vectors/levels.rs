//! Rows up and down the tree.

use super::elements::{
    LARGEST_OPERAND, LIMBS, OPERAND_R, REDUCED, TWICE_R, Vector, add, broadcast, carry, minus,
    multiply, reduce,
};
use super::halvings::Halvings;
use super::layout::{Row, transpose};

/// Six levels up from a bound of 2 to one of 2; sums grow to 16 before they are reduced.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn interpolate_cell(row: &mut Row, coset: usize, up: &Halvings) {
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
pub(super) fn evaluate_cell(row: &mut Row, coset: usize, down: &Halvings) {
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
pub(super) fn interpolate_across(rows: &mut [Row], coset: usize, up: &Halvings) -> usize {
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
pub(super) fn evaluate_across(rows: &mut [Row], coset: usize, down: &Halvings) {
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
pub(super) fn scale(row: &mut Row, factor: &[u64; LIMBS]) {
    let factor = broadcast(factor);
    for vector in row {
        *vector = multiply(&carry(vector), &factor);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn reduce_row(row: &mut Row) {
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
