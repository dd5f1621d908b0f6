//! Eight elements at a time, by the integer multiply-add of AVX-512 (`avx512ifma`).
//!
//! An element is kept as `2^416 a` in eight limbs of 52 bits, below `1.01 p`: not fully reduced, so
//! zero has the two forms `0` and `p`. Limb `j` of all eight elements is one register. The radix
//! leaves 35 bits above the modulus, so a product needs no final subtraction; sums and differences
//! are brought back below `1.01 p` by an estimate of the quotient from the top limb.
//!
//! Source: Gueron and Krasnov, "Software implementation of modular exponentiation, using advanced
//! vector instructions architectures" (2012), for the radix; Montgomery (1985) for the reduction.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_load_si512,
    _mm512_loadu_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_blend_epi64,
    _mm512_or_si512, _mm512_permutexvar_epi64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_shuffle_i64x2, _mm512_srai_epi64, _mm512_srli_epi64, _mm512_store_si512,
    _mm512_sub_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::limbs::{MINUS_INVERSE_MODULUS, MODULUS, from_limbs, power_of_two, subtract, to_limbs};
use super::{Lanes, Words, Work};
use crate::algebra::instructions::has_avx512_ifma;

const LIMB_MASK: u64 = (1 << 52) - 1;
const P: [u64; 8] = to_limbs::<52>(MODULUS);
/// Limb `j` of `0 p, 1 p, .. 7 p`.
const MULTIPLES: [[u64; 8]; 8] = multiples();
/// `floor(2^52 / (top limb of p + 1))`.
const TOP_INVERSE: u64 = (1 << 52) / (P[7] + 1);
/// What is taken off the top limb before the quotient is estimated, so that carries still to come
/// from below cannot make the estimate too large.
const TOP_SLACK: i64 = 8;
/// One, `2^416`.
const ONE: [u64; 8] = to_limbs::<52>(power_of_two(416));
/// Takes `2^384 a` to `2^416 a` by a multiplication.
const FROM_WORDS: [u64; 8] = to_limbs::<52>(power_of_two(448));
/// Takes `2^416 a` to `2^384 a` by a multiplication.
const TO_WORDS: [u64; 8] = to_limbs::<52>(power_of_two(384));

/// Eight elements; limb by limb.
#[derive(Clone, Copy)]
pub(in super::super) struct Ifma([__m512i; 8]);

/// The limbs of one element, a cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
pub(in super::super) struct Limbs([u64; 8]);

