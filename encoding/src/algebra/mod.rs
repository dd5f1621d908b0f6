//! The BLS12-381 scalar field, G1, the pairing, and transforms over them.
//!
//! ```text
//!   scalar ──┬── domain ── fft ── poly      safe Rust
//!            │
//!   curve ───┼── msm                        wrap the C curve library
//!            └── pairing
//! ```
//!
//! `scalar`, `curve`, `msm` and `pairing` are the only modules of the project that contain unsafe
//! code: they call `blst`. Everything they hand out is safe: points that come from the network
//! exist as a [`G1Affine`] only after the curve and subgroup checks.

#[allow(unsafe_code)]
mod curve;
mod domain;
mod fft;
#[allow(unsafe_code)]
mod msm;
#[allow(unsafe_code)]
mod pairing;
mod poly;
#[allow(unsafe_code)]
mod scalar;

pub use curve::PointError;
pub(crate) use curve::{G1, G1Affine, G2Affine};
#[cfg(test)]
pub(crate) use domain::bit_reverse_permute;
pub(crate) use domain::{COSET_SHIFT, Domain, bit_reverse};
pub(crate) use msm::{FixedBase, msm};
pub(crate) use pairing::pairing_product_is_one;
pub(crate) use poly::{divide_by_linear, evaluate, scale_by_powers};
pub(crate) use scalar::{Scalar, batch_inverse, powers};
