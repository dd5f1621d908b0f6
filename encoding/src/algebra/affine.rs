//! Many additions of points in affine coordinates at once.
//!
//! With the slope `s = (y_b - y_a) / (x_b - x_a)` the sum is `x = s^2 - x_a - x_b`,
//! `y = s (x_a - x) - y_a`. All the additions of a batch share one inversion (Montgomery's trick), so
//! each takes five multiplications and a squaring, against eleven for a mixed addition in Jacobian
//! coordinates. Every batch is complete: infinity is masked out, and pairs with equal `x`, which
//! make the shared product zero, are found then and added on their own.

use blst::{blst_fp, blst_p1_affine};

use super::lanes::{Lanes, Words, Work};
use super::{G1, G1Affine};

/// A point as lanes keep it; infinity has the coordinates zero, of which neither occurs in the
/// subgroup: where one of them is zero the point has order two or three.
pub(super) struct Affine<L: Lanes> {
    pub(super) x: L::Stored,
    pub(super) y: L::Stored,
}

impl<L: Lanes> Clone for Affine<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: Lanes> Copy for Affine<L> {}

impl<L: Lanes> Default for Affine<L> {
    fn default() -> Self {
        Self {
            x: L::Stored::default(),
            y: L::Stored::default(),
        }
    }
}

impl<L: Lanes> Affine<L> {
    /// The opposite point. One lane's work at the price of all: for few points.
    pub(super) fn negated(&self) -> Self {
        let mut out = [Self::default()];
        L::enter(Negate {
            point: self,
            out: &mut out,
        });
        out[0]
    }
}

struct Negate<'a, L: Lanes> {
    point: &'a Affine<L>,
    out: &'a mut [Affine<L>; 1],
}

impl<L: Lanes> Work<L> for Negate<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let points = std::slice::from_ref(self.point);
        store(operands(points, &[[NEGATED, NEGATED]], 0), self.out);
    }
}

/// Bit of an operand's place that asks for the point's opposite.
pub(super) const NEGATED: u32 = 1 << 31;

/// Two places in a list of points, of which the sum is asked.
pub(super) type Pair = [u32; 2];

/// As many points, one in each lane.
#[derive(Clone, Copy)]
pub(super) struct Points<L> {
    pub(super) x: L,
    pub(super) y: L,
}

/// A batch's running products, kept between batches for its memory.
pub(super) struct Products<L>(Vec<L>);

impl<L: Lanes> Products<L> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }
}

/// `out[k] = points[pairs[k][0]] + points[pairs[k][1]]`; the first pass is over the differences of
/// `x` from the last pair to the first, the second from the first to the last.
///
/// # Panics
/// If there are not as many pairs as sums, or a place is outside of the points.
pub(super) fn add_pairs<L: Lanes>(
    points: &[Affine<L>],
    pairs: &[Pair],
    out: &mut [Affine<L>],
    products: &mut Products<L>,
) {
    assert_eq!(pairs.len(), out.len(), "a place for each sum");
    if pairs.is_empty() {
        return;
    }
    let complete = L::enter(AddPairs {
        points,
        pairs,
        out: &mut *out,
        products: &mut products.0,
        except: &[],
    });
    if complete {
        return;
    }
    let except = L::enter(FindEqual { points, pairs });
    let complete = L::enter(AddPairs {
        points,
        pairs,
        out: &mut *out,
        products: &mut products.0,
        except: &except,
    });
    assert!(complete, "what made the product zero was left out");
    add_equal(points, pairs, out, &except);
}

/// The batch, without the lanes of each group whose bit is set in `except`. The result is whether
/// the shared product had an inverse.
struct AddPairs<'a, L: Lanes> {
    points: &'a [Affine<L>],
    pairs: &'a [Pair],
    out: &'a mut [Affine<L>],
    products: &'a mut Vec<L>,
    except: &'a [u8],
}

