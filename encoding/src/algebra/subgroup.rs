//! Membership of the prime-order subgroup, for several points at a time.
//!
//! The curve's endomorphism `phi(x, y) = (beta x, y)`, `beta` a cube root of one, multiplies points
//! of the subgroup by `-z^2`, where `z = -0xd201000000010000` is the curve's parameter, and no other
//! points. So membership takes two multiplications by `|z|`, which has six bits set: 126 doublings
//! and ten additions.
//!
//! Source: M. Scott, "A note on group membership tests for G1, G2 and GT on BLS pairing-friendly
//! curves" (2021), section 4; formulas of "Efficient arithmetic on elliptic curves using ...
//! Jacobian coordinates", `dbl-2009-l`, `madd-2007-bl` and `add-2007-bl` of the EFD.

use super::lanes::{Lanes, Words};

/// `|z|`.
const PARAMETER: u64 = 0xd201_0000_0001_0000;

/// The cube root of one, as words.
const BETA: Words = Words([
    0x30f1_361b_798a_64e8,
    0xf3b8_ddab_7ece_5a2a,
    0x16a8_ca3a_c615_77f7,
    0xc26a_2ff8_74fd_029b,
    0x3636_b766_6070_1c6e,
    0x051b_a4ab_241b_6160,
]);

/// A point of each lane in Jacobian coordinates, `(x / z^2, y / z^3)`, with `2 y` for `y`: the
/// formulas want it doubled.
#[derive(Clone, Copy)]
struct Jacobian<L> {
    x: L,
    twice_y: L,
    z: L,
}

/// The lanes whose point, which is on the curve and not infinity, is in the subgroup.
#[inline(always)]
pub(super) fn members<L: Lanes>(x: L, y: L) -> u8 {
    let twice_y = y.add(y);
    let point = Jacobian {
        x,
        twice_y,
        z: L::one(),
    };
    let first = multiply_by_parameter(point);
    let second = multiply_by_parameter(first);

    // The additions are incomplete: whenever one meets equal points, opposite points or infinity,
    // z becomes zero and stays so. The multiples met by a point of the subgroup are all distinct.
    let infinite = zeros(second.z);
    let z_squared = second.z.square();
    let expected_x = x.mul(L::from_words(|_| BETA)).mul(z_squared);
    let minus_expected_y = twice_y.mul(z_squared).mul(second.z);
    zeros(second.x.sub(expected_x)) & zeros(second.twice_y.add(minus_expected_y)) & !infinite
}

/// The lanes that hold zero, in whatever form.
#[inline(always)]
pub(super) fn zeros<L: Lanes>(values: L) -> u8 {
    let mut mask = 0;
    values.to_words(|lane, words| mask |= u8::from(words == Words::ZERO) << lane);
    mask
}

#[inline(always)]
fn multiply_by_parameter<L: Lanes>(point: Jacobian<L>) -> Jacobian<L> {
    let z_squared = point.z.square();
    let z_cubed = z_squared.mul(point.z);
    let mut sum = point;
    for bit in (0..PARAMETER.ilog2()).rev() {
        sum = double(sum);
        if PARAMETER >> bit & 1 == 1 {
            sum = add(sum, point, z_squared, z_cubed);
        }
    }
    sum
}

/// Three multiplications and four squarings.
#[inline(always)]
fn double<L: Lanes>(point: Jacobian<L>) -> Jacobian<L> {
    let x_squared = point.x.square();
    let slope = x_squared.add(x_squared).add(x_squared);
    let four_y_squared = point.twice_y.square();
    let product = point.x.mul(four_y_squared);
    let x = slope.square().sub(product).sub(product);
    let half = slope.mul(product.sub(x));
    Jacobian {
        x,
        twice_y: half.add(half).sub(four_y_squared.square()),
        z: point.z.mul(point.twice_y),
    }
}

/// The sum of different points, neither of them infinity; otherwise one with z zero.
#[inline(always)]
fn add<L: Lanes>(a: Jacobian<L>, b: Jacobian<L>, b_z_squared: L, b_z_cubed: L) -> Jacobian<L> {
    let z_squared = a.z.square();
    let a_x = a.x.mul(b_z_squared);
    let a_y = a.twice_y.mul(b_z_cubed);
    let difference = b.x.mul(z_squared).sub(a_x);
    let slope = b.twice_y.mul(z_squared.mul(a.z)).sub(a_y);
    let twice = difference.add(difference);
    let square = twice.square();
    let cube = square.mul(difference);
    let base = a_x.mul(square);
    let x = slope.square().sub(cube).sub(base).sub(base);
    let y = slope.mul(base.sub(x)).sub(a_y.mul(cube));
    Jacobian {
        x,
        twice_y: y.add(y),
        z: a.z.mul(b.z).mul(twice),
    }
}
