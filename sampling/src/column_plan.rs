//! Which holder is asked for which columns next. Pure.

use std::collections::{BTreeMap, BTreeSet};

use weft_encoding::{COLUMNS, ColumnIndex};

use crate::{ColumnSet, Holder, Holders};

/// One request for columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    number: usize,
    /// Who is asked.
    pub of: Holder,
    /// For what.
    pub columns: Vec<ColumnIndex>,
}

/// The columns of a blob that were fetched, those that are expected, and the holders that were asked.
#[derive(Debug)]
pub struct ColumnPlan<'a> {
    holders: &'a Holders,
    wanted: ColumnSet,
    needed: usize,
    had: ColumnSet,
    /// The request that each column is expected from.
    expected: [Option<usize>; COLUMNS],
    tried: BTreeSet<(ColumnIndex, Holder)>,
    /// Holders that failed or are slow: asked only for columns that no other holder can give.
    avoided: BTreeSet<Holder>,
    asks: usize,
}

impl<'a> ColumnPlan<'a> {
    /// Any `needed` of the columns `wanted`.
    pub fn new(holders: &'a Holders, wanted: ColumnSet, needed: usize) -> Self {
        Self {
            holders,
            wanted,
            needed,
            had: ColumnSet::EMPTY,
            expected: [None; COLUMNS],
            tried: BTreeSet::new(),
            avoided: BTreeSet::new(),
            asks: 0,
        }
    }

    /// Changes the goal to any `needed` of the columns `wanted`. No holder is asked twice for a column.
    pub fn want(&mut self, wanted: ColumnSet, needed: usize) {
        self.wanted = wanted;
        self.needed = needed;
    }

    /// Records a verified column.
    pub fn has(&mut self, column: ColumnIndex) {
        self.had.insert(column);
    }

    /// Whether enough columns were fetched.
    pub fn is_enough(&self) -> bool {
        self.had.intersection(self.wanted).len() >= self.needed
    }

    /// The request has ended. Other holders are asked for the columns that it did not bring.
    pub fn ended(&mut self, ask: &Ask) {
        for column in &ask.columns {
            let expected = &mut self.expected[column.get()];
            if *expected == Some(ask.number) {
                *expected = None;
            }
        }
    }

    /// As [`ColumnPlan::ended`], and the holder is asked for more only as a last resort.
    pub fn failed(&mut self, ask: &Ask) {
        self.avoided.insert(ask.of);
        self.ended(ask);
    }

    /// The request takes long: as [`ColumnPlan::failed`], unless it has ended.
    pub fn slow(&mut self, ask: &Ask) {
        let mut expected = ask.columns.iter().map(|column| self.expected[column.get()]);
        if expected.any(|number| number == Some(ask.number)) {
            self.failed(ask);
        }
    }

    /// Requests for the columns that are neither fetched nor expected, as many as are needed, the
    /// lowest first: those are the data, and need no decoding. Empty if enough columns are fetched or
    /// expected, or if no holder is left to ask.
    pub fn next_asks(&mut self) -> Vec<Ask> {
        let open = self.wanted.difference(self.had);
        let is_expected = |column: &ColumnIndex| self.expected[column.get()].is_some();
        let expected = open.iter().filter(is_expected).count();
        let had = self.wanted.len() - open.len();
        let mut missing = self.needed.saturating_sub(had + expected);
        let mut by_holder: BTreeMap<Holder, Vec<ColumnIndex>> = BTreeMap::new();
        let mut chosen = ColumnSet::EMPTY;
        for last_resort in [false, true] {
            for column in open.iter() {
                let settled = self.expected[column.get()].is_some() || chosen.contains(column);
                if missing == 0 || settled {
                    continue;
                }
                if let Some(of) = self.next_holder(column, last_resort) {
                    chosen.insert(column);
                    self.tried.insert((column, of));
                    by_holder.entry(of).or_default().push(column);
                    missing -= 1;
                }
            }
        }
        let asks: Vec<Ask> = (self.asks..)
            .zip(by_holder)
            .map(|(number, (of, columns))| Ask {
                number,
                of,
                columns,
            })
            .collect();
        self.asks += asks.len();
        for ask in &asks {
            for column in &ask.columns {
                self.expected[column.get()] = Some(ask.number);
            }
        }
        asks
    }

    fn next_holder(&self, column: ColumnIndex, last_resort: bool) -> Option<Holder> {
        let mut holders = self.holders.of(column).iter().copied();
        holders.find(|of| {
            !self.tried.contains(&(column, *of)) && (last_resort || !self.avoided.contains(of))
        })
    }
}

#[cfg(test)]
mod tests;
