//! The BLS12-381 scalar field, G1, the pairing, and transforms over them.
//!
//! ```text
//!   scalar ──┬── domain ── fft ── poly      safe Rust
//!            └── cell_matrix                scalars in bulk; vectors: AVX-512
//!
//!   curve ───┬── msm                        wrap the C curve library
//!            └── pairing
//!
//!   lanes ───┬── affine ──┬── sums ── fixed_base      points in bulk: additions that share an
//!            │            └── differences             inversion, sums over tables, the vertical
//!            └── jacobian ── scaling                  map, and transforms
//!                              └── point_transform
//! ```
//!
//! This module is the only one of the project that contains unsafe code: `scalar`, `curve`, `msm`
//! and `pairing` call `blst`; `lanes` (base field) and `cell_matrix::vectors` (scalar field) use
//! vector instructions where the processor has them; `affine` prefetches. Everything they hand out
//! is safe: points that come from the network exist as a [`G1Affine`] only after the curve and
//! subgroup checks.
//!
//! Time depends on values: no secret is ever computed with here.

#[allow(unsafe_code)]
mod affine;
mod cell_matrix;
#[allow(unsafe_code)]
mod curve;
mod decompress;
mod differences;
mod domain;
mod endomorphism;
mod fft;
mod fixed_base;
#[cfg(target_arch = "x86_64")]
mod instructions;
mod jacobian;
#[allow(unsafe_code)]
mod lanes;
#[allow(unsafe_code)]
mod msm;
#[allow(unsafe_code)]
mod pairing;
mod point_transform;
mod poly;
#[allow(unsafe_code)]
mod scalar;
mod scaling;
mod short_sums;
mod subgroup;
mod sums;
mod variable_base;

pub(crate) use cell_matrix::CellMatrix;
pub use curve::PointError;
pub(crate) use curve::{G1, G1Affine, G2Affine};
pub(crate) use differences::extend_points;
#[cfg(test)]
pub(crate) use domain::bit_reverse_permute;
pub(crate) use domain::{Domain, bit_reverse};
pub(crate) use fixed_base::FixedBase;
pub(crate) use msm::msm;
pub(crate) use pairing::{G2Lines, pairing_product_is_one};
pub(crate) use point_transform::{evaluate_points, interpolate_points_unscaled};
pub(crate) use poly::{divide_by_linear, evaluate};
pub(crate) use scalar::{Scalar, batch_inverse, powers};
