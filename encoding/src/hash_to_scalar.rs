//! Hashing to the scalar field: `hash_to_field` of RFC 9380, section 5.2, for r of BLS12-381.
//!
//! 48 bytes of `expand_message_xmd` with SHA-256, read as a big-endian integer and reduced modulo r.
//! 384 bits over a modulus of 255 bits are uniform to within 2^-128.

use sha2::{Digest as _, Sha256};

use crate::algebra::Scalar;

const HASH_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;
/// L = ceil((255 + 128) / 8), of RFC 9380, section 5.
const WIDE_BYTES: usize = 48;

/// The message as a scalar, under a domain tag of at most 255 bytes.
pub(crate) fn hash_to_scalar(tag: &'static [u8], message: &[u8]) -> Scalar {
    let mut wide = [0; WIDE_BYTES];
    expand_message_xmd(tag, message, &mut wide);
    Scalar::from_bytes_be_reduced(&wide)
}

/// `expand_message_xmd` of RFC 9380, section 5.3.1, with SHA-256; fills at most 255 x 32 bytes.
fn expand_message_xmd(tag: &'static [u8], message: &[u8], out: &mut [u8]) {
    let tag_len = u8::try_from(tag.len()).expect("domain tags are constants of at most 255 bytes");
    let out_len = u16::try_from(out.len()).expect("outputs are constants of at most 8,160 bytes");
    let first = Sha256::new()
        .chain_update([0; BLOCK_BYTES])
        .chain_update(message)
        .chain_update(out_len.to_be_bytes())
        .chain_update([0])
        .chain_update(tag)
        .chain_update([tag_len])
        .finalize();
    let mut previous = [0; HASH_BYTES];
    for (counter, block) in (1u8..=u8::MAX).zip(out.chunks_mut(HASH_BYTES)) {
        let mut mixed = first;
        mixed
            .iter_mut()
            .zip(previous)
            .for_each(|(byte, other)| *byte ^= other);
        previous = Sha256::new()
            .chain_update(mixed)
            .chain_update([counter])
            .chain_update(tag)
            .chain_update([tag_len])
            .finalize()
            .into();
        block.copy_from_slice(&previous[..block.len()]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const RFC_TAG: &[u8] = b"QUUX-V01-CS02-with-expander-SHA256-128";

    fn expanded(message: &[u8], len: usize) -> String {
        let mut out = vec![0; len];
        expand_message_xmd(RFC_TAG, message, &mut out);
        hex::encode(out)
    }

    /// RFC 9380, appendix K.1.
    #[test]
    fn expansion_matches_the_rfc() {
        assert_eq!(
            expanded(b"", 0x20),
            "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"
        );
        assert_eq!(
            expanded(b"abc", 0x20),
            "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615"
        );
        assert_eq!(
            expanded(b"abc", 0x80),
            "abba86a6129e366fc877aab32fc4ffc70120d8996c88aee2fe4b32d6c7b6437a\
             647e6c3163d40b76a73cf6a5674ef1d890f95b664ee0afa5359a5c4e07985635\
             bbecbac65d747d3d2da7ec2b8221b17b0ca9dc8a1ac1c07ea6a1e60583e2cb00\
             058e77b7b72a298425cd1b941ad4ec65e8afc50303a22c0f99b0509b4c895f40"
        );
    }

    #[test]
    fn tag_and_message_both_matter() {
        let base = hash_to_scalar(b"tag", b"message");
        assert_ne!(base, hash_to_scalar(b"tah", b"message"));
        assert_ne!(base, hash_to_scalar(b"tag", b"messagf"));
    }
}
