//! The processor's instructions that are used where they are there.
//!
//! A library built with `RUSTFLAGS='--cfg weft_instructions="avx2"'` does without AVX-512, and one built
//! with `"portable"` without AVX2 too: so one machine measures and tests what others get.

/// AVX-512 with products of 52-bit integers.
pub(super) fn has_avx512_ifma() -> bool {
    !cfg!(any(
        weft_instructions = "avx2",
        weft_instructions = "portable"
    )) && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512ifma")
}

/// AVX2 with fused products and sums of doubles.
pub(super) fn has_avx2_fma() -> bool {
    !cfg!(weft_instructions = "portable")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
}
