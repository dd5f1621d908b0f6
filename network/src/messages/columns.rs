//! Requests for whole columns of a blob.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::BlobId;
use weft_encoding::{COLUMNS, ColumnIndex, UnverifiedColumn};

use super::rpc::plain_reply;
use super::shape::{ExpectedColumns, check_count};
use super::{Refusal, RequestKind, RpcRequest, ShapeError, bounded};

/// Asks for whole columns of a blob.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct GetColumns {
    /// The blob.
    pub blob_id: BlobId,
    /// The columns, 1 to 128 of them, none twice.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<ColumnIndex>,
}

/// The columns that the peer gives and those that it refuses.
///
/// A requested column that is in neither list counts as refused.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub struct ColumnsReply {
    /// The columns, unverified.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub columns: Vec<UnverifiedColumn>,
    /// The refused columns, with the reasons.
    #[borsh(deserialize_with = "bounded::vec::<_, _, COLUMNS>")]
    pub refused: Vec<(ColumnIndex, Refusal)>,
}

impl RpcRequest for GetColumns {
    type Response = ColumnsReply;
    type Expected = ExpectedColumns;
    const KIND: RequestKind = RequestKind::Columns;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("columns", self.columns.len(), COLUMNS)?;
        ExpectedColumns::distinct(&self.columns).map(|_| ())
    }

    fn expected(&self) -> ExpectedColumns {
        ExpectedColumns::of(&self.columns)
    }

    fn check_reply(mut expected: ExpectedColumns, reply: &ColumnsReply) -> Result<(), ShapeError> {
        let given = reply
            .columns
            .iter()
            .map(|unverified| unverified.column.index);
        let refused = reply.refused.iter().map(|(column, _)| *column);
        given
            .chain(refused)
            .try_for_each(|column| expected.take(column))
    }
}

plain_reply!(GetColumns, ColumnsReply, borsh::from_slice);
