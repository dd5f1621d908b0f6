//! Asking for what a block's header only commits to.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::{BlockBody, Height};
use weft_encoding::Commitment;

use super::rpc::refusable_reply;
use super::{Refusal, RequestKind, RpcRequest, ShapeError};

/// Asks for the commitments of a block's rows, in their order: at most 256, 12 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetCommitments {
    /// The block.
    pub height: Height,
}

impl RpcRequest for GetCommitments {
    type Response = Result<Vec<Commitment>, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::Commitments;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(GetCommitments, Vec<Commitment>);

/// Asks for the body of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetBody {
    /// The block.
    pub height: Height,
}

impl RpcRequest for GetBody {
    type Response = Result<BlockBody, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::Body;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(GetBody, BlockBody);
