//! Blobs that hold no batch: one row shows it, and nothing else is needed.

use thiserror::Error;
use weft_encoding::{Commitment, Fault, NonZeroPadding, Row, RowError, blob_to_kzg_commitment};

use super::VerifiedReceipt;
use weft_gateway_api::MalformedBlob;

/// A certified blob that is proven to hold no batch, with the receipt that says that it is certified.
///
/// Its commitments bind its rows, and one of them breaks the layout that its header names. No reader
/// can ever get a batch out of it, and whoever reads it finds that out. *Which* row shows it is up
/// to the gateway where several do: a derivation relies on the fact alone.
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

    /// What it breaks: which byte of which row.
    pub const fn reason(&self) -> NonZeroPadding {
        self.reason
    }
}

/// Verifies that the receipt's blob holds no batch: that the row is what the header commits to at its
/// index, and that no batch has such a row there.
///
/// The layouts' other rules cannot be broken by a certified blob: KZG commits to canonical elements
/// only, and a header whose commitments are not as many as its length takes is not valid.
///
/// Costs a commitment to one row.
///
/// # Errors
///
/// [`MalformedError`]: nothing is shown, and the blob may well hold a batch. Fault: peer.
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

/// Why a row does not show that a blob holds no batch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MalformedError {
    /// The blob has no row of this index. Fault: peer.
    #[error("row {row} of a blob that has {rows}")]
    NoSuchRow {
        /// The index.
        row: usize,
        /// Rows of the blob.
        rows: usize,
    },
    /// It is no row: another length, or an element not below the modulus. Fault: peer.
    #[error("it is no row: {0}")]
    Row(#[from] RowError),
    /// The row is as its layout asks. Fault: peer.
    #[error("row {row} breaks no rule of its layout")]
    WellFormed {
        /// The index.
        row: usize,
    },
    /// The row is not what the header commits to. Fault: peer.
    #[error("the header commits to {found} as row {row}, this one's commitment is {expected}")]
    Commitment {
        /// The index.
        row: usize,
        /// The header's commitment.
        found: Commitment,
        /// The commitment made from the row.
        expected: Commitment,
    },
}

impl MalformedError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
