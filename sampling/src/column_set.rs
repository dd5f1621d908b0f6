//! A set of columns as a bitmap.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{COLUMNS, ColumnIndex};

/// A set of column indices; bit `c` stands for column `c`.
///
/// 16 bytes, little-endian, on the wire. Every bit pattern is a valid set.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct ColumnSet(u128);

impl ColumnSet {
    /// The set without columns.
    pub const EMPTY: Self = Self(0);
    /// All 128 columns.
    pub const ALL: Self = Self(u128::MAX);

    /// Adds a column; answers whether it was absent.
    pub fn insert(&mut self, column: ColumnIndex) -> bool {
        let bit = Self::bit(column);
        let absent = self.0 & bit == 0;
        self.0 |= bit;
        absent
    }

    /// Removes a column; answers whether it was present.
    pub fn remove(&mut self, column: ColumnIndex) -> bool {
        let bit = Self::bit(column);
        let present = self.0 & bit != 0;
        self.0 &= !bit;
        present
    }

    /// Whether the column is in the set.
    pub fn contains(self, column: ColumnIndex) -> bool {
        self.0 & Self::bit(column) != 0
    }

    /// How many columns are in the set, 0 to 128.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the set has no columns.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The columns that are in either set.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The columns that are in both sets.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The columns of this set that are not in the other.
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The columns in ascending order.
    pub fn iter(self) -> ColumnSetIter {
        ColumnSetIter(self.0)
    }

    fn bit(column: ColumnIndex) -> u128 {
        1 << column.get()
    }
}

/// The columns of a [`ColumnSet`] in ascending order.
#[derive(Clone, Debug)]
pub struct ColumnSetIter(u128);

impl Iterator for ColumnSetIter {
    type Item = ColumnIndex;

    fn next(&mut self) -> Option<ColumnIndex> {
        let lowest = self.0.trailing_zeros() as usize;
        let column = ColumnIndex::new(lowest).ok()?;
        self.0 &= self.0 - 1;
        Some(column)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.count_ones() as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for ColumnSetIter {}

impl IntoIterator for ColumnSet {
    type Item = ColumnIndex;
    type IntoIter = ColumnSetIter;

    fn into_iter(self) -> ColumnSetIter {
        self.iter()
    }
}

impl FromIterator<ColumnIndex> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = ColumnIndex>>(columns: I) -> Self {
        let mut set = Self::EMPTY;
        for column in columns {
            set.insert(column);
        }
        set
    }
}

impl Extend<ColumnIndex> for ColumnSet {
    fn extend<I: IntoIterator<Item = ColumnIndex>>(&mut self, columns: I) {
        for column in columns {
            self.insert(column);
        }
    }
}

impl fmt::Debug for ColumnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnSet({}/{COLUMNS}: {:032x})", self.len(), self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn holds_exactly_what_was_inserted() {
        let picked = [0usize, 1, 63, 64, 127];
        let mut set = ColumnSet::EMPTY;
        for &c in &picked {
            assert!(set.insert(ColumnIndex::new(c).unwrap()));
            assert!(!set.insert(ColumnIndex::new(c).unwrap()));
        }
        assert_eq!(set.iter().map(ColumnIndex::get).collect::<Vec<_>>(), picked);
        assert_eq!(set.iter().len(), 5);
        assert!(set.remove(ColumnIndex::new(63).unwrap()));
        assert!(!set.remove(ColumnIndex::new(63).unwrap()));
        assert_eq!(set.len(), 4);
        assert_eq!(set.iter().collect::<ColumnSet>(), set);
    }

    #[test]
    fn set_algebra_agrees_with_membership() {
        let even: ColumnSet = ColumnIndex::all().filter(|c| c.get() % 2 == 0).collect();
        let low: ColumnSet = ColumnIndex::all().filter(|c| c.get() < 64).collect();
        for c in ColumnIndex::all() {
            let (e, l) = (even.contains(c), low.contains(c));
            assert_eq!(even.union(low).contains(c), e || l);
            assert_eq!(even.intersection(low).contains(c), e && l);
            assert_eq!(even.difference(low).contains(c), e && !l);
        }
        assert_eq!(ColumnSet::ALL.iter().count(), COLUMNS);
        assert_eq!(ColumnSet::EMPTY.iter().next(), None);
    }

    #[test]
    fn the_wire_form_is_sixteen_bytes_little_endian() {
        let set: ColumnSet = [0usize, 9]
            .map(|c| ColumnIndex::new(c).unwrap())
            .into_iter()
            .collect();
        let bytes = borsh::to_vec(&set).unwrap();
        assert_eq!(bytes, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(borsh::from_slice::<ColumnSet>(&bytes).unwrap(), set);
    }
}
