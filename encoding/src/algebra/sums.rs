//! Sums over lists of points, all lists at once: each round adds neighbours in pairs.
//!
//! ```text
//!   list 0   a b c d e        ab  cd  e        abcd  e        abcde
//!   list 1   f g         ->   fg           ->           ->
//! ```
//!
//! All additions of a round are one batch of [`add_pairs`].

use super::affine::{Affine, NEGATED, Pair, Products, add_pairs};
use super::lanes::Lanes;

/// Lists of points that are being summed.
pub(super) struct Sums<L: Lanes> {
    /// All points that occur, first those of the first round.
    pool: Vec<Affine<L>>,
    /// Places in `pool`, list after list.
    entries: Vec<u32>,
    /// How many entries each list has.
    lengths: Vec<usize>,
    pairs: Vec<Pair>,
    products: Products<L>,
}

impl<L: Lanes> Sums<L> {
    pub(super) fn new() -> Self {
        Self {
            pool: Vec::new(),
            entries: Vec::new(),
            lengths: Vec::new(),
            pairs: Vec::new(),
            products: Products::new(),
        }
    }

    /// The sum of each list of places in `points`, which may ask for opposites; `lengths` cuts
    /// `entries` into lists. No points at all sum to infinity.
    pub(super) fn of_lists(
        &mut self,
        points: &[Affine<L>],
        entries: &[u32],
        lengths: &[usize],
        out: &mut Vec<Affine<L>>,
    ) {
        self.pool.clear();
        self.lengths.clear();
        self.lengths.extend_from_slice(lengths);
        self.entries.clear();
        self.entries.extend_from_slice(entries);
        self.pair_up(0);
        self.pool.resize(self.pairs.len(), Affine::default());
        add_pairs(points, &self.pairs, &mut self.pool, &mut self.products);
        self.take_up_singles(points);
        while self.lengths.iter().any(|length| *length > 1) {
            self.halve();
        }
        self.results(out);
    }

    /// `sum_v (v + 1) points_v` of each list of `2^bits` points, as `bits + 1` points each: the sum
    /// of all, then for each bit, lowest first, the sum of those `points_v` whose `v` has it.
    ///
    /// About two additions a point. `out` gets the sums of all lists, then all lists' lowest bit,
    /// and so on.
    pub(super) fn of_bits(&mut self, points: &[Affine<L>], bits: usize, out: &mut Vec<Affine<L>>) {
        let lists = points.len() >> bits;
        self.pool.clear();
        self.pool.extend_from_slice(points);
        self.entries.clear();
        self.entries
            .extend(0..u32::try_from(points.len()).expect("far fewer points than 2^32"));
        self.lengths.clear();
        self.lengths.resize(lists, 1 << bits);
        for bit in 0..bits {
            // The list of all points has become that of the sums over `2^bit` neighbours.
            let length = 1 << (bits - bit);
            for list in 0..lists {
                let odd = (list * length + 1..(list + 1) * length).step_by(2);
                self.lengths.push(odd.len());
                for place in odd {
                    self.entries.push(self.entries[place]);
                }
            }
            self.halve();
        }
        self.results(out);
    }

    /// One round.
    fn halve(&mut self) {
        let first = self.pool.len();
        self.pair_up(u32::try_from(first).expect("far fewer points than 2^32"));
        self.pool
            .resize(first + self.pairs.len(), Affine::default());
        let (points, out) = self.pool.split_at_mut(first);
        add_pairs(points, &self.pairs, out, &mut self.products);
    }

    /// Takes pairs of neighbours out of every list and puts the places of their sums, which begin
    /// at `first`; what is left over stays.
    fn pair_up(&mut self, first: u32) {
        self.pairs.clear();
        let (mut read, mut write, mut sum) = (0, 0, first);
        for length in &mut self.lengths {
            let end = read + *length;
            while read + 1 < end {
                self.pairs
                    .push([self.entries[read], self.entries[read + 1]]);
                self.entries[write] = sum;
                (read, write, sum) = (read + 2, write + 1, sum + 1);
            }
            if read < end {
                self.entries[write] = self.entries[read];
                // In the first round this is a place among other points.
                if first == 0 {
                    self.entries[write] |= SINGLE;
                }
                (read, write) = (read + 1, write + 1);
            }
            *length = length.div_ceil(2);
        }
        self.entries.truncate(write);
    }

    /// Copies what the first round left over.
    fn take_up_singles(&mut self, points: &[Affine<L>]) {
        for entry in &mut self.entries {
            if *entry & SINGLE == 0 {
                continue;
            }
            let point = points[(*entry & !(SINGLE | NEGATED)) as usize];
            let negated = *entry & NEGATED != 0;
            *entry = u32::try_from(self.pool.len()).expect("far fewer points than 2^32");
            self.pool
                .push(if negated { point.negated() } else { point });
        }
    }

    fn results(&self, out: &mut Vec<Affine<L>>) {
        let mut place = 0;
        for length in &self.lengths {
            out.push(match length {
                0 => Affine::default(),
                _ => self.pool[self.entries[place] as usize],
            });
            place += length;
        }
    }
}

/// Bit of an entry that is a place among the points of the first round.
const SINGLE: u32 = 1 << 30;
