//! Sums of scalar multiples of up to a few hundred points, some of which may be known beforehand.
//!
//! Both [`halves`] of a scalar are written with odd digits of `w` bits, of which any two are at least
//! `w` bits apart (the non-adjacent form of width `w`). So a half has one digit in `w + 1` bits, each
//! of which asks for an odd multiple of its point:
//!
//! ```text
//!   points ── P, 3 P, 5 P .. ───────────────.
//!                                           v
//!   scalars ── halves ── digits ──> for each bit a list of multiples ── sums in pairs ──> one point
//!                                                                                            │
//!                                              the sum <── 128 doublings ── lambda times ────┘
//! ```
//!
//! Against buckets there is nothing to add for each window, and points that are known have more
//! multiples, made once. Source of the form: Solinas, "Efficient arithmetic on Koblitz curves" (2000).

use super::affine::{Affine, NEGATED, Pair, Products, add_pairs, export_all, import};
use super::endomorphism::{halves, times_lambda};
use super::jacobian::shifted;
use super::lanes::{Lanes, Word};
use super::msm::msm;
use super::sums::Sums;
use super::{G1, G1Affine, Scalar};

#[cfg(target_arch = "x86_64")]
use super::lanes::{Fma, Ifma};

/// Bits at which a half has a digit: 128, and one for the carry.
const BITS: usize = 129;

/// Width of the digits for points that are not known beforehand: eight multiples.
const WIDTH: usize = 5;

/// Width of the digits for known points: 32 multiples.
const KNOWN_WIDTH: usize = 7;

/// From so many points on, buckets need fewer additions.
pub(super) const TOO_MANY: usize = 200;

/// `sum scalars[i] * points[i]`; any points of the subgroup, as many scalars.
///
/// Cost: 51 affine additions a point, 128 doublings.
pub(super) fn sum<L: Lanes>(points: &[G1Affine], scalars: &[Scalar]) -> G1 {
    sum_with(&Multiples::<L>::empty(), &[], points, scalars)
}

/// Points known beforehand, with their odd multiples.
pub(crate) struct KnownPoints(Tables);

enum Tables {
    #[cfg(target_arch = "x86_64")]
    Ifma(Multiples<Ifma>),
    #[cfg(target_arch = "x86_64")]
    Fma(Multiples<Fma>),
    Word(Multiples<Word>),
}

impl KnownPoints {
    /// Points of the subgroup. Cost: 33 additions a point; memory: 4 KiB each.
    pub(crate) fn new(points: &[G1Affine]) -> Self {
        #[cfg(target_arch = "x86_64")]
        if Ifma::is_available() {
            return Self(Tables::Ifma(Multiples::new(points, KNOWN_WIDTH)));
        } else if Fma::is_available() {
            return Self(Tables::Fma(Multiples::new(points, KNOWN_WIDTH)));
        }
        Self(Tables::Word(Multiples::new(points, KNOWN_WIDTH)))
    }

    /// `sum known_scalars[i] * known[i] + sum scalars[j] * points[j]`, in one; known points without a
    /// scalar are left out.
    ///
    /// The points are of the subgroup; infinity and zero scalars are allowed. Cost: 32 affine
    /// additions for a known point and 51 for another, 128 doublings.
    ///
    /// # Panics
    /// If there are more scalars than known points, or not one for each other point.
    pub(crate) fn sum_with(
        &self,
        known_scalars: &[Scalar],
        points: &[G1Affine],
        scalars: &[Scalar],
    ) -> G1 {
        if points.len() >= TOO_MANY {
            return self.sum_with(known_scalars, &[], &[]) + msm(points, scalars);
        }
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Tables::Ifma(known) => sum_with(known, known_scalars, points, scalars),
            #[cfg(target_arch = "x86_64")]
            Tables::Fma(known) => sum_with(known, known_scalars, points, scalars),
            Tables::Word(known) => sum_with(known, known_scalars, points, scalars),
        }
    }
}

/// Doubles of all points, then the points, then three times the points, five times and so on.
struct Multiples<L: Lanes> {
    table: Vec<Affine<L>>,
    points: usize,
    width: usize,
}

