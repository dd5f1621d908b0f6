//! Multiplying many points by fixed scalars, side by side.
//!
//! Both [`halves`] of a scalar share 130 doublings. Their signed digits of five bits are made once for
//! each scalar.

use super::Scalar;
use super::affine::{Affine, Pair, Points, Products, add_pairs};
use super::endomorphism::{BETA, halves};
use super::jacobian::{Jacobian, normalize, shifted};
use super::lanes::{Lanes, Work};

/// Bits of a digit, which is between -16 and 16.
const WINDOW_BITS: usize = 5;
/// Digits of each half: 130 bits, of which the last two take the carry.
const WINDOWS: usize = 26;
/// Multiples `1 P .. 16 P` that a digit can ask for.
const MULTIPLES: usize = 1 << (WINDOW_BITS - 1);

/// A scalar as what multiplication by it does: the digits of both halves, lowest window first.
#[derive(Clone, Debug)]
pub(super) struct Digits([[i8; 2]; WINDOWS]);

impl Digits {
    pub(super) fn of(scalar: Scalar) -> Self {
        let (low, high) = halves(scalar);
        let mut digits = [[0; 2]; WINDOWS];
        for (half, value) in [low, high].into_iter().enumerate() {
            let mut carry = 0;
            for (window, digit) in digits.iter_mut().enumerate() {
                let bits =
                    value.checked_shr(u32::try_from(WINDOW_BITS * window).unwrap_or(u32::MAX));
                #[allow(clippy::cast_possible_truncation, reason = "five bits are left")]
                let value = (bits.unwrap_or(0) & 31) as i8 + carry;
                carry = i8::from(value > 16);
                digit[half] = value - 32 * carry;
            }
        }
        Self(digits)
    }
}

/// `scalars[i] * points[i]`. No scalar may be zero.
///
/// Cost for each point: 16 batched additions for its multiples, 130 doublings and up to 52 mixed
/// additions. The mixed additions are not complete; that none meets its own point or the opposite
/// depends on the scalar alone, and a test goes through every scalar in use, the roots of unity.
pub(super) fn scaled<L: Lanes>(points: &[Affine<L>], scalars: &[&Digits]) -> Vec<Affine<L>> {
    let table = multiples(points);
    let mut out = vec![Affine::default(); points.len()];
    L::enter(Scale {
        table: &table,
        scalars,
        out: &mut out,
    });
    out
}

/// `1 P .. 16 P` of every point: the table's entry for `m P_i` is at place `(m - 1) n + i`.
fn multiples<L: Lanes>(points: &[Affine<L>]) -> Vec<Affine<L>> {
    let count = points.len();
    let place = |multiple: usize, point: usize| {
        u32::try_from((multiple - 1) * count + point).expect("a transform has few points")
    };
    let mut table = Vec::with_capacity(MULTIPLES * count);
    table.extend_from_slice(points);
    table.extend(shifted(points, 1));
    let mut products = Products::new();
    let mut known = 2;
    // 3 and 4 from 1 and 2, then 5 to 8, then 9 to 16: one inversion for each step.
    while known < MULTIPLES {
        let pairs: Vec<Pair> = (1..=known)
            .flat_map(|m| (0..count).map(move |i| (m, i)))
            .map(|(m, i)| [place(known, i), place(m, i)])
            .collect();
        let (sums, doubles) = pairs.split_at((known - 1) * count);
        let first = table.len();
        table.resize(first + sums.len(), Affine::default());
        let (old, new) = table.split_at_mut(first);
        add_pairs(old, sums, new, &mut products);
        let doubled: Vec<Affine<L>> = doubles
            .iter()
            .map(|[place, _]| table[*place as usize])
            .collect();
        table.extend(shifted(&doubled, 1));
        known *= 2;
    }
    table
}

struct Scale<'a, L: Lanes> {
    table: &'a [Affine<L>],
    scalars: &'a [&'a Digits],
    out: &'a mut [Affine<L>],
}

impl<L: Lanes> Work<L> for Scale<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let count = self.scalars.len();
        let beta = L::from_words(|_| BETA);
        let mut scaled = Vec::with_capacity(count.div_ceil(L::WIDTH));
        for first in (0..count).step_by(L::WIDTH) {
            let point = |lane: usize| (first + lane).min(count - 1);
            let mut sum = Jacobian::<L>::infinity();
            let mut started = 0;
            for window in (0..WINDOWS).rev() {
                if started != 0 {
                    for _ in 0..WINDOW_BITS {
                        sum = sum.double();
                    }
                }
                for half in 0..2 {
                    let (mut zero, mut negative) = (0, 0);
                    let mut places = [0; 8];
                    for (lane, place) in places.iter_mut().enumerate().take(L::WIDTH) {
                        let digit = self.scalars[point(lane)].0[window][half];
                        zero |= u8::from(digit == 0) << lane;
                        negative |= u8::from(digit < 0) << lane;
                        let multiple = usize::from(digit.unsigned_abs().max(1));
                        *place = (multiple - 1) * count + point(lane);
                    }
                    let mut term = Points {
                        x: L::gather(|lane| &self.table[places[lane]].x),
                        y: L::gather(|lane| &self.table[places[lane]].y),
                    };
                    if half == 1 {
                        term.x = term.x.mul(beta);
                    }
                    term.y = L::select(negative, L::zero().sub(term.y), term.y);
                    let first_term = Jacobian::from_affine(&term);
                    let added = sum.add_affine(&term);
                    let next = Jacobian::select(started, added, first_term);
                    sum = Jacobian::select(zero, sum, next);
                    started |= !zero;
                }
            }
            scaled.push(sum);
        }
        normalize(&scaled, self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::affine::{export_all, import};
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::{Domain, G1, G1Affine};

    fn agree<L: Lanes>() {
        let points: Vec<G1Affine> = (0..128u64)
            .map(|i| (G1::generator() * Scalar::from_u64(i * i * i)).to_affine())
            .collect();
        let domain = Domain::of_size(128);
        for roots in [domain.roots(), domain.inverse_roots()] {
            let digits: Vec<Digits> = roots.iter().map(|root| Digits::of(*root)).collect();
            let digits: Vec<&Digits> = digits.iter().collect();
            let found = export_all(&scaled::<L>(&import(&points), &digits));
            for ((found, point), root) in found.iter().zip(&points).zip(roots) {
                assert_eq!(found.to_jacobian(), point.to_jacobian() * *root);
            }
        }
    }

    #[test]
    fn every_root_of_unity_scales_as_the_curve_library_does() {
        with_all_lanes!(L => agree::<L>());
    }
}
