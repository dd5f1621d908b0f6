//! Why keys and signatures are refused.

use blst::BLST_ERROR;
use weft_encoding::{Fault, HexError};

/// Why bytes are not a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A secret key that is zero or not below the order of the group (fault: local).
    #[error("a secret key is zero or not below the order of the group")]
    SecretOutOfRange,
    /// Not a compressed point: flags or coordinate are not canonical (fault: peer).
    #[error("public key {key} is not a canonical compressed point")]
    NotCanonical {
        /// The key in hex.
        key: String,
    },
    /// No point of the curve has the coordinate (fault: peer).
    #[error("public key {key} is not on the curve")]
    NotOnCurve {
        /// The key in hex.
        key: String,
    },
    /// A point outside the subgroup (fault: peer).
    #[error("public key {key} is on the curve but not in the subgroup")]
    NotInSubgroup {
        /// The key in hex.
        key: String,
    },
    /// The point at infinity, for which anyone can sign (fault: peer).
    #[error("a public key is the point at infinity")]
    Infinity,
    /// The text is not hex of the right length (fault: caller).
    #[error(transparent)]
    Hex(#[from] HexError),
}

impl KeyError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::SecretOutOfRange => Fault::Local,
            Self::Hex(_) => Fault::Caller,
            _ => Fault::Peer,
        }
    }

    pub(super) fn from_blst(error: BLST_ERROR, key: &[u8; 48]) -> Self {
        let key = hex::encode(key);
        match error {
            BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Self::NotOnCurve { key },
            BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Self::NotInSubgroup { key },
            BLST_ERROR::BLST_PK_IS_INFINITY => Self::Infinity,
            _ => Self::NotCanonical { key },
        }
    }
}

/// Why a signature or a proof of possession is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not a compressed point: flags or coordinate are not canonical.
    #[error("signature {signature} is not a canonical compressed point")]
    NotCanonical {
        /// The signature in hex.
        signature: String,
    },
    /// No point of the curve has the coordinate.
    #[error("signature {signature} is not on the curve")]
    NotOnCurve {
        /// The signature in hex.
        signature: String,
    },
    /// A point outside the subgroup.
    #[error("signature {signature} is on the curve but not in the subgroup")]
    NotInSubgroup {
        /// The signature in hex.
        signature: String,
    },
    /// The point at infinity.
    #[error("a signature is the point at infinity")]
    Infinity,
    /// A proper signature, but not of this key over this message on this chain.
    #[error("signature {signature} is not of this key over this message on this chain")]
    Invalid {
        /// The signature in hex.
        signature: String,
    },
}

impl SignatureError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }

    pub(crate) fn from_blst(error: BLST_ERROR, signature: &[u8; 96]) -> Self {
        let signature = hex::encode(signature);
        match error {
            BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Self::NotOnCurve { signature },
            BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Self::NotInSubgroup { signature },
            // blst has one code for infinity of either kind of point.
            BLST_ERROR::BLST_PK_IS_INFINITY => Self::Infinity,
            BLST_ERROR::BLST_VERIFY_FAIL => Self::Invalid { signature },
            _ => Self::NotCanonical { signature },
        }
    }
}
