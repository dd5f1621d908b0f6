//! Eight elements at a time, by the floating-point multiply-add of AVX2 (`fma`).
//!
//! For processors without AVX-512's integer multiply-add. An element is kept as `2^400 a` in eight
//! limbs of 50 bits that are doubles, with a sign: its value is between `-1.1 p` and `1.1 p`. With
//! `c = 1.5 * 2^102` a product of limbs splits exactly, whatever its sign:
//!
//! ```text
//!   high = fma(a, b, c)                          its last bits count units of 2^50
//!   low  = fma(a, b, c + 1.5 * 2^52 - high)      its last bits count units
//! ```
//!
//! Both are summed as integers, bit patterns and all; what the patterns add beyond the products is
//! known for each column and is what the column starts from. Two registers of four elements each
//! are worked on in turn, so that one's chain of carries is hidden behind the other's products.
//!
//! Source: Emmart, Zheng and Weems, "Faster modular exponentiation using double precision floating
//! point arithmetic on the GPU" (2018), there with 52 bits and rounding towards zero; at 50 bits the
//! usual rounding to nearest does.

#![allow(
    clippy::reversed_empty_ranges,
    clippy::manual_div_ceil,
    reason = "the macros write out every column, of which some have no products"
)]

use std::arch::x86_64::{
    __m256d, __m256i, _mm256_add_epi64, _mm256_add_pd, _mm256_and_si256, _mm256_blendv_pd,
    _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmpeq_epi64, _mm256_fmadd_pd,
    _mm256_fnmadd_pd, _mm256_load_pd, _mm256_movemask_pd, _mm256_or_pd, _mm256_permute2f128_pd,
    _mm256_set1_epi64x, _mm256_set1_pd, _mm256_setzero_pd, _mm256_srli_epi64, _mm256_store_pd,
    _mm256_sub_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd,
};

use super::doubles::{
    BITS, FROM_WORDS, INTEGER, INVERSE, LIMB_MASK, ONE, P, PRODUCT, ROUND, SPLIT, SQUARE, TO_WORDS,
    UNIT, canonical, doubles,
};
use super::limbs::to_limbs;
use super::{Lanes, Words, Work};
use crate::algebra::instructions::has_avx2_fma;

/// Eight elements: limb by limb, four of them in each register.
#[derive(Clone, Copy)]
pub(in super::super) struct Fma([[__m256d; 2]; 8]);

/// The limbs of one element, a cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
pub(in super::super) struct Limbs([f64; 8]);

impl Fma {
    /// Whether this processor has the instructions.
    pub(in super::super) fn is_available() -> bool {
        has_avx2_fma()
    }
}

#[target_feature(enable = "avx2,fma")]
fn enabled<W: Work<Fma>>(work: W) -> W::Output {
    work.run()
}

// SAFETY of all calls below: values of `Fma` are made and used only by work that `enter` runs, or
// by tests, after `is_available` said yes.
impl Lanes for Fma {
    const WIDTH: usize = 8;
    type Stored = Limbs;

    fn enter<W: Work<Self>>(work: W) -> W::Output {
        // SAFETY: whoever chose these lanes asked `is_available` before.
        unsafe { enabled(work) }
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { broadcast(&[0.0; 8]) }
    }

    #[inline(always)]
    fn one() -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { broadcast(&ONE) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { multiply(&self, &other) }
    }

