//! The header of a blob, and its id.

use std::str::FromStr;

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{
    ColumnVerifier, Commitment, Digest, Fault, HexError, Layout, LayoutError, MAX_BLOB_ROWS,
    VerifyError, bytes_from_hex,
};

use crate::Namespace;
use crate::codec::{Canonical, read_vec, refused, write_vec};
use crate::hashing::{tag, tagged_hash};
use crate::hex_text::{hex_display, serde_as_text};

/// The one version of [`BlobHeader`] there is.
pub const BLOB_HEADER_VERSION: u8 = 1;

/// The id of a blob: the tagged hash of its header.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct BlobId(Digest);

impl BlobId {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl FromStr for BlobId {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_from_hex("a blob id", text).map(Self::from_bytes)
    }
}

hex_display!(BlobId);
serde_as_text!(BlobId);

/// The header of a blob, against which its columns and rows are verified.
///
/// The commitments are bytes until [`BlobHeader::verifier`] has checked that they are points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// Version of this structure, [`BLOB_HEADER_VERSION`].
    pub version: u8,
    /// The namespace of the batch.
    pub namespace: Namespace,
    /// The layout of the batch in the rows.
    pub layout: Layout,
    /// Bytes of the batch.
    pub byte_len: u64,
    /// KZG commitments to the rows in order, 1 to 64.
    pub commitments: Vec<Commitment>,
    /// Root over the 128 column roots.
    pub columns_root: Digest,
}

/// Why a blob header is not well formed (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobHeaderError {
    /// A version that is not known.
    #[error("a blob header has version {version}, only {BLOB_HEADER_VERSION} is known")]
    UnknownVersion {
        /// The version.
        version: u8,
    },
    /// No rows, or too many.
    #[error("a blob has {rows} rows, it takes 1 to {MAX_BLOB_ROWS}")]
    RowsOutOfRange {
        /// The number of commitments.
        rows: usize,
    },
    /// The length of the batch does not fit the layout.
    #[error("the batch length of a blob header is refused: {0}")]
    ByteLen(#[from] LayoutError),
    /// The number of rows is not what the layout gives for the length.
    #[error("a blob has {rows} rows, {byte_len} bytes in this layout take {expected}")]
    WrongRowCount {
        /// The number of commitments.
        rows: usize,
        /// The bytes of the batch.
        byte_len: u64,
        /// The rows that they take.
        expected: usize,
    },
}

impl BlobHeaderError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

impl BlobHeader {
    /// The bytes of an encoding without the commitments.
    pub(crate) const FIXED_BYTES: usize = 1 + 29 + 1 + 8 + 4 + 32;

    /// Checks the version, and that the number of rows is that of the length in this layout.
    ///
    /// # Errors
    /// [`BlobHeaderError`] (fault: peer).
    pub fn validate(&self) -> Result<(), BlobHeaderError> {
        if self.version != BLOB_HEADER_VERSION {
            return Err(BlobHeaderError::UnknownVersion {
                version: self.version,
            });
        }
        let rows = self.rows();
        if !(1..=MAX_BLOB_ROWS).contains(&rows) {
            return Err(BlobHeaderError::RowsOutOfRange { rows });
        }
        let expected = self.layout.row_count(self.byte_len)?;
        if rows != expected {
            return Err(BlobHeaderError::WrongRowCount {
                rows,
                byte_len: self.byte_len,
                expected,
            });
        }
        Ok(())
    }

    /// The blob's id: the tagged hash of this header's canonical encoding.
    ///
    /// Costs one SHA-256 over about 100 bytes and 48 a row.
    #[must_use]
    pub fn id(&self) -> BlobId {
        BlobId(tagged_hash(tag::BLOB, &[&self.encode()]))
    }

    /// The rows of the blob.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.commitments.len()
    }

    /// The verifier of this blob's columns. Costs a decompression and a subgroup check a row.
    ///
    /// # Errors
    /// [`VerifyError`] if a commitment is not a point of the subgroup (fault: peer).
    pub fn verifier(&self) -> Result<ColumnVerifier, VerifyError> {
        ColumnVerifier::new(
            self.namespace.as_bytes(),
            &self.commitments,
            self.columns_root,
        )
    }
}

impl BorshSerialize for BlobHeader {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.version.serialize(writer)?;
        self.namespace.serialize(writer)?;
        self.layout.serialize(writer)?;
        self.byte_len.serialize(writer)?;
        write_vec(&self.commitments, writer)?;
        self.columns_root.serialize(writer)
    }
}

impl BorshDeserialize for BlobHeader {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let header = Self {
            version: u8::deserialize_reader(reader)?,
            namespace: Namespace::deserialize_reader(reader)?,
            layout: Layout::deserialize_reader(reader)?,
            byte_len: u64::deserialize_reader(reader)?,
            commitments: read_vec("commitments", 1..=MAX_BLOB_ROWS, reader)?,
            columns_root: Digest::deserialize_reader(reader)?,
        };
        header.validate().map_err(refused)?;
        Ok(header)
    }
}

impl Canonical for BlobHeader {
    const NAME: &'static str = "a blob header";
    const MAX_BYTES: usize = Self::FIXED_BYTES + 48 * MAX_BLOB_ROWS;
}
