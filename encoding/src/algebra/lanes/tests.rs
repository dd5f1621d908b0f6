//! Every kind of lanes against the curve library.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::limbs::{MODULUS, subtract};
use super::*;

/// Random elements among which are the smallest and the largest.
fn elements(rng: &mut ChaCha20Rng) -> [Words; 8] {
    let largest = subtract(MODULUS, [1, 0, 0, 0, 0, 0]).0;
    std::array::from_fn(|_| match rng.random_range(0..6) {
        0 => Words::ZERO,
        1 => Words([1, 0, 0, 0, 0, 0]),
        2 => Words(largest),
        _ => {
            let mut words: [u64; 6] = rng.random();
            words[5] %= MODULUS[5];
            Words(words)
        }
    })
}

struct Check<'a>(&'a [Words; 8], &'a [Words; 8]);

/// All results, operation by operation.
impl<L: Lanes> Work<L> for Check<'_> {
    type Output = Vec<[Words; 8]>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let words = |lanes: L| {
            let mut out = [Words::ZERO; 8];
            lanes.to_words(|lane, words| out[lane] = words);
            out
        };
        let mut out = vec![[Words::ZERO; 8]; 9];
        let mut place = 0;
        while place < 8 {
            let a = L::from_words(|lane| self.0[place + lane]);
            let b = L::from_words(|lane| self.1[place + lane]);
            let mut stored = [L::Stored::default(); 8];
            a.scatter(|lane, limbs| stored[lane] = limbs);
            let results = [
                a.mul(b),
                a.square(),
                a.add(b),
                a.sub(b),
                // Long chains without a product between.
                (0..40).fold(a, |sum, _| sum.add(sum).sub(b)),
                L::select(0b0110_1101 >> place, a, b),
                L::gather(|lane| &stored[lane]),
                L::one().mul(a).add(L::zero()),
            ];
            for (out, result) in out.iter_mut().zip(results) {
                out[place..place + L::WIDTH].copy_from_slice(&words(result)[..L::WIDTH]);
            }
            if let Some(inverse) = a.inverse() {
                out[8][place..place + L::WIDTH].copy_from_slice(&words(inverse)[..L::WIDTH]);
            }
            place += L::WIDTH;
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn eight_lanes_agree_with_the_curve_library() {
    if Ifma::is_available() {
        agree::<Ifma>();
    } else {
        println!("this processor has no avx512ifma: nothing to compare");
    }
    if Fma::is_available() {
        agree::<Fma>();
    } else {
        println!("this processor has no fma: nothing to compare");
    }
}

#[cfg(target_arch = "x86_64")]
fn agree<L: Lanes>() {
    let seed = 61;
    println!("seed {seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    for round in 0..2000 {
        let (mut a, b) = (elements(&mut rng), elements(&mut rng));
        if round % 2 == 0 {
            // No zero: the inverse exists in every lane.
            for word in a.iter_mut().filter(|words| **words == Words::ZERO) {
                *word = Words::ONE;
            }
        }
        let expected = Word::enter(Check(&a, &b));
        let mut found = L::enter(Check(&a, &b));
        if a.contains(&Words::ZERO) {
            assert_eq!(found[8], [Words::ZERO; 8]);
            found[8] = expected[8];
        }
        assert_eq!(found, expected, "{a:?} {b:?}");
    }
}
