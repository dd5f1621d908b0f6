//! Asking for the cell proofs of whole columns of a blob.

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

/// The cell proofs that the peer gives and those that it refuses.
///
/// A column that was asked for and is in neither list is refused without a word. How many rows the
/// blob has is for the caller to compare: the request does not say.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub struct CellProofsReply {
    /// The proofs, column by column, unverified.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<ColumnCellProofs>,
    /// Why the others are not there.
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
