//! Commitments and proofs: compressed points of G1, 48 bytes each, as four different types.

use sha2::{Digest as _, Sha256};

use crate::algebra::{G1, G1Affine, PointError};
use crate::hex_text::hex_text;
use crate::{Input, VerifyError};

/// First byte of a versioned hash of a KZG commitment (EIP-4844, `VERSIONED_HASH_VERSION_KZG`).
const VERSIONED_HASH_VERSION_KZG: u8 = 0x01;

macro_rules! compressed_point {
    ($(#[$documentation:meta])* $type:ident, $what:literal) => {
        $(#[$documentation])*
        ///
        /// 48 bytes, not checked: verification checks that they are a point of the subgroup.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
        pub struct $type([u8; 48]);

        impl $type {
            /// The point with these 48 bytes, not checked.
            pub const fn from_bytes(bytes: [u8; 48]) -> Self {
                Self(bytes)
            }

            /// The 48 bytes.
            pub const fn as_bytes(&self) -> &[u8; 48] {
                &self.0
            }

            /// The point, if the bytes are one of the prime-order subgroup. About 0.1 ms.
            #[allow(dead_code, reason = "the four types have the same conversions")]
            pub(crate) fn to_point(self) -> Result<G1Affine, PointError> {
                G1Affine::decompress(&self.0)
            }

            #[allow(dead_code, reason = "the four types have the same conversions")]
            pub(crate) fn from_point(point: &G1) -> Self {
                Self(point.compress())
            }

            #[allow(dead_code, reason = "the four types have the same conversions")]
            pub(crate) fn from_affine(point: &G1Affine) -> Self {
                Self(point.compress())
            }
        }

        hex_text!($type, $what);

        impl From<$type> for [u8; 48] {
            fn from(point: $type) -> Self {
                point.0
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

/// All points, checked to be on the curve and in the subgroup.
///
/// About 20 microseconds each with AVX-512 IFMA and 60 without, spread over the threads.
///
/// # Errors
/// [`VerifyError::MalformedPoint`] for the first that is not. Fault: the peer.
pub(crate) fn decode_all<T>(input: Input, points: &[T]) -> Result<Vec<G1Affine>, VerifyError>
where
    T: Copy + Sync + Into<[u8; 48]>,
{
    let bytes: Vec<[u8; 48]> = points.iter().map(|point| (*point).into()).collect();
    G1Affine::decompress_all(&bytes)
        .into_iter()
        .enumerate()
        .map(|(index, point)| {
            point.map_err(|source| VerifyError::MalformedPoint {
                input,
                index,
                source,
            })
        })
        .collect()
}

compressed_point! {
    /// KZG commitment to a row.
    Commitment, "a commitment"
}

compressed_point! {
    /// KZG proof of one evaluation of a row (EIP-4844).
    KzgProof, "a KZG proof"
}

compressed_point! {
    /// KZG proof of one cell against its row's commitment (EIP-7594).
    CellProof, "a cell proof"
}

compressed_point! {
    /// One KZG proof of a blob's whole column against all its commitments.
    ColumnProof, "a column proof"
}

impl Commitment {
    /// EIP-4844's versioned hash: `0x01`, then the last 31 bytes of the commitment's SHA-256.
    pub fn versioned_hash(&self) -> [u8; 32] {
        let mut hash: [u8; 32] = Sha256::digest(self.0).into();
        hash[0] = VERSIONED_HASH_VERSION_KZG;
        hash
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Fault, PointError};

    /// The commitment to the zero row, whose versioned hash is in EIP-4844's tests.
    const INFINITY: &str = "c00000000000000000000000000000000000000000000000\
                            000000000000000000000000000000000000000000000000";

    #[test]
    fn versioned_hashes_are_ethereums() {
        let commitment: Commitment = INFINITY.parse().unwrap();
        assert_eq!(
            hex::encode(commitment.versioned_hash()),
            "010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014"
        );
        assert_eq!(commitment.to_string(), INFINITY);
        assert!(commitment.to_point().unwrap().is_infinity());
    }

    #[test]
    fn the_first_bad_point_of_a_list_is_named() {
        let good = KzgProof::from_bytes(*INFINITY.parse::<Commitment>().unwrap().as_bytes());
        let bad = KzgProof::from_bytes([0xff; 48]);
        assert_eq!(decode_all(Input::Proof, &[good, good]).unwrap().len(), 2);
        let error = decode_all(Input::Proof, &[good, bad, bad]).unwrap_err();
        let source = PointError::BadEncoding;
        assert_eq!(
            error,
            VerifyError::MalformedPoint {
                input: Input::Proof,
                index: 1,
                source
            }
        );
        assert_eq!(error.fault(), Fault::Peer);
    }

    #[cfg(feature = "borsh")]
    #[test]
    fn the_wire_form_is_48_raw_bytes() {
        let proof = ColumnProof::from_bytes([9; 48]);
        assert_eq!(borsh::to_vec(&proof).unwrap(), [9; 48]);
        assert_eq!(borsh::from_slice::<ColumnProof>(&[9; 48]).unwrap(), proof);
        assert!(borsh::from_slice::<ColumnProof>(&[9; 47]).is_err());
    }
}
