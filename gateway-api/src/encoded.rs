//! Values in their canonical encoding, as hex in JSON.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use weft_chain::Canonical;

/// A value whose JSON form is the hex of its canonical encoding.
///
/// Decoding is strict: it refuses encodings over the type's limit, trailing bytes and non-canonical
/// forms. A decoded value is well formed and unverified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded<T>(pub T);

impl<T: Canonical> Serialize for Encoded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.encode_hex())
    }
}

impl<'de, T: Canonical> Deserialize<'de> for Encoded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        T::decode_hex(&text).map(Self).map_err(de::Error::custom)
    }
}
