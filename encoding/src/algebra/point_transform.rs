//! Fourier transforms of 128 points, with the layers' points side by side.
//!
//! The butterflies are those of [`super::fft`]; a layer's additions are one batch, and so are its
//! multiplications by roots of unity, of which those by one are left out.

use std::sync::OnceLock;

use super::affine::{Affine, NEGATED, Pair, Products, add_pairs, export_all, import};
use super::lanes::{Lanes, with_best_lanes};
use super::scaling::{Digits, scaled};
use super::{Domain, G1Affine};
use crate::threads;

/// Points of a transform.
const SIZE: usize = 128;

/// Points that a thread scales together.
const POINTS_PER_TASK: usize = 32;

/// The roots of unity as digits, forwards and backwards.
struct Twiddles {
    roots: Vec<Digits>,
    inverse_roots: Vec<Digits>,
}

fn twiddles() -> &'static Twiddles {
    static TWIDDLES: OnceLock<Twiddles> = OnceLock::new();
    TWIDDLES.get_or_init(|| {
        let domain = Domain::of_size(SIZE);
        let digits = |roots: &[_]| roots.iter().map(|root| Digits::of(*root)).collect();
        Twiddles {
            roots: digits(domain.roots()),
            inverse_roots: digits(domain.inverse_roots()),
        }
    })
}

/// Evaluates the polynomial with these 128 coefficients in G1 on the 128th roots of unity; the
/// values come out in bit-reversed order. 321 multiplications and 896 additions.
///
/// # Panics
/// If there are not 128 points.
pub(crate) fn evaluate_points(points: &[G1Affine]) -> Vec<G1Affine> {
    with_best_lanes!(L => export_all(&evaluate::<L>(import(points))))
}

/// The inverse of [`evaluate_points`], times 128: the caller divides the scalars that made the
/// points, which is far cheaper.
///
/// # Panics
/// If there are not 128 points.
pub(crate) fn interpolate_points_unscaled(points: &[G1Affine]) -> Vec<G1Affine> {
    with_best_lanes!(L => export_all(&interpolate::<L>(import(points))))
}

/// Gentleman-Sande: natural order in, bit-reversed order out.
fn evaluate<L: Lanes>(mut points: Vec<Affine<L>>) -> Vec<Affine<L>> {
    assert_eq!(points.len(), SIZE, "a transform of 128 points");
    let mut products = Products::new();
    let mut half = SIZE / 2;
    while half > 0 {
        butterflies(&mut points, half, &mut products);
        scale_upper_halves(&mut points, half, &twiddles().roots);
        half /= 2;
    }
    points
}

/// Cooley-Tukey: bit-reversed order in, natural order out.
fn interpolate<L: Lanes>(mut points: Vec<Affine<L>>) -> Vec<Affine<L>> {
    assert_eq!(points.len(), SIZE, "a transform of 128 points");
    let mut products = Products::new();
    let mut half = 1;
    while half < SIZE {
        scale_upper_halves(&mut points, half, &twiddles().inverse_roots);
        butterflies(&mut points, half, &mut products);
        half *= 2;
    }
    points
}

/// `(a, b) -> (a + b, a - b)` for all pairs that are `half` apart.
fn butterflies<L: Lanes>(points: &mut Vec<Affine<L>>, half: usize, products: &mut Products<L>) {
    let pairs: Vec<Pair> = (0..SIZE)
        .map(|place| {
            #[allow(clippy::cast_possible_truncation, reason = "a place is below 128")]
            let (low, high) = ((place & !half) as u32, (place | half) as u32);
            match place & half {
                0 => [low, high],
                _ => [low, high | NEGATED],
            }
        })
        .collect();
    let mut sums = vec![Affine::default(); SIZE];
    add_pairs(points, &pairs, &mut sums, products);
    *points = sums;
}

/// Multiplies the upper half of each block of `2 half` points by the powers of the block's root.
fn scale_upper_halves<L: Lanes>(points: &mut [Affine<L>], half: usize, roots: &[Digits]) {
    let stride = SIZE / (2 * half);
    let places: Vec<usize> = (0..SIZE)
        .filter(|place| place & half != 0 && place % half != 0)
        .collect();
    let tasks: Vec<&[usize]> = match threads::count() {
        1 => places.chunks(SIZE).collect(),
        _ => places.chunks(POINTS_PER_TASK).collect(),
    };
    let done = threads::map(&tasks, |places| {
        let inputs: Vec<Affine<L>> = places.iter().map(|place| points[*place]).collect();
        let roots: Vec<&Digits> = places
            .iter()
            .map(|place| &roots[place % half * stride])
            .collect();
        scaled(&inputs, &roots)
    });
    for (place, point) in places.iter().zip(done.into_iter().flatten()) {
        points[*place] = point;
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::algebra::lanes::with_all_lanes;
    use crate::algebra::{G1, Scalar};

    fn agree<L: Lanes>(scalars: &[Scalar]) {
        let points: Vec<G1Affine> = scalars
            .iter()
            .map(|scalar| (G1::generator() * *scalar).to_affine())
            .collect();
        let domain = Domain::of_size(SIZE);
        let mut values = scalars.to_vec();
        domain.evaluate_bit_reversed(&mut values);
        for (point, value) in export_all(&evaluate::<L>(import(&points)))
            .iter()
            .zip(values)
        {
            assert_eq!(point.to_jacobian(), G1::generator() * value);
        }
        let mut values = scalars.to_vec();
        domain.interpolate_bit_reversed(&mut values);
        let size = Scalar::from_u64(128);
        for (point, value) in export_all(&interpolate::<L>(import(&points)))
            .iter()
            .zip(values)
        {
            assert_eq!(point.to_jacobian(), G1::generator() * (value * size));
        }
    }

    /// Equal and opposite points and infinity meet in the butterflies.
    #[test]
    fn points_transform_as_their_scalars_do() {
        let seed = 71;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let random: Vec<Scalar> = (0..SIZE)
            .map(|_| Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>()))
            .collect();
        let mut half = random.clone();
        half[63..].fill(Scalar::ZERO);
        let mut signs = vec![random[0]; SIZE];
        signs[40..].fill(-random[0]);
        for scalars in [
            random.clone(),
            half,
            vec![random[1]; SIZE],
            signs,
            vec![Scalar::ZERO; SIZE],
        ] {
            with_all_lanes!(L => agree::<L>(&scalars));
        }
    }
}
