//! Splits a sequence of cells into values so that the file wastes little space.
//!
//! redb gives every value a run of 2^k pages of 4 KiB that holds the value *and* a few bytes of
//! its own. A column of 64 cells is exactly 128 KiB of cells, so as one value it would take 256
//! KiB. Cut into runs of 2^k - 1 cells (31, 15, 7, 3, 1) every value fills its run but for one
//! cell: 64 cells become 31 + 31 + 2 x 1, which is 136 KiB.
//!
//! A segment is keyed by its first cell, so one cell is found by one lookup without knowing how
//! many there are.

use weft_encoding::CELL_BYTES;

/// Cells in the longest segment.
const MAX_SEGMENT_CELLS: usize = 31;

/// The segments of `cells` cells: first cell, and number of cells.
pub(super) fn segments(cells: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let rest = cells - first;
        if rest == 0 {
            return None;
        }
        let count = ((1 << (rest + 1).ilog2()) - 1).min(MAX_SEGMENT_CELLS);
        let segment = (first, count);
        first += count;
        Some(segment)
    })
}

/// The segments of a whole number of cells: first cell, and the bytes.
pub(super) fn segments_of(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    segments(bytes.len() / CELL_BYTES).map(|(first, count)| {
        (
            first,
            &bytes[first * CELL_BYTES..(first + count) * CELL_BYTES],
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cover_every_line_once() {
        for cells in 0..=64 {
            let mut next = 0;
            for (first, count) in segments(cells) {
                assert_eq!(first, next);
                assert!((count + 1).is_power_of_two() && count <= MAX_SEGMENT_CELLS);
                next += count;
            }
            assert_eq!(next, cells);
        }
    }

    #[test]
    fn a_full_column_wastes_little() {
        let taken: usize = segments(64)
            .map(|(_, count)| (count * CELL_BYTES + 64).next_power_of_two())
            .sum();
        assert_eq!(taken, 136 * 1024);
    }
}
