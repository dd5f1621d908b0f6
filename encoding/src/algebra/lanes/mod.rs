//! Base-field arithmetic on several independent elements at a time.
//!
//! The points of a long sum, of a transform's layer or of a table can be worked on side by side, so
//! everything that is made of many additions of points is written once, over [`Lanes`], and runs on
//! whatever the processor multiplies fastest with:
//!
//! | file | elements | how | a multiplication on a Zen 4 at 3.4 GHz |
//! |---|---|---|---|
//! | `ifma` | 8 | 52-bit limbs, `vpmadd52` of AVX-512 | 12 ns |
//! | `fma` | 8 | 50-bit limbs, `vfmadd` of AVX2 | 23 ns |
//! | `word` | 1 | 64-bit limbs, the curve library | 36 ns |
//!
//! `word` works on every machine and is what the tests compare the others with. No secret passes
//! through here, so the time may depend on the values.

#[cfg(target_arch = "x86_64")]
mod doubles;
#[cfg(target_arch = "x86_64")]
mod fma;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod limbs;
mod word;

#[cfg(test)]
mod tests;

pub(super) use limbs::Words;
pub(super) use word::Word;
#[cfg(target_arch = "x86_64")]
pub(super) use {fma::Fma, ifma::Ifma};

/// `WIDTH` elements of the base field, on which every operation works side by side.
///
/// An element is what is stored of a lane between operations; whether it is fully reduced is the
/// implementation's affair, and a stored zero stands for nothing but zero.
pub(super) trait Lanes: Copy + Send + Sync + 'static {
    /// How many elements; at most 8, so that a mask is a byte.
    const WIDTH: usize;
    /// One element in memory. The default is zero.
    type Stored: Copy + Default + Send + Sync + 'static;

    /// Runs `work` with the processor's instructions for these lanes enabled.
    ///
    /// All hot loops go through here: outside of it the operations are correct and slow.
    fn enter<W: Work<Self>>(work: W) -> W::Output;

    fn zero() -> Self;
    fn one() -> Self;
    fn mul(self, other: Self) -> Self;
    fn square(self) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;

    /// The lanes whose bit is set from `yes`, the others from `no`.
    fn select(mask: u8, yes: Self, no: Self) -> Self;
    /// The lanes that hold a stored zero. An operation's result that is zero need not be among them.
    fn zero_lanes(self) -> u8;

    /// Lane `i` from `source(i)`.
    fn gather<'a>(source: impl Fn(usize) -> &'a Self::Stored) -> Self;
    /// Lane `i` to `sink(i, _)`.
    fn scatter(self, sink: impl FnMut(usize, Self::Stored));
    /// Lane `i` from `source(i)`, which is canonical.
    fn from_words(source: impl Fn(usize) -> Words) -> Self;
    /// Lane `i` to `sink(i, _)`, canonical.
    fn to_words(self, sink: impl FnMut(usize, Words));

    /// The inverse of every lane, or `None` if one of them is zero.
    ///
    /// Cost: one inversion, about 2.4 microseconds, and three multiplications a lane.
    fn inverse(self) -> Option<Self> {
        let mut values = [Words::ZERO; 8];
        self.to_words(|lane, words| values[lane] = words);
        let values = &mut values[..Self::WIDTH];
        limbs::batch_inverse(values)?;
        Some(Self::from_words(|lane| values[lane]))
    }
}

/// Work on lanes, entered through [`Lanes::enter`]. Implementations are inlined always, so that
/// they are compiled for the instructions that are enabled there.
pub(super) trait Work<L: Lanes> {
    type Output;

    fn run(self) -> Self::Output;
}

/// Evaluates the expression with the name standing for the fastest lanes of this processor.
macro_rules! with_best_lanes {
    ($lanes:ident => $work:expr) => {{
        #[cfg(target_arch = "x86_64")]
        if $crate::algebra::lanes::Ifma::is_available() {
            type $lanes = $crate::algebra::lanes::Ifma;
            $work
        } else if $crate::algebra::lanes::Fma::is_available() {
            type $lanes = $crate::algebra::lanes::Fma;
            $work
        } else {
            type $lanes = $crate::algebra::lanes::Word;
            $work
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            type $lanes = $crate::algebra::lanes::Word;
            $work
        }
    }};
}

/// Evaluates the expression with the name standing for each kind of lanes that this processor has.
#[cfg(test)]
macro_rules! with_all_lanes {
    ($lanes:ident => $work:expr) => {{
        {
            type $lanes = $crate::algebra::lanes::Word;
            $work;
        }
        #[cfg(target_arch = "x86_64")]
        if $crate::algebra::lanes::Fma::is_available() {
            type $lanes = $crate::algebra::lanes::Fma;
            $work;
        }
        #[cfg(target_arch = "x86_64")]
        if $crate::algebra::lanes::Ifma::is_available() {
            type $lanes = $crate::algebra::lanes::Ifma;
            $work;
        }
    }};
}

#[cfg(test)]
pub(super) use with_all_lanes;
pub(super) use with_best_lanes;