/// Both operands' `x` of one group, and the lanes in which nothing is to be divided.
#[inline(always)]
fn operands<L: Lanes>(points: &[Affine<L>], group: &[Pair], side: usize) -> Points<L> {
    let last = group.len() - 1;
    let at = |lane: usize| group[lane.min(last)][side];
    let mut negated = 0;
    for lane in 0..L::WIDTH {
        negated |= u8::from(at(lane) & NEGATED != 0) << lane;
    }
    let place = |lane: usize| &points[(at(lane) & !NEGATED) as usize];
    let x = L::gather(|lane| &place(lane).x);
    let y = L::gather(|lane| &place(lane).y);
    let y = match negated {
        0 => y,
        _ => L::select(negated & !y.zero_lanes(), L::zero().sub(y), y),
    };
    Points { x, y }
}

#[inline(always)]
fn prefetch<L: Lanes>(points: &[Affine<L>], group: Option<&[Pair]>) {
    #[cfg(target_arch = "x86_64")]
    for place in group.into_iter().flatten().flatten() {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let point = &raw const points[(place & !NEGATED) as usize];
        // SAFETY: a prefetch reads nothing that the program sees.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>((&raw const (*point).x).cast());
            _mm_prefetch::<_MM_HINT_T0>((&raw const (*point).y).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (points, group);
}

/// Groups between a point's prefetch and its use.
const AHEAD: usize = 2;

/// `x_b - x_a`, or one in the lanes where an operand is infinity or that are left out.
#[inline(always)]
fn divisor<L: Lanes>(a: &Points<L>, b: &Points<L>, except: u8) -> L {
    let skipped = a.x.zero_lanes() | b.x.zero_lanes() | except;
    let difference = b.x.sub(a.x);
    match skipped {
        0 => difference,
        _ => L::select(skipped, L::one(), difference),
    }
}

/// The sums of pairs with different `x`, where the slope's divisor has the inverse given.
#[inline(always)]
pub(super) fn sum<L: Lanes>(a: &Points<L>, b: &Points<L>, inverse: L) -> Points<L> {
    let slope = b.y.sub(a.y).mul(inverse);
    let x = slope.square().sub(a.x).sub(b.x);
    let y = slope.mul(a.x.sub(x)).sub(a.y);
    let (a_infinite, b_infinite) = (a.x.zero_lanes(), b.x.zero_lanes());
    if a_infinite | b_infinite == 0 {
        return Points { x, y };
    }
    Points {
        x: L::select(a_infinite, b.x, L::select(b_infinite, a.x, x)),
        y: L::select(a_infinite, b.y, L::select(b_infinite, a.y, y)),
    }
}

impl<L: Lanes> Work<L> for AddPairs<'_, L> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let except = |group: usize| self.except.get(group).copied().unwrap_or(0);
        let groups = self.pairs.chunks(L::WIDTH);
        self.products.clear();
        let mut product = L::one();
        for (k, group) in groups.clone().enumerate().rev() {
            if k >= AHEAD {
                let first = (k - AHEAD) * L::WIDTH;
                prefetch(self.points, self.pairs.get(first..first + L::WIDTH));
            }
            let a = operands(self.points, group, 0);
            let b = operands(self.points, group, 1);
            self.products.push(product);
            product = product.mul(divisor(&a, &b, except(k)));
        }
        let Some(mut inverse) = product.inverse() else {
            return false;
        };
        for (k, (group, out)) in groups.zip(self.out.chunks_mut(L::WIDTH)).enumerate() {
            let first = (k + AHEAD) * L::WIDTH;
            prefetch(self.points, self.pairs.get(first..first + L::WIDTH));
            let a = operands(self.points, group, 0);
            let b = operands(self.points, group, 1);
            let rest = self.products.pop().expect("one product for each group");
            let own = inverse.mul(rest);
            inverse = inverse.mul(divisor(&a, &b, except(k)));
            store(sum(&a, &b, own), out);
        }
        true
    }
}

#[inline(always)]
pub(super) fn store<L: Lanes>(points: Points<L>, out: &mut [Affine<L>]) {
    points.x.scatter(|lane, x| {
        if let Some(point) = out.get_mut(lane) {
            point.x = x;
        }
    });
    points.y.scatter(|lane, y| {
        if let Some(point) = out.get_mut(lane) {
            point.y = y;
        }
    });
}

