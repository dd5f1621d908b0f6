//! Requests for signed headers, and for the height of a peer's chain.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::{HeaderHash, Height, SignedHeader};

use super::rpc::plain_reply;
use super::shape::check_count;
use super::{RequestKind, RpcRequest, ShapeError, bounded};
use crate::limits::MAX_HEADERS;

/// Asks for consecutive signed headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetHeaders {
    /// The height of the first header.
    pub from: Height,
    /// The most headers to return, 1 to [`MAX_HEADERS`]. A peer that has fewer returns those.
    pub count: u16,
}

impl RpcRequest for GetHeaders {
    type Response = Vec<SignedHeader>;
    type Expected = Self;
    const KIND: RequestKind = RequestKind::Headers;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("headers", usize::from(self.count), MAX_HEADERS)
    }

    fn expected(&self) -> Self {
        *self
    }

    fn check_reply(asked: Self, reply: &Vec<SignedHeader>) -> Result<(), ShapeError> {
        let limit = usize::from(asked.count);
        if reply.len() > limit {
            return Err(ShapeError::WrongCount {
                what: "headers",
                count: reply.len(),
                asked: limit,
            });
        }
        for (expected, signed) in (asked.from.get()..).zip(reply) {
            let actual = signed.header.height.get();
            if actual != expected {
                return Err(ShapeError::WrongHeight { expected, actual });
            }
        }
        Ok(())
    }
}

plain_reply!(
    GetHeaders,
    Vec<SignedHeader>,
    bounded::whole_vec::<SignedHeader, MAX_HEADERS>
);

/// Asks for the height of a peer's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct GetStatus;

/// The newest block of a peer's chain, by its own account; unverified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Status {
    /// The height of its last decided block, 0 if there is none.
    pub height: Height,
    /// The hash of that block's header; at height 0 the hash of the genesis.
    pub header_hash: HeaderHash,
}

impl RpcRequest for GetStatus {
    type Response = Status;
    type Expected = ();
    const KIND: RequestKind = RequestKind::Status;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Status) -> Result<(), ShapeError> {
        Ok(())
    }
}

plain_reply!(GetStatus, Status, borsh::from_slice);
