//! The type of each request's reply.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Refusal, Request, RequestKind, ShapeError};

/// A request, with the type of its reply.
///
/// Sealed: the requests are those of this crate.
pub trait RpcRequest:
    BorshSerialize + BorshDeserialize + Into<Request> + Reply<Self::Response> + Send + Sized + 'static
{
    /// The peer's reply.
    type Response: Send + 'static;

    /// The part of the request that [`check_reply`](Self::check_reply) needs.
    type Expected: Send + 'static;

    /// The request's kind.
    const KIND: RequestKind;

    /// Checks what the encoding leaves open: lengths of lists, duplicates.
    ///
    /// # Errors
    /// What is wrong with the request.
    fn check(&self) -> Result<(), ShapeError>;

    /// The part of the request that [`check_reply`](Self::check_reply) needs.
    fn expected(&self) -> Self::Expected;

    /// Checks that the reply matches the request. It verifies no proofs or signatures.
    ///
    /// # Errors
    /// What does not match.
    fn check_reply(expected: Self::Expected, reply: &Self::Response) -> Result<(), ShapeError>;
}

/// The encoding of a request's reply; the seal of [`RpcRequest`].
pub trait Reply<T> {
    /// The payload of the reply, or the refusal that is sent instead.
    fn encode_reply(reply: &T) -> io::Result<EncodedReply>;
    /// The reply from its payload; trailing bytes are refused.
    fn decode_reply(payload: &[u8]) -> io::Result<T>;
    /// The reply for a refusal, if the reply's type can hold one.
    fn refused(refusal: Refusal) -> Result<T, Refusal>;
}

/// A reply's payload, or the refusal that is sent instead.
#[derive(Debug)]
pub enum EncodedReply {
    /// The borsh encoding of the reply.
    Payload(Vec<u8>),
    /// The frame is a refusal.
    Refused(Refusal),
}

/// [`Reply`] of a request whose reply is `Result<T, Refusal>`: `Ok` is the payload, `Err` a
/// refusal frame.
macro_rules! refusable_reply {
    ($request:ty, $ok:ty) => {
        impl $crate::messages::rpc::Reply<Result<$ok, $crate::messages::Refusal>> for $request {
            fn encode_reply(
                reply: &Result<$ok, $crate::messages::Refusal>,
            ) -> std::io::Result<$crate::messages::EncodedReply> {
                Ok(match reply {
                    Ok(reply) => $crate::messages::EncodedReply::Payload(borsh::to_vec(reply)?),
                    Err(refusal) => $crate::messages::EncodedReply::Refused(refusal.clone()),
                })
            }

            fn decode_reply(
                payload: &[u8],
            ) -> std::io::Result<Result<$ok, $crate::messages::Refusal>> {
                borsh::from_slice(payload).map(Ok)
            }

            fn refused(
                refusal: $crate::messages::Refusal,
            ) -> Result<Result<$ok, $crate::messages::Refusal>, $crate::messages::Refusal> {
                Ok(Err(refusal))
            }
        }
    };
}

/// [`Reply`] of a request whose reply's type has no refusal of the whole request.
macro_rules! plain_reply {
    ($request:ty, $reply:ty, $decode:expr) => {
        impl $crate::messages::rpc::Reply<$reply> for $request {
            fn encode_reply(reply: &$reply) -> std::io::Result<$crate::messages::EncodedReply> {
                Ok($crate::messages::EncodedReply::Payload(borsh::to_vec(
                    reply,
                )?))
            }

            fn decode_reply(payload: &[u8]) -> std::io::Result<$reply> {
                $decode(payload)
            }

            fn refused(
                refusal: $crate::messages::Refusal,
            ) -> Result<$reply, $crate::messages::Refusal> {
                Err(refusal)
            }
        }
    };
}

pub(super) use {plain_reply, refusable_reply};
