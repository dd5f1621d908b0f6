//! One element at a time, by the curve library: the path for every machine.

use blst::{blst_fp, blst_fp_mul, blst_fp_sqr};

use super::limbs::{MODULUS, add_words, subtract};
use super::{Lanes, Words, Work};

/// One element, always fully reduced.
#[derive(Clone, Copy)]
pub(in super::super) struct Word(blst_fp);

impl Lanes for Word {
    const WIDTH: usize = 1;
    type Stored = [u64; 6];

    fn enter<W: Work<Self>>(work: W) -> W::Output {
        work.run()
    }

    fn zero() -> Self {
        Self(blst_fp::default())
    }

    fn one() -> Self {
        Self(blst_fp { l: Words::ONE.0 })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let mut out = blst_fp::default();
        // SAFETY: the three pointers are to valid elements.
        unsafe { blst_fp_mul(&raw mut out, &raw const self.0, &raw const other.0) };
        Self(out)
    }

    /// Inlined: a call costs more than the sum.
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, _) = add_words(self.0.l, other.0.l);
        let (reduced, below) = subtract(sum, MODULUS);
        Self(blst_fp {
            l: std::array::from_fn(|i| if below { sum[i] } else { reduced[i] }),
        })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, below) = subtract(self.0.l, other.0.l);
        let mask = u64::from(below).wrapping_neg();
        let correction = MODULUS.map(|word| word & mask);
        Self(blst_fp {
            l: add_words(difference, correction).0,
        })
    }

    #[inline(always)]
    fn square(self) -> Self {
        let mut out = blst_fp::default();
        // SAFETY: both pointers are to valid elements.
        unsafe { blst_fp_sqr(&raw mut out, &raw const self.0) };
        Self(out)
    }

    #[inline(always)]
    fn select(mask: u8, yes: Self, no: Self) -> Self {
        if mask & 1 == 1 { yes } else { no }
    }

    #[inline(always)]
    fn zero_lanes(self) -> u8 {
        // Not `==`, which calls a comparison of memory.
        u8::from(self.0.l.iter().fold(0, |any, word| any | word) == 0)
    }

    #[inline(always)]
    fn gather<'a>(source: impl Fn(usize) -> &'a Self::Stored) -> Self {
        Self(blst_fp { l: *source(0) })
    }

    #[inline(always)]
    fn scatter(self, mut sink: impl FnMut(usize, Self::Stored)) {
        sink(0, self.0.l);
    }

    #[inline(always)]
    fn from_words(source: impl Fn(usize) -> Words) -> Self {
        Self(blst_fp { l: source(0).0 })
    }

    #[inline(always)]
    fn to_words(self, mut sink: impl FnMut(usize, Words)) {
        sink(0, Words(self.0.l));
    }
}
