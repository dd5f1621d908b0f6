//! Proof that a certified blob holds no batch.

use bytes::Bytes;
use thiserror::Error;
use weft_encoding::{Fault, ROW_BYTES};

/// The content type of a [`MalformedBlob`].
pub const MALFORMED_CONTENT_TYPE: &str = "application/vnd.weft.malformed";

/// The HTTP status of a [`MalformedBlob`]: the blob is certified and holds no batch.
pub const MALFORMED_STATUS: u16 = 422;

/// One row of a blob that proves that the blob holds no batch.
///
/// Its encoding is the row's index, u32 little-endian, then the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedBlob {
    /// The row's index in the blob.
    pub row: u32,
    /// The row, 131,072 bytes, unverified.
    pub content: Bytes,
}

impl MalformedBlob {
    /// Length of the encoding, bytes.
    pub const BYTES: usize = INDEX_BYTES + ROW_BYTES;

    /// Encodes the row and its index. Copies the row.
    pub fn encode(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(&self.row.to_le_bytes());
        bytes.extend_from_slice(&self.content);
        bytes.into()
    }

    /// Decodes the result of [`MalformedBlob::encode`], without a copy.
    ///
    /// # Errors
    ///
    /// [`MalformedLength`]. Fault: peer.
    pub fn decode(mut bytes: Bytes) -> Result<Self, MalformedLength> {
        let len = bytes.len();
        let index = bytes
            .first_chunk()
            .copied()
            .ok_or(MalformedLength { len })?;
        if len != Self::BYTES {
            return Err(MalformedLength { len });
        }
        Ok(Self {
            row: u32::from_le_bytes(index),
            content: bytes.split_off(INDEX_BYTES),
        })
    }
}

const INDEX_BYTES: usize = size_of::<u32>();

/// An encoding of a [`MalformedBlob`] with a wrong length. Fault: peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{len} bytes, expected {}", MalformedBlob::BYTES)]
pub struct MalformedLength {
    /// The length, bytes.
    pub len: usize,
}

impl MalformedLength {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_index_comes_first_and_the_row_fills_the_rest() {
        let mut content = vec![0xcc; ROW_BYTES];
        content[0] = 0xbb;
        let malformed = MalformedBlob {
            row: 0x0102,
            content: content.into(),
        };
        let bytes = malformed.encode();
        assert_eq!(bytes.len(), 131_076);
        assert_eq!(bytes[..6], [0x02, 0x01, 0, 0, 0xbb, 0xcc]);
        assert_eq!(MalformedBlob::decode(bytes.clone()), Ok(malformed));
        for len in [0, 3, 4, 131_075] {
            let error = MalformedBlob::decode(bytes.slice(..len)).unwrap_err();
            assert_eq!(error, MalformedLength { len });
        }
        let long = [&bytes[..], &[0]].concat();
        let error = MalformedBlob::decode(long.into()).unwrap_err();
        assert_eq!(error, MalformedLength { len: 131_077 });
    }
}
