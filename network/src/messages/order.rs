//! Requests to a validator to sign a block.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::{Block, Signature};

use super::rpc::refusable_reply;
use super::{Refusal, RequestKind, RpcRequest, ShapeError};

/// Asks a validator for its signature over the header of a block: the vote of the solo orderer.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Propose {
    /// The block, whose header the validator checks against the body.
    pub block: Block,
}

impl RpcRequest for Propose {
    type Response = Result<Signature, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::Propose;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(Propose, Signature);
