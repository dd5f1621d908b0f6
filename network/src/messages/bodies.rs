//! Requests for a block's blob headers and body.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::{BlobHeader, BlockBody, Height, MAX_BODY_BLOBS};

use super::rpc::refusable_reply;
use super::shape::check_count;
use super::{Refusal, RequestKind, RpcRequest, ShapeError};

/// Asks for the headers of a block's blobs, in the block's order: at most 256 blobs of 256 rows
/// together, 31 KiB. They bind the block's commitments to its namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetBlobHeaders {
    /// The block.
    pub height: Height,
}

impl RpcRequest for GetBlobHeaders {
    type Response = Result<Vec<BlobHeader>, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::BlobHeaders;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), reply: &Self::Response) -> Result<(), ShapeError> {
        match reply {
            Ok(blobs) if !blobs.is_empty() => {
                check_count("blob headers", blobs.len(), MAX_BODY_BLOBS)
            }
            _ => Ok(()),
        }
    }
}

refusable_reply!(GetBlobHeaders, Vec<BlobHeader>);

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