impl<L: Lanes> Multiples<L> {
    fn empty() -> Self {
        Self {
            table: Vec::new(),
            points: 0,
            width: KNOWN_WIDTH,
        }
    }

    fn new(points: &[G1Affine], width: usize) -> Self {
        let points = import::<L>(points);
        let (count, multiples) = (points.len(), 1 << (width - 2));
        let mut table = Vec::with_capacity((multiples + 1) * count);
        table.extend(shifted(&points, 1));
        table.extend(points);
        let mut products = Products::new();
        for multiple in 1..multiples {
            let pairs: Vec<Pair> = (0..count)
                .map(|i| [place(i), place(multiple * count + i)])
                .collect();
            let known = table.len();
            table.resize(known + count, Affine::default());
            let (known, next) = table.split_at_mut(known);
            add_pairs(known, &pairs, next, &mut products);
        }
        Self {
            table,
            points: count,
            width,
        }
    }

    /// For each digit of each scalar its list and the place of the multiple, tables beginning at
    /// `first`. There is a list for each bit of the low halves, then one for each of the high ones.
    fn terms(&self, scalars: &[Scalar], first: usize, terms: &mut Vec<(usize, u32)>) {
        for (point, scalar) in scalars.iter().enumerate() {
            let (low, high) = halves(*scalar);
            for (half, value) in [low, high].into_iter().enumerate() {
                digits(value, self.width, |bit, digit| {
                    let multiple = digit.unsigned_abs().div_ceil(2) as usize;
                    let place = place(first + multiple * self.points + point);
                    let sign = if digit < 0 { NEGATED } else { 0 };
                    terms.push((half * BITS + bit, place | sign));
                });
            }
        }
    }
}

fn place(place: usize) -> u32 {
    u32::try_from(place).expect("tables are far below 2^30 points")
}

fn sum_with<L: Lanes>(
    known: &Multiples<L>,
    known_scalars: &[Scalar],
    points: &[G1Affine],
    scalars: &[Scalar],
) -> G1 {
    assert!(
        known_scalars.len() <= known.points && scalars.len() == points.len(),
        "each scalar has its point"
    );
    let others = Multiples::<L>::new(points, WIDTH);
    let mut terms = Vec::with_capacity(BITS / 3 * (known_scalars.len() + scalars.len()));
    known.terms(known_scalars, 0, &mut terms);
    others.terms(scalars, known.table.len(), &mut terms);
    let (entries, lengths) = lists(&terms);

    let mut sums = Sums::<L>::new();
    let mut parts = Vec::with_capacity(lengths.len());
    let table = [&known.table[..], &others.table].concat();
    sums.of_lists(&table, &entries, &lengths, &mut parts);

    let mut parts = export_all(&parts);
    for high in &mut parts[BITS..] {
        *high = times_lambda(high);
    }
    let pairs: Vec<Pair> = (0..BITS)
        .map(|bit| [place(bit), place(BITS + bit)])
        .collect();
    let mut both = vec![Affine::<L>::default(); BITS];
    add_pairs(&import(&parts), &pairs, &mut both, &mut Products::new());
    export_all(&both)
        .iter()
        .rev()
        .fold(G1::infinity(), |sum, part| sum.double().add_affine(part))
}

/// The terms' places, list after list, and how many each list has.
fn lists(terms: &[(usize, u32)]) -> (Vec<u32>, Vec<usize>) {
    let mut lengths = vec![0; 2 * BITS];
    for (list, _) in terms {
        lengths[*list] += 1;
    }
    let mut next: Vec<usize> = lengths
        .iter()
        .scan(0, |end, length| {
            *end += length;
            Some(*end - length)
        })
        .collect();
    let mut entries = vec![0; terms.len()];
    for (list, place) in terms {
        entries[next[*list]] = *place;
        next[*list] += 1;
    }
    (entries, lengths)
}

