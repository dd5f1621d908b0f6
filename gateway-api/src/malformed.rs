//! What shows that a certified blob holds no batch.

use bytes::Bytes;
use thiserror::Error;
use weft_encoding::{Fault, ROW_BYTES};

/// The content type of a [`MalformedBlob`].
pub const MALFORMED_CONTENT_TYPE: &str = "application/vnd.weft.malformed";

/// The HTTP status under which a [`MalformedBlob`] comes: the blob is certified, and it is no batch.
pub const MALFORMED_STATUS: u16 = 422;

/// One row of a blob, of which a reader can see that the blob holds no batch.
///
/// It travels as its bytes: the row's index in four, little-endian, then the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedBlob {
    /// The row's index in the blob.
    pub row: u32,
    /// The row, 131,072 bytes. Nothing is known of them here but how many there are.
    pub content: Bytes,
}

impl MalformedBlob {
    /// Bytes of an encoding.
    pub const BYTES: usize = INDEX_BYTES + ROW_BYTES;

    /// The bytes that travel. Copies the row.
    pub fn encode(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(&self.row.to_le_bytes());
        bytes.extend_from_slice(&self.content);
        bytes.into()
    }

    /// Reads what [`MalformedBlob::encode`] gives, without a copy.
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

/// Not as many bytes as an index and a row have. Fault: peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{len} bytes, a row and its index are {}", MalformedBlob::BYTES)]
pub struct MalformedLength {
    /// The bytes that came.
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
