//! Dispersal: handing a custodian its columns of a blob, and later their cell proofs.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::{BlobHeader, BlobId, Height, Signature};
use weft_encoding::{COLUMNS, CellProof, ColumnIndex, Digest, MAX_BLOB_ROWS, UnverifiedColumn};

use super::rpc::refusable_reply;
use super::shape::{ExpectedColumns, check_count};
use super::{Refusal, RequestKind, RpcRequest, ShapeError, bounded};

/// Hands a custodian columns of a blob; it answers with its signature once it has verified and stored
/// them.
///
/// At most 128 columns of 64 cells: 16 MiB.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct DisperseRequest {
    /// The blob's header, which the columns are verified against.
    pub header: BlobHeader,
    /// The root of the validator set that defines the custody assignment; part of the signed message.
    pub validator_set_root: Digest,
    /// The height until which the custodian is to keep the columns; part of the signed message.
    pub expiry: Height,
    /// The columns, each with its proof and its path to the columns root.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<UnverifiedColumn>,
}

impl RpcRequest for DisperseRequest {
    type Response = Result<Signature, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::Disperse;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("columns", self.columns.len(), COLUMNS)?;
        let rows = self.header.commitments.len();
        let mut seen = ExpectedColumns::default();
        for unverified in &self.columns {
            let column = unverified.column.index;
            seen.insert(column)?;
            let count = unverified.column.cells.len();
            if count != rows {
                return Err(ShapeError::WrongColumnHeight {
                    column,
                    count,
                    rows,
                });
            }
        }
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(DisperseRequest, Signature);

/// Hands a custodian the cell proofs of columns that it holds.
///
/// At most 128 columns of 64 proofs: 384 KiB.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct PushProofs {
    /// The blob.
    pub blob_id: BlobId,
    /// The proofs, column by column.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<ColumnCellProofs>,
}

/// The cell proofs of one column of a blob, one for each of its rows, in their order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ColumnCellProofs {
    /// The column.
    pub column: ColumnIndex,
    /// One proof a row.
    #[borsh(deserialize_with = "bounded::vec::<_, _, MAX_BLOB_ROWS>")]
    pub proofs: Vec<CellProof>,
}

impl RpcRequest for PushProofs {
    type Response = Result<(), Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::PushProofs;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("columns", self.columns.len(), COLUMNS)?;
        let mut seen = ExpectedColumns::default();
        let rows = self.columns[0].proofs.len();
        for entry in &self.columns {
            seen.insert(entry.column)?;
            check_count("cell proofs", entry.proofs.len(), MAX_BLOB_ROWS)?;
            if entry.proofs.len() != rows {
                return Err(ShapeError::WrongColumnHeight {
                    column: entry.column,
                    count: entry.proofs.len(),
                    rows,
                });
            }
        }
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(PushProofs, ());