/// Calls `digit` with `(bit, d)` for each digit, lowest first: `value = sum d 2^bit`, `d` odd and
/// below `2^(width-1)` in absolute value. A digit of bit 128 is the carry.
fn digits(value: u128, width: usize, mut digit: impl FnMut(usize, i32)) {
    let mut carry = 0;
    let mut bit = 0;
    while bit < BITS {
        let rest = if bit < 128 { value >> bit } else { 0 };
        // As long as the bits are the carry's, the digits are zero.
        let equal = match carry {
            0 => rest.trailing_zeros(),
            _ => rest.trailing_ones(),
        } as usize;
        if equal > 0 {
            bit += equal;
            continue;
        }
        #[allow(clippy::cast_possible_truncation, reason = "a few bits are left")]
        let window = (rest & ((1 << width) - 1)) as i32 + carry;
        carry = window >> (width - 1);
        digit(bit, window - (carry << width));
        bit += width;
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::msm::tests::{naive, pairs};

    /// Infinity, zero, equal and opposite points are among the pairs, known and not.
    fn agree<L: Lanes>() {
        let seed = 19;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for (known, others) in [(0, 0), (0, 1), (1, 0), (2, 3), (0, 70), (64, 2), (40, 90)] {
            let (points, scalars) = pairs(&mut rng, known + others);
            let table = Multiples::<L>::new(&points[..known], KNOWN_WIDTH);
            let found = sum_with(
                &table,
                &scalars[..known],
                &points[known..],
                &scalars[known..],
            );
            assert_eq!(found, naive(&points, &scalars), "{known} and {others}");
            assert_eq!(sum::<L>(&points, &scalars), found, "{known} and {others}");
        }
        let (points, scalars) = pairs(&mut rng, 50);
        for (point, scalar) in points.iter().zip(scalars) {
            let (equal, scalars) = ([*point; 30], [scalar; 30]);
            let table = Multiples::<L>::new(&equal[..20], KNOWN_WIDTH);
            let found = sum_with(&table, &scalars[..20], &equal[20..], &scalars[20..]);
            assert_eq!(found, naive(&equal, &scalars));
            let opposite = (-point.to_jacobian()).to_affine();
            let cancelling = [*point, opposite, *point, opposite];
            assert!(sum::<L>(&cancelling, &scalars[..4]).is_infinity());
        }
        let infinite = [G1Affine::infinity(); 5];
        assert!(sum::<L>(&infinite, &[-Scalar::ONE; 5]).is_infinity());
    }

    #[test]
    fn agrees_with_one_multiplication_after_another() {
        with_all_lanes!(L => agree::<L>());
    }

    #[test]
    fn many_points_beside_known_ones_sum_as_well() {
        let seed = 20;
        println!("seed {seed}");
        let (points, scalars) = pairs(&mut ChaCha20Rng::seed_from_u64(seed), TOO_MANY + 10);
        let found =
            KnownPoints::new(&points[..10]).sum_with(&scalars[..10], &points[10..], &scalars[10..]);
        assert_eq!(found, naive(&points, &scalars));
    }

    #[test]
    fn digits_are_odd_and_apart_and_add_up() {
        let seed = 21;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let edges = [
            0,
            1,
            2,
            3,
            u128::MAX,
            u128::MAX - 1,
            1 << 127,
            u128::MAX << 64,
            0x5555 << 112,
        ];
        let random: Vec<u128> = (0..1000).map(|_| rng.random()).collect();
        for value in edges.into_iter().chain(random) {
            for width in [WIDTH, KNOWN_WIDTH] {
                let mut sum = Scalar::ZERO;
                let mut free = 0;
                digits(value, width, |bit, digit| {
                    assert!(bit >= free && bit < BITS);
                    free = bit + width;
                    assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (width - 1));
                    let power = (0..bit).fold(Scalar::ONE, |power, _| power + power);
                    let term = Scalar::from_u64(u64::from(digit.unsigned_abs())) * power;
                    sum += if digit < 0 { -term } else { term };
                });
                assert_eq!(sum, Scalar::from_bytes_be_reduced(&value.to_be_bytes()));
            }
        }
    }
}
