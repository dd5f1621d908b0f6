//! Doublings in Jacobian coordinates, many points side by side.

use super::affine::{Affine, Points, store};
use super::lanes::{Lanes, Work};

/// `(X / Z^2, Y / Z^3)`; infinity has `Z = 0`.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<L> {
    pub(super) x: L,
    pub(super) y: L,
    pub(super) z: L,
}

impl<L: Lanes> Jacobian<L> {
    /// Infinity keeps `Z = 0` through all that follows.
    #[inline(always)]
    pub(super) fn from_affine(point: &Points<L>) -> Self {
        let infinite = point.y.zero_lanes();
        Self {
            x: point.x,
            y: point.y,
            z: L::select(infinite, L::zero(), L::one()),
        }
    }

    /// Two multiplications and five squarings. Source: `dbl-2009-l` of the Explicit-Formulas
    /// Database, by Lange, for `a = 0`.
    #[inline(always)]
    pub(super) fn double(&self) -> Self {
        let xx = self.x.square();
        let yy = self.y.square();
        let yyyy = yy.square();
        let d = self.x.add(yy).square().sub(xx).sub(yyyy);
        let d = d.add(d);
        let slope = xx.add(xx).add(xx);
        let x = slope.square().sub(d).sub(d);
        let yyyy8 = {
            let twice = yyyy.add(yyyy);
            let four = twice.add(twice);
            four.add(four)
        };
        let y = slope.mul(d.sub(x)).sub(yyyy8);
        let z = self.y.mul(self.z);
        Self { x, y, z: z.add(z) }
    }
}

/// `2^doublings P` of every point; one inversion in all.
pub(super) fn shifted<L: Lanes>(points: &[Affine<L>], doublings: usize) -> Vec<Affine<L>> {
    let mut out = vec![Affine::default(); points.len()];
    L::enter(Shift {
        points,
        doublings,
        out: &mut out,
    });
    out
}

struct Shift<'a, L: Lanes> {
    points: &'a [Affine<L>],
    doublings: usize,
    out: &'a mut [Affine<L>],
}

impl<L: Lanes> Work<L> for Shift<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut shifted = Vec::with_capacity(self.points.len().div_ceil(L::WIDTH));
        for group in self.points.chunks(L::WIDTH) {
            let at = |lane: usize| &group[lane.min(group.len() - 1)];
            let mut point = Jacobian::from_affine(&Points {
                x: L::gather(|lane| &at(lane).x),
                y: L::gather(|lane| &at(lane).y),
            });
            for _ in 0..self.doublings {
                point = point.double();
            }
            shifted.push(point);
        }
        normalize(&shifted, self.out);
    }
}

/// To affine coordinates with one inversion. A lane is infinity if and only if its `Z` is a stored
/// zero from its beginning: the order of the group is odd, so doubling makes no other.
#[inline(always)]
fn normalize<L: Lanes>(points: &[Jacobian<L>], out: &mut [Affine<L>]) {
    let infinite = |point: &Jacobian<L>| {
        let mut mask = 0;
        point
            .z
            .to_words(|lane, words| mask |= u8::from(words == super::lanes::Words::ZERO) << lane);
        mask
    };
    let masks: Vec<u8> = points.iter().map(infinite).collect();
    let divisor = |k: usize| L::select(masks[k], L::one(), points[k].z);
    let mut products = Vec::with_capacity(points.len());
    let mut product = L::one();
    for k in (0..points.len()).rev() {
        products.push(product);
        product = product.mul(divisor(k));
    }
    let mut inverse = product.inverse().expect("zeros are replaced");
    for (k, (point, out)) in points.iter().zip(out.chunks_mut(L::WIDTH)).enumerate() {
        let rest = products.pop().expect("one product for each group");
        let own = inverse.mul(rest);
        inverse = inverse.mul(divisor(k));
        let square = own.square();
        let x = point.x.mul(square);
        let y = point.y.mul(square).mul(own);
        store(
            Points {
                x: L::select(masks[k], L::zero(), x),
                y: L::select(masks[k], L::zero(), y),
            },
            out,
        );
    }
}
