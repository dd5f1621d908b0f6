//! Between scalars, four words one after another, and vectors of limbs.

use std::arch::x86_64::*;

use super::elements::{LANES, LIMB_MASK, LIMBS, Vector, canonical};
use crate::ELEMENTS_PER_CELL;
use crate::algebra::Scalar;

/// 64 elements.
pub(super) type Row = [Vector; ELEMENTS_PER_CELL / LANES];

/// Exchanges vectors and lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn transpose(row: &mut Row) {
    for limb in 0..LIMBS {
        let [a, b, c, d, e, f, g, h] = row.map(|vector| vector[limb]);
        let (ab0, ab1) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
        let (cd0, cd1) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
        let (ef0, ef1) = (_mm512_unpacklo_epi64(e, f), _mm512_unpackhi_epi64(e, f));
        let (gh0, gh1) = (_mm512_unpacklo_epi64(g, h), _mm512_unpackhi_epi64(g, h));
        for (parity, [ab, cd, ef, gh]) in [[ab0, cd0, ef0, gh0], [ab1, cd1, ef1, gh1]]
            .into_iter()
            .enumerate()
        {
            // Pairs of lanes 0, 2 and 4, 6 of two vectors each, then of 1, 3 and 5, 7.
            let (low, low_odd) = (
                _mm512_shuffle_i64x2::<0x88>(ab, cd),
                _mm512_shuffle_i64x2::<0xdd>(ab, cd),
            );
            let (high, high_odd) = (
                _mm512_shuffle_i64x2::<0x88>(ef, gh),
                _mm512_shuffle_i64x2::<0xdd>(ef, gh),
            );
            row[parity][limb] = _mm512_shuffle_i64x2::<0x88>(low, high);
            row[4 + parity][limb] = _mm512_shuffle_i64x2::<0xdd>(low, high);
            row[2 + parity][limb] = _mm512_shuffle_i64x2::<0x88>(low_odd, high_odd);
            row[6 + parity][limb] = _mm512_shuffle_i64x2::<0xdd>(low_odd, high_odd);
        }
    }
}

/// Vector i, lane j takes element `vector_stride i + lane_stride j`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn load(
    row: &mut Row,
    elements: &[Scalar; ELEMENTS_PER_CELL],
    vector_stride: usize,
    lane_stride: usize,
) {
    let words = Scalar::limbs_of(elements).as_flattened();
    let mask = _mm512_set1_epi64(LIMB_MASK.cast_signed());
    let stride = _mm512_set1_epi64((4 * lane_stride) as i64);
    let lanes = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), stride);
    for (i, vector) in row.iter_mut().enumerate() {
        let [a, b, c, d] = std::array::from_fn(|word| {
            let start = &raw const words[4 * vector_stride * i + word];
            // SAFETY: the strides are 1 and 8 in one order or the other, so the words read are
            // words of elements 0..63.
            unsafe { _mm512_i64gather_epi64::<8>(lanes, start.cast()) }
        });
        *vector = [
            a,
            _mm512_or_si512(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)),
            _mm512_or_si512(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)),
            _mm512_or_si512(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)),
            _mm512_srli_epi64::<16>(d),
        ]
        .map(|limb| _mm512_and_si512(limb, mask));
    }
}

/// The inverse of [`load`], reduced.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn store(
    row: &Row,
    elements: &mut [Scalar; ELEMENTS_PER_CELL],
    vector_stride: usize,
    lane_stride: usize,
) {
    for (i, vector) in row.iter().enumerate() {
        let [a, b, c, d, e] = canonical(vector);
        let words = [
            _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
            _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
            _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
            _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
        ];
        // SAFETY: both types are 256 bytes without padding, and any bits are valid.
        let words = unsafe { std::mem::transmute::<[__m512i; 4], [[u64; LANES]; 4]>(words) };
        for lane in 0..LANES {
            elements[vector_stride * i + lane_stride * lane] =
                Scalar::from_limbs(words.map(|word| word[lane]));
        }
    }
}
