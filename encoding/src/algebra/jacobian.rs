//! Doublings and mixed additions in Jacobian coordinates, side by side.

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
    #[inline(always)]
    pub(super) fn infinity() -> Self {
        Self {
            x: L::one(),
            y: L::one(),
            z: L::zero(),
        }
    }

    /// The lanes whose bit is set from `yes`, the others from `no`.
    #[inline(always)]
    pub(super) fn select(mask: u8, yes: Self, no: Self) -> Self {
        Self {
            x: L::select(mask, yes.x, no.x),
            y: L::select(mask, yes.y, no.y),
            z: L::select(mask, yes.z, no.z),
        }
    }

    /// Infinity keeps `Z = 0` through all that follows.
    #[inline(always)]
    pub(super) fn from_affine(point: &Points<L>) -> Self {
        let infinite = point.x.zero_lanes();
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

impl<L: Lanes> Jacobian<L> {
    /// Eight multiplications and three squarings.
    ///
    /// Not complete: right if this is infinity's `Z = 0`, which stays so, or if the other point is
    /// neither infinity nor this point nor its opposite.
    #[inline(always)]
    pub(super) fn add_affine(&self, other: &Points<L>) -> Self {
        let zz = self.z.square();
        let h = other.x.mul(zz).sub(self.x);
        let slope = other.y.mul(zz.mul(self.z)).sub(self.y);
        let hh = h.square();
        let hhh = hh.mul(h);
        let v = self.x.mul(hh);
        let x = slope.square().sub(hhh).sub(v).sub(v);
        let y = slope.mul(v.sub(x)).sub(self.y.mul(hhh));
        Self {
            x,
            y,
            z: self.z.mul(h),
        }
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

/// To affine coordinates with one inversion; `Z = 0` becomes infinity.
#[inline(always)]
pub(super) fn normalize<L: Lanes>(points: &[Jacobian<L>], out: &mut [Affine<L>]) {
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