    #[inline(always)]
    fn square(self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { square(&self) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { add(&self, &other) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { sub(&self, &other) }
    }

    #[inline(always)]
    fn select(mask: u8, yes: Self, no: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { select(mask, &yes, &no) }
    }

    #[inline(always)]
    fn zero_lanes(self) -> u8 {
        // SAFETY: the instructions are available, see above.
        unsafe { zero_lanes(&self) }
    }

    #[inline(always)]
    fn gather<'a>(source: impl Fn(usize) -> &'a Limbs) -> Self {
        let mut rows = [source(0); 8];
        for (lane, row) in rows.iter_mut().enumerate() {
            *row = source(lane);
        }
        // SAFETY: the instructions are available, see above.
        unsafe { load(rows) }
    }

    #[inline(always)]
    fn scatter(self, mut sink: impl FnMut(usize, Limbs)) {
        let mut rows = [Limbs::default(); 8];
        // SAFETY: the instructions are available, see above.
        unsafe { store(&self, &mut rows) };
        for (lane, row) in rows.into_iter().enumerate() {
            sink(lane, row);
        }
    }

    #[inline(always)]
    fn from_words(source: impl Fn(usize) -> Words) -> Self {
        let mut limbs = [Limbs::default(); 8];
        for (lane, limbs) in limbs.iter_mut().enumerate() {
            limbs.0 = doubles(to_limbs::<BITS>(source(lane).0));
        }
        // SAFETY: the instructions are available, see above.
        unsafe { Self::gather(|lane| &limbs[lane]).mul(broadcast(&FROM_WORDS)) }
    }

    #[inline(always)]
    fn to_words(self, mut sink: impl FnMut(usize, Words)) {
        // SAFETY: the instructions are available, see above.
        let scaled = unsafe { self.mul(broadcast(&TO_WORDS)) };
        scaled.scatter(|lane, limbs| sink(lane, canonical(&limbs.0)));
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn broadcast(limbs: &[f64; 8]) -> Fma {
    Fma(limbs.map(|limb| [_mm256_set1_pd(limb); 2]))
}

/// Adds the two parts of `a b`, the factors' limbs, to this column and the next.
macro_rules! accumulate {
    ($a:expr, $b:expr, $column:expr, $next:expr) => {{
        let (a, b): (__m256d, __m256d) = ($a, $b);
        // SAFETY: arithmetic on registers. In assembly, because the compiler would put off the sums
        // of the high parts and keep those in memory for as long.
        unsafe {
            std::arch::asm!(
                "vmovapd {high}, {a}",
                "vfmadd213pd {high}, {b}, {split}",
                "vsubpd {low}, {rest}, {high}",
                "vpaddq {next}, {next}, {high}",
                "vfmadd231pd {low}, {a}, {b}",
                "vpaddq {column}, {column}, {low}",
                a = in(ymm_reg) a,
                b = in(ymm_reg) b,
                split = in(ymm_reg) _mm256_set1_pd(SPLIT),
                rest = in(ymm_reg) _mm256_set1_pd(SPLIT + ROUND),
                high = out(ymm_reg) _,
                low = out(ymm_reg) _,
                column = inout(ymm_reg) $column,
                next = inout(ymm_reg) $next,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
    }};
}

/// Column `$k` of four elements: the products, then the multiple of `p` that clears the column (of
/// the lower eight) or the limb that is left (of the upper), then the carry to the next column.
///
/// `$products` adds the column's products. All bounds are constants, so that nothing is left of the
/// loops.
macro_rules! column {
    ($k:literal, $half:literal, $state:ident, $start:ident, |$column:ident, $next:ident| $products:block) => {{
        let mut $column = _mm256_set1_epi64x($start[$k]);
        let mut $next = _mm256_set1_epi64x(0);
        $products
        const FIRST: usize = if $k < 8 { 0 } else { $k - 7 };
        const END: usize = if $k < 8 { $k } else { 8 };
        for i in FIRST..END {
            let p = _mm256_set1_pd(P[$k - i]);
            accumulate!($state.quotients[i][$half], p, $column, $next);
        }
        // Last what was known last, so that nothing else waits for it.
        $column = _mm256_add_epi64($column, $state.column[$half]);
        if $k < 8 {
            // The column's last 50 bits times -1 / p, modulo 2^50 and nearest to zero.
            let exponent = _mm256_set1_pd(INTEGER);
            let low = _mm256_castsi256_pd(_mm256_and_si256($column, $state.mask));
            let low = _mm256_sub_pd(_mm256_or_pd(low, exponent), exponent);
            let inverse = _mm256_set1_pd(INVERSE);
            let high = _mm256_fmadd_pd(low, inverse, _mm256_set1_pd(SPLIT));
            let rest = _mm256_sub_pd(_mm256_set1_pd(SPLIT), high);
            let quotient = _mm256_fmadd_pd(low, inverse, rest);
            $state.quotients[$k % 8][$half] = quotient;
            accumulate!(quotient, _mm256_set1_pd(P[0]), $column, $next);
        } else {
            let round = _mm256_set1_pd(ROUND);
            let limb = if $k < 15 { _mm256_and_si256($column, $state.mask) } else { $column };
            let limb = _mm256_add_epi64(limb, _mm256_castpd_si256(round));
            $state.result[$k % 8][$half] = _mm256_sub_pd(_mm256_castsi256_pd(limb), round);
        }
        $state.column[$half] = _mm256_add_epi64($next, _mm256_srli_epi64::<50>($column));
    }};
}

/// All columns, of both registers in turn.
macro_rules! montgomery {
    ($products:ident, $start:ident, $a:ident, $b:ident) => {{
        let mut state = Reduction {
            column: [_mm256_set1_epi64x(0); 2],
            quotients: [[_mm256_setzero_pd(); 2]; 8],
            result: [[_mm256_setzero_pd(); 2]; 8],
            mask: _mm256_set1_epi64x(LIMB_MASK.cast_signed()),
        };
        montgomery!(@ state, $products, $start, $a, $b, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        Fma(state.result)
    }};
    (@ $state:ident, $products:ident, $start:ident, $a:ident, $b:ident, $($k:literal)*) => {
        $(
            column!($k, 0, $state, $start, |column, next| { $products!($k, 0, $a, $b, column, next) });
            column!($k, 1, $state, $start, |column, next| { $products!($k, 1, $a, $b, column, next) });
        )*
    };
}

/// What passes from column to column.
struct Reduction {
    column: [__m256i; 2],
    quotients: [[__m256d; 2]; 8],
    result: [[__m256d; 2]; 8],
    mask: __m256i,
}

macro_rules! products {
    ($k:literal, $half:literal, $a:ident, $b:ident, $column:ident, $next:ident) => {{
        const FIRST: usize = if $k < 8 { 0 } else { $k - 7 };
        const END: usize = if $k < 8 { $k + 1 } else { 8 };
        for i in FIRST..END {
            accumulate!($a.0[i][$half], $b.0[$k - i][$half], $column, $next);
        }
    }};
}

/// `a b / 2^400`, between `-0.6 p` and `0.6 p` for factors of up to `4 p`.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn multiply(a: &Fma, b: &Fma) -> Fma {
    montgomery!(products, PRODUCT, a, b)
}

/// Products of limbs `i < j` once, of the doubled limb, and the squares of limbs.
macro_rules! squares {
    ($k:literal, $half:literal, $twice:ident, $a:ident, $column:ident, $next:ident) => {{
        const FIRST: usize = if $k < 8 { 0 } else { $k - 7 };
        const END: usize = ($k + 1) / 2;
        for i in FIRST..END {
            accumulate!($twice.0[i][$half], $a.0[$k - i][$half], $column, $next);
        }
        if $k % 2 == 0 {
            accumulate!($a.0[$k / 2][$half], $a.0[$k / 2][$half], $column, $next);
        }
    }};
}

/// `a^2 / 2^400`. A doubled limb is below `2^51` and its product below `2^101`, as the splitting
/// needs.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn square(a: &Fma) -> Fma {
    let mut twice = *a;
    for limb in &mut twice.0 {
        for half in limb {
            *half = _mm256_add_pd(*half, *half);
        }
    }
    let twice = &twice;
    montgomery!(squares, SQUARE, twice, a)
}

/// Brings limbs below `2^52` to at most `2^49`, and the value between `-0.6 p` and `0.6 p`.
macro_rules! reduce {
    ($limbs:ident) => {{
        let (split, round) = (_mm256_set1_pd(SPLIT), _mm256_set1_pd(ROUND));
        let (per_top, unit) = (_mm256_set1_pd(1.0 / P[7]), _mm256_set1_pd(UNIT));
        for half in 0..2 {
            let quotient = _mm256_fmadd_pd($limbs[7][half], per_top, round);
            let quotient = _mm256_sub_pd(quotient, round);
            for j in 0..8 {
                $limbs[j][half] = _mm256_fnmadd_pd(quotient, _mm256_set1_pd(P[j]), $limbs[j][half]);
            }
            for j in 0..7 {
                let carry = _mm256_sub_pd(_mm256_add_pd($limbs[j][half], split), split);
                $limbs[j][half] = _mm256_sub_pd($limbs[j][half], carry);
                $limbs[j + 1][half] = _mm256_fmadd_pd(carry, unit, $limbs[j + 1][half]);
            }
        }
        Fma($limbs)
    }};
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn add(a: &Fma, b: &Fma) -> Fma {
    let mut limbs = a.0;
    for (limb, other) in limbs.iter_mut().zip(&b.0) {
        for half in 0..2 {
            limb[half] = _mm256_add_pd(limb[half], other[half]);
        }
    }
    reduce!(limbs)
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn sub(a: &Fma, b: &Fma) -> Fma {
    let mut limbs = a.0;
    for (limb, other) in limbs.iter_mut().zip(&b.0) {
        for half in 0..2 {
            limb[half] = _mm256_sub_pd(limb[half], other[half]);
        }
    }
    reduce!(limbs)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn select(mask: u8, yes: &Fma, no: &Fma) -> Fma {
    let bit = |lane: usize| if mask >> lane & 1 == 1 { -1 } else { 0 };
    let mut out = no.0;
    for half in 0..2 {
        let first = 4 * half;
        let chosen = std::arch::x86_64::_mm256_setr_epi64x(
            bit(first),
            bit(first + 1),
            bit(first + 2),
            bit(first + 3),
        );
        for (out, yes) in out.iter_mut().zip(&yes.0) {
            out[half] = _mm256_blendv_pd(out[half], yes[half], _mm256_castsi256_pd(chosen));
        }
    }
    Fma(out)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn zero_lanes(a: &Fma) -> u8 {
    let mut mask = 0;
    for half in 0..2 {
        let mut any = a.0[0][half];
        for limb in &a.0[1..] {
            any = _mm256_or_pd(any, limb[half]);
        }
        let zero: __m256i = _mm256_cmpeq_epi64(_mm256_castpd_si256(any), _mm256_set1_epi64x(0));
        #[allow(clippy::cast_possible_truncation, reason = "four bits")]
        let lanes = _mm256_movemask_pd(_mm256_castsi256_pd(zero)) as u8;
        mask |= lanes << (4 * half);
    }
    mask
}

/// Exchanges four lanes and four limbs.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn transpose(rows: [__m256d; 4]) -> [__m256d; 4] {
    let [a, b, c, d] = rows;
    let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
    let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
    [
        _mm256_permute2f128_pd::<0x20>(ab_even, cd_even),
        _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd),
        _mm256_permute2f128_pd::<0x31>(ab_even, cd_even),
        _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd),
    ]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load(rows: [&Limbs; 8]) -> Fma {
    let mut limbs = [[_mm256_setzero_pd(); 2]; 8];
    for half in 0..2 {
        for part in 0..2 {
            // SAFETY: 32 bytes at a multiple of 32 inside of `Limbs`.
            let at = |lane: usize| unsafe {
                _mm256_load_pd(rows[4 * half + lane].0[4 * part..].as_ptr())
            };
            for (j, limb) in transpose([at(0), at(1), at(2), at(3)])
                .into_iter()
                .enumerate()
            {
                limbs[4 * part + j][half] = limb;
            }
        }
    }
    Fma(limbs)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn store(lanes: &Fma, rows: &mut [Limbs; 8]) {
    for half in 0..2 {
        for part in 0..2 {
            let limb = |j: usize| lanes.0[4 * part + j][half];
            let four = transpose([limb(0), limb(1), limb(2), limb(3)]);
            for (lane, row) in four.into_iter().enumerate() {
                // SAFETY: 32 bytes at a multiple of 32 inside of `Limbs`.
                unsafe { _mm256_store_pd(rows[4 * half + lane].0[4 * part..].as_mut_ptr(), row) };
            }
        }
    }
}