impl Ifma {
    /// Whether this processor has the instructions.
    pub(in super::super) fn is_available() -> bool {
        has_avx512_ifma()
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn enabled<W: Work<Ifma>>(work: W) -> W::Output {
    work.run()
}

// SAFETY of all calls below: values of `Ifma` are made and used only by work that `enter` runs, or
// by tests, after `is_available` said yes.
impl Lanes for Ifma {
    const WIDTH: usize = 8;
    type Stored = Limbs;

    fn enter<W: Work<Self>>(work: W) -> W::Output {
        // SAFETY: whoever chose these lanes asked `is_available` before.
        unsafe { enabled(work) }
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { broadcast(&[0; 8]) }
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
        unsafe { add(self, other) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { sub(self, other) }
    }

    #[inline(always)]
    fn select(mask: u8, yes: Self, no: Self) -> Self {
        // SAFETY: the instructions are available, see above.
        unsafe { select(mask, yes, no) }
    }

    #[inline(always)]
    fn zero_lanes(self) -> u8 {
        // SAFETY: the instructions are available, see above.
        unsafe { zero_lanes(self) }
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
        unsafe { store(self, &mut rows) };
        for (lane, row) in rows.into_iter().enumerate() {
            sink(lane, row);
        }
    }

    #[inline(always)]
    fn from_words(source: impl Fn(usize) -> Words) -> Self {
        let limbs: [Limbs; 8] = std::array::from_fn(|lane| Limbs(to_limbs::<52>(source(lane).0)));
        // SAFETY: the instructions are available, see above.
        unsafe { Self::gather(|lane| &limbs[lane]).mul(broadcast(&FROM_WORDS)) }
    }

    #[inline(always)]
    fn to_words(self, mut sink: impl FnMut(usize, Words)) {
        // SAFETY: the instructions are available, see above.
        let scaled = unsafe { self.mul(broadcast(&TO_WORDS)) };
        scaled.scatter(|lane, limbs| {
            let words = from_limbs::<52>(limbs.0);
            let (reduced, below) = subtract(words, MODULUS);
            sink(lane, Words(if below { words } else { reduced }));
        });
    }
}

/// Montgomery's reduction of sixteen columns, each below `2^58`, limb by limb from below.
///
/// A macro, because it must be compiled into its two users: between functions the columns would
/// pass through memory.
macro_rules! reduce_product {
    ($product:ident) => {{
        let zero = _mm512_setzero_si512();
        let inverse = _mm512_set1_epi64((MINUS_INVERSE_MODULUS & LIMB_MASK).cast_signed());
        let p = broadcast(&P);
        for i in 0..8 {
            let quotient = _mm512_madd52lo_epu64(zero, $product[i], inverse);
            for j in 0..8 {
                $product[i + j] = _mm512_madd52lo_epu64($product[i + j], quotient, p.0[j]);
            }
            for j in 0..8 {
                $product[i + j + 1] = _mm512_madd52hi_epu64($product[i + j + 1], quotient, p.0[j]);
            }
            let carry = _mm512_srli_epi64::<52>($product[i]);
            $product[i + 1] = _mm512_add_epi64($product[i + 1], carry);
        }
        carry(std::array::from_fn(|limb| $product[8 + limb]))
    }};
}

/// `a b / 2^416`, below `p (1 + 2^-30)` for factors below `4 p`. 264 multiply-adds, one a cycle.
///
/// Out of line: it is used so often that copies of it would not fit the instruction cache.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(a: &Ifma, b: &Ifma) -> Ifma {
    let mut product = [_mm512_setzero_si512(); 16];
    for i in 0..8 {
        for j in 0..8 {
            product[i + j] = _mm512_madd52lo_epu64(product[i + j], a.0[j], b.0[i]);
        }
        for j in 0..8 {
            product[i + j + 1] = _mm512_madd52hi_epu64(product[i + j + 1], a.0[j], b.0[i]);
        }
    }
    reduce_product!(product)
}

/// `a^2 / 2^416`, with each mixed product made once: 208 multiply-adds.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn square(a: &Ifma) -> Ifma {
    let mut product = [_mm512_setzero_si512(); 16];
    for i in 0..8 {
        for j in i + 1..8 {
            product[i + j] = _mm512_madd52lo_epu64(product[i + j], a.0[i], a.0[j]);
            product[i + j + 1] = _mm512_madd52hi_epu64(product[i + j + 1], a.0[i], a.0[j]);
        }
    }
    for sum in &mut product {
        *sum = _mm512_add_epi64(*sum, *sum);
    }
    for i in 0..8 {
        product[2 * i] = _mm512_madd52lo_epu64(product[2 * i], a.0[i], a.0[i]);
        product[2 * i + 1] = _mm512_madd52hi_epu64(product[2 * i + 1], a.0[i], a.0[i]);
    }
    reduce_product!(product)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn broadcast(limbs: &[u64; 8]) -> Ifma {
    Ifma(limbs.map(|limb| _mm512_set1_epi64(limb.cast_signed())))
}

/// Brings signed limbs, of a value that is not negative, to 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(limbs: [__m512i; 8]) -> Ifma {
    let mut limbs = limbs;
    let mask = _mm512_set1_epi64(LIMB_MASK.cast_signed());
    for j in 0..7 {
        let carry = _mm512_srai_epi64::<52>(limbs[j]);
        limbs[j] = _mm512_and_si512(limbs[j], mask);
        limbs[j + 1] = _mm512_add_epi64(limbs[j + 1], carry);
    }
    Ifma(limbs)
}

/// Takes a value between `0.9 p` and `7 p`, in signed limbs of at most 55 bits, below `1.01 p`.
///
/// The quotient comes from the top limb and is never too large; each limb of its multiple of `p`
/// is one look-up among eight.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce_sum(limbs: [__m512i; 8]) -> Ifma {
    let mut limbs = limbs;
    let top = _mm512_sub_epi64(limbs[7], _mm512_set1_epi64(TOP_SLACK));
    let quotient = _mm512_madd52hi_epu64(
        _mm512_setzero_si512(),
        top,
        _mm512_set1_epi64(TOP_INVERSE.cast_signed()),
    );
    for (limb, multiples) in limbs.iter_mut().zip(&MULTIPLES) {
        // SAFETY: the array is 64 bytes, which may lie anywhere.
        let multiples = unsafe { _mm512_loadu_si512(multiples.as_ptr().cast()) };
        *limb = _mm512_sub_epi64(*limb, _mm512_permutexvar_epi64(quotient, multiples));
    }
    carry(limbs)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(a: Ifma, b: Ifma) -> Ifma {
    let p = broadcast(&P);
    reduce_sum(std::array::from_fn(|j| {
        _mm512_add_epi64(_mm512_add_epi64(a.0[j], b.0[j]), p.0[j])
    }))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sub(a: Ifma, b: Ifma) -> Ifma {
    let twice: [u64; 8] = std::array::from_fn(|j| 2 * P[j]);
    let twice = broadcast(&twice);
    reduce_sum(std::array::from_fn(|j| {
        _mm512_add_epi64(_mm512_sub_epi64(a.0[j], b.0[j]), twice.0[j])
    }))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn select(mask: u8, yes: Ifma, no: Ifma) -> Ifma {
    Ifma(std::array::from_fn(|j| {
        _mm512_mask_blend_epi64(mask, no.0[j], yes.0[j])
    }))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn zero_lanes(a: Ifma) -> u8 {
    let any = a.0[1..]
        .iter()
        .fold(a.0[0], |any, limb| _mm512_or_si512(any, *limb));
    _mm512_cmpeq_epi64_mask(any, _mm512_setzero_si512())
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(rows: [&Limbs; 8]) -> Ifma {
    // SAFETY: a reference to `Limbs` is to 64 bytes at a multiple of 64.
    transpose(rows.map(|row| unsafe { _mm512_load_si512(std::ptr::from_ref(row).cast()) }))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(lanes: Ifma, rows: &mut [Limbs; 8]) {
    for (row, limbs) in rows.iter_mut().zip(transpose(lanes.0).0) {
        // SAFETY: a reference to `Limbs` is to 64 bytes at a multiple of 64.
        unsafe { _mm512_store_si512(std::ptr::from_mut(row).cast(), limbs) };
    }
}

/// Exchanges lanes and limbs, by 24 shuffles.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transpose(rows: [__m512i; 8]) -> Ifma {
    let pairs: [__m512i; 8] = std::array::from_fn(|i| match i % 2 {
        0 => _mm512_unpacklo_epi64(rows[i], rows[i + 1]),
        _ => _mm512_unpackhi_epi64(rows[i - 1], rows[i]),
    });
    // pairs[2k + s]: of rows 2k and 2k + 1, columns s, 2 + s, 4 + s, 6 + s.
    let quad = |s: usize, half: usize| {
        let (a, b) = (pairs[4 * half + s], pairs[4 * half + 2 + s]);
        (
            _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b),
            _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b),
        )
    };
    let mut columns = [_mm512_setzero_si512(); 8];
    for s in 0..2 {
        let (low_even, low_odd) = quad(s, 0);
        let (high_even, high_odd) = quad(s, 1);
        // `even` holds columns s and 4 + s, `odd` columns 2 + s and 6 + s, of four rows.
        columns[s] = _mm512_shuffle_i64x2::<0b10_00_10_00>(low_even, high_even);
        columns[4 + s] = _mm512_shuffle_i64x2::<0b11_01_11_01>(low_even, high_even);
        columns[2 + s] = _mm512_shuffle_i64x2::<0b10_00_10_00>(low_odd, high_odd);
        columns[6 + s] = _mm512_shuffle_i64x2::<0b11_01_11_01>(low_odd, high_odd);
    }
    Ifma(columns)
}

/// Limb `j` of `k p` at place `[j][k]`.
const fn multiples() -> [[u64; 8]; 8] {
    let mut table = [[0; 8]; 8];
    let mut k = 0;
    while k < 8 {
        let (mut carry, mut j) = (0, 0);
        while j < 8 {
            let limb = P[j] * k as u64 + carry;
            table[j][k] = limb & LIMB_MASK;
            carry = limb >> 52;
            j += 1;
        }
        k += 1;
    }
    table
}
