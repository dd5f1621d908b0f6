//! The signature scheme: the validators' BLS12-381 keys.

use arc_malachitebft_app::types::core::SigningScheme;
use weft_chain::{KeyError, PublicKey, SecretKey, Signature};

/// Why bytes are not a signature or a key of the scheme (fault: peer).
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemeError {
    /// The length is wrong.
    #[error("{what} of {len} bytes, it has {expected}")]
    Length {
        /// What it should be.
        what: &'static str,
        /// Bytes given.
        len: usize,
        /// Bytes required.
        expected: usize,
    },
    /// Not a point of the group.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// BLS signatures on BLS12-381, keys in G1: the one key of a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bls;

impl SigningScheme for Bls {
    type DecodingError = SchemeError;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = SecretKey;

    fn decode_signature(bytes: &[u8]) -> Result<Signature, SchemeError> {
        Ok(Signature::from_bytes(sized("a signature", bytes)?))
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.as_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, SchemeError> {
        Ok(PublicKey::from_bytes(&sized("a public key", bytes)?)?)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.as_bytes().to_vec()
    }
}

fn sized<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; N], SchemeError> {
    bytes.try_into().map_err(|_| SchemeError::Length {
        what,
        len: bytes.len(),
        expected: N,
    })
}
