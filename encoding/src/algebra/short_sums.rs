//! Sums of scalar multiples of up to a few hundred points.
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
//! Against buckets there is nothing to add for each window. Source of the form: Solinas, "Efficient
//! arithmetic on Koblitz curves" (2000).

use super::affine::{Affine, NEGATED, Pair, Products, add_pairs, export_all, import};
use super::endomorphism::{halves, times_lambda};
use super::jacobian::shifted;
use super::lanes::Lanes;
use super::sums::Sums;
use super::{G1, G1Affine, Scalar};

/// Bits at which a half has a digit: 128, and one for the carry.
const BITS: usize = 129;

/// Width of the digits: eight multiples of each point.
const WIDTH: usize = 5;

/// The odd multiples of a point that digits ask for.
const MULTIPLES: usize = 1 << (WIDTH - 2);

/// From so many points on, buckets need fewer additions.
pub(super) const TOO_MANY: usize = 200;

/// `sum scalars[i] * points[i]`; any points of the subgroup, as many scalars.
///
/// Cost: 51 affine additions a point, 128 doublings.
pub(super) fn sum<L: Lanes>(points: &[G1Affine], scalars: &[Scalar]) -> G1 {
    let (entries, lengths) = lists(&terms(scalars));
    let mut parts = Vec::with_capacity(lengths.len());
    Sums::<L>::new().of_lists(&multiples(points), &entries, &lengths, &mut parts);

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

/// Doubles of all points, then the points, then three times the points, five times and so on.
fn multiples<L: Lanes>(points: &[G1Affine]) -> Vec<Affine<L>> {
    let points = import::<L>(points);
    let count = points.len();
    let mut table = Vec::with_capacity((MULTIPLES + 1) * count);
    table.extend(shifted(&points, 1));
    table.extend(points);
    let mut products = Products::new();
    for multiple in 1..MULTIPLES {
        let pairs: Vec<Pair> = (0..count)
            .map(|i| [place(i), place(multiple * count + i)])
            .collect();
        let known = table.len();
        table.resize(known + count, Affine::default());
        let (known, next) = table.split_at_mut(known);
        add_pairs(known, &pairs, next, &mut products);
    }
    table
}

/// For each digit of each scalar its list and the place among the [`multiples`]. There is a list for
/// each bit of the low halves, then one for each of the high ones.
fn terms(scalars: &[Scalar]) -> Vec<(usize, u32)> {
    let digits_of_half = BITS.div_ceil(WIDTH + 1);
    let mut terms = Vec::with_capacity(2 * digits_of_half * scalars.len());
    for (point, scalar) in scalars.iter().enumerate() {
        let (low, high) = halves(*scalar);
        for (half, value) in [low, high].into_iter().enumerate() {
            digits(value, |bit, digit| {
                let multiple = digit.unsigned_abs().div_ceil(2) as usize;
                let place = place(multiple * scalars.len() + point);
                let sign = if digit < 0 { NEGATED } else { 0 };
                terms.push((half * BITS + bit, place | sign));
            });
        }
    }
    terms
}

fn place(place: usize) -> u32 {
    u32::try_from(place).expect("tables are far below 2^30 points")
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
/// below `2^(WIDTH - 1)` in absolute value. A digit of bit 128 is the carry.
fn digits(value: u128, mut digit: impl FnMut(usize, i32)) {
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
        let window = (rest & ((1 << WIDTH) - 1)) as i32 + carry;
        carry = window >> (WIDTH - 1);
        digit(bit, window - (carry << WIDTH));
        bit += WIDTH;
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::msm::tests::{naive, pairs};

    /// Infinity, zero, equal and opposite points are among the pairs.
    fn agree<L: Lanes>() {
        let seed = 19;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for count in [0, 1, 2, 5, 70, 130, TOO_MANY] {
            let (points, scalars) = pairs(&mut rng, count);
            assert_eq!(
                sum::<L>(&points, &scalars),
                naive(&points, &scalars),
                "{count}"
            );
        }
        let (points, scalars) = pairs(&mut rng, 50);
        for (point, scalar) in points.iter().zip(&scalars) {
            let (equal, same) = ([*point; 30], [*scalar; 30]);
            assert_eq!(sum::<L>(&equal, &same), naive(&equal, &same));
            let opposite = (-point.to_jacobian()).to_affine();
            let cancelling = [*point, opposite, *point, opposite];
            assert!(sum::<L>(&cancelling, &same[..4]).is_infinity());
        }
        let infinite = [G1Affine::infinity(); 5];
        assert!(sum::<L>(&infinite, &[-Scalar::ONE; 5]).is_infinity());
    }

    #[test]
    fn agrees_with_one_multiplication_after_another() {
        with_all_lanes!(L => agree::<L>());
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
            let mut sum = Scalar::ZERO;
            let mut free = 0;
            digits(value, |bit, digit| {
                assert!(bit >= free && bit < BITS);
                free = bit + WIDTH;
                assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (WIDTH - 1));
                let power = (0..bit).fold(Scalar::ONE, |power, _| power + power);
                let term = Scalar::from_u64(u64::from(digit.unsigned_abs())) * power;
                sum += if digit < 0 { -term } else { term };
            });
            assert_eq!(sum, Scalar::from_bytes_be_reduced(&value.to_be_bytes()));
        }
    }
}
