//! Requests for the cell proofs of whole columns of a blob.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::BlobId;
use weft_encoding::{COLUMNS, ColumnIndex};

use super::rpc::plain_reply;
use super::shape::{ExpectedColumns, check_count};
use super::{ColumnCellProofs, Refusal, RequestKind, RpcRequest, ShapeError, bounded};

/// Asks for the cell proofs of columns of a blob.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct GetCellProofs {
    /// The blob.
    pub blob_id: BlobId,
    /// The columns, 1 to 128 of them, none twice.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<ColumnIndex>,
}

/// The cell proofs that the peer gives, and the columns that it refuses.
///
/// A requested column that is in neither list counts as refused. The caller checks the number of rows,
/// which the request does not have.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub struct CellProofsReply {
    /// The proofs, column by column, unverified.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<ColumnCellProofs>,
    /// The refused columns, with the reasons.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub refused: Vec<(ColumnIndex, Refusal)>,
}

impl RpcRequest for GetCellProofs {
    type Response = CellProofsReply;
    type Expected = ExpectedColumns;
    const KIND: RequestKind = RequestKind::CellProofs;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("columns", self.columns.len(), COLUMNS)?;
        ExpectedColumns::distinct(&self.columns).map(|_| ())
    }

    fn expected(&self) -> ExpectedColumns {
        ExpectedColumns::of(&self.columns)
    }

    fn check_reply(
        mut expected: ExpectedColumns,
        reply: &Self::Response,
    ) -> Result<(), ShapeError> {
        let given = reply.columns.iter().map(|proofs| proofs.column);
        let refused = reply.refused.iter().map(|(column, _)| *column);
        given
            .chain(refused)
            .try_for_each(|column| expected.take(column))
    }
}

plain_reply!(GetCellProofs, CellProofsReply, borsh::from_slice);
