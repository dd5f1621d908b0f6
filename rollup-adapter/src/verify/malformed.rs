//! Blobs that hold no batch, proven by one of their rows.

use thiserror::Error;
use weft_encoding::{Commitment, Fault, NonZeroPadding, Row, RowError, blob_to_kzg_commitment};
use weft_gateway_api::MalformedBlob;

use super::VerifiedReceipt;

/// A certified blob that is proven to hold no batch, with its receipt.
///
/// Its commitments bind its rows, and one of the rows breaks the layout that its header names. So no
/// reader can decode a batch from it, and every reader comes to the same result. Where several rows
/// break the layout, the gateway chooses which one to show: a derivation must rely on the fact alone.
#[derive(Debug, Clone)]
pub struct ProvenMalformed {
    receipt: VerifiedReceipt,
    row: Row,
    reason: NonZeroPadding,
}

impl ProvenMalformed {
    /// The blob's receipt.
    pub const fn receipt(&self) -> &VerifiedReceipt {
        &self.receipt
    }

    /// The blob's receipt, without the row.
    pub fn into_receipt(self) -> VerifiedReceipt {
        self.receipt
    }

    /// The row that breaks the layout.
    pub const fn row(&self) -> &Row {
        &self.row
    }

    /// The rule that it breaks: which byte of the row is not zero.
    pub const fn reason(&self) -> NonZeroPadding {
        self.reason
    }
}

/// Verifies that the receipt's blob holds no batch: the header commits to the row at its index, and
/// no batch has such a row there.
///
/// A certified blob cannot break the layouts' other rules: KZG commits to canonical elements only, and
/// a header is not valid if its number of commitments does not fit its length.
///
/// Costs one commitment.
///
/// # Errors
///
/// [`MalformedError`]: nothing is proven, and the blob may hold a batch. Fault: peer.
pub fn verify_malformed(
    receipt: VerifiedReceipt,
    malformed: &MalformedBlob,
) -> Result<ProvenMalformed, MalformedError> {
    let (header, rows) = (receipt.header(), receipt.rows());
    let index = usize::try_from(malformed.row).unwrap_or(usize::MAX);
    let Some(found) = header.commitments.get(index) else {
        return Err(MalformedError::NoSuchRow { row: index, rows });
    };
    let row = Row::from_bytes(&malformed.content)?;
    let Err(reason) = header.layout.check_row(header.byte_len, index, &row) else {
        return Err(MalformedError::WellFormed { row: index });
    };
    let expected = blob_to_kzg_commitment(&row);
    if expected != *found {
        return Err(MalformedError::Commitment {
            row: index,
            found: *found,
            expected,
        });
    }
    Ok(ProvenMalformed {
        receipt,
        row,
        reason,
    })
}

/// Why a row does not prove that a blob holds no batch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MalformedError {
    /// The blob has no row with this index. Fault: peer.
    #[error("row {row} of a blob with {rows} rows")]
    NoSuchRow {
        /// The index.
        row: usize,
        /// Rows of the blob.
        rows: usize,
    },
    /// The bytes are not a row: wrong length, or an element not below the modulus. Fault: peer.
    #[error("the bytes are not a row: {0}")]
    Row(#[from] RowError),
    /// The row follows its layout. Fault: peer.
    #[error("row {row} follows its layout")]
    WellFormed {
        /// The index.
        row: usize,
    },
    /// The header does not commit to the row. Fault: peer.
    #[error("the header has commitment {found} for row {row}, the row {expected}")]
    Commitment {
        /// The index.
        row: usize,
        /// The header's commitment.
        found: Commitment,
        /// The commitment computed from the row.
        expected: Commitment,
    },
}

impl MalformedError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