/// For each group the lanes of finite operands with equal `x`.
struct FindEqual<'a, L: Lanes> {
    points: &'a [Affine<L>],
    pairs: &'a [Pair],
}

impl<L: Lanes> Work<L> for FindEqual<'_, L> {
    type Output = Vec<u8>;

    #[inline(always)]
    fn run(self) -> Vec<u8> {
        self.pairs
            .chunks(L::WIDTH)
            .map(|group| {
                let a = operands(self.points, group, 0);
                let b = operands(self.points, group, 1);
                let mut equal = 0;
                divisor(&a, &b, 0).to_words(|lane, words| {
                    equal |= u8::from(words == Words::ZERO) << lane;
                });
                equal
            })
            .collect()
    }
}

/// The sums that were left out: doubles of points, and infinity.
fn add_equal<L: Lanes>(points: &[Affine<L>], pairs: &[Pair], out: &mut [Affine<L>], except: &[u8]) {
    let places: Vec<usize> = (0..pairs.len())
        .filter(|k| except[k / L::WIDTH] >> (k % L::WIDTH) & 1 == 1)
        .collect();
    let operand = |place: u32| {
        let point = export(&points[(place & !NEGATED) as usize]).to_jacobian();
        if place & NEGATED == 0 { point } else { -point }
    };
    let sums: Vec<G1> = places
        .iter()
        .map(|k| operand(pairs[*k][0]) + operand(pairs[*k][1]))
        .collect();
    for (k, sum) in places.into_iter().zip(G1::batch_to_affine(&sums)) {
        out[k] = import(&[sum])[0];
    }
}

/// The points as lanes keep them.
pub(super) fn import<L: Lanes>(points: &[G1Affine]) -> Vec<Affine<L>> {
    let mut out = vec![Affine::default(); points.len()];
    L::enter(Import {
        points,
        out: &mut out,
    });
    out
}

struct Import<'a, L: Lanes> {
    points: &'a [G1Affine],
    out: &'a mut [Affine<L>],
}

impl<L: Lanes> Work<L> for Import<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (points, out) in self
            .points
            .chunks(L::WIDTH)
            .zip(self.out.chunks_mut(L::WIDTH))
        {
            let at = |lane: usize| &points[lane.min(points.len() - 1)];
            let infinite = (0..L::WIDTH).fold(0, |mask, lane| {
                mask | u8::from(at(lane).is_infinity()) << lane
            });
            let x = L::from_words(|lane| Words(at(lane).0.x.l));
            let y = L::from_words(|lane| Words(at(lane).0.y.l));
            let points = Points {
                x: L::select(infinite, L::zero(), x),
                y: L::select(infinite, L::zero(), y),
            };
            store(points, out);
        }
    }
}

/// The points as the curve library keeps them.
pub(super) fn export_all<L: Lanes>(points: &[Affine<L>]) -> Vec<G1Affine> {
    L::enter(Export { points })
}

/// One point as the curve library keeps it.
pub(super) fn export<L: Lanes>(point: &Affine<L>) -> G1Affine {
    export_all(std::slice::from_ref(point))[0]
}

struct Export<'a, L: Lanes> {
    points: &'a [Affine<L>],
}

impl<L: Lanes> Work<L> for Export<'_, L> {
    type Output = Vec<G1Affine>;

    #[inline(always)]
    fn run(self) -> Vec<G1Affine> {
        let mut out = vec![blst_p1_affine::default(); self.points.len()];
        for (points, out) in self.points.chunks(L::WIDTH).zip(out.chunks_mut(L::WIDTH)) {
            let at = |lane: usize| &points[lane.min(points.len() - 1)];
            L::gather(|lane| &at(lane).x).to_words(|lane, words| {
                if let Some(point) = out.get_mut(lane) {
                    point.x = blst_fp { l: words.0 };
                }
            });
            L::gather(|lane| &at(lane).y).to_words(|lane, words| {
                if let Some(point) = out.get_mut(lane) {
                    point.y = blst_fp { l: words.0 };
                }
            });
        }
        out.into_iter().map(G1Affine).collect()
    }
}
