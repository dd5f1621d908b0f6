//! The enum of all requests.

use std::io;

use super::{
    DisperseRequest, GetBlobHeaders, GetBody, GetCellProofs, GetColumns, GetHeaders,
    GetSampledCells, GetSamples, GetStatus, GetValidatorUpdate, OfferUpdate, Propose, PushProofs,
    RequestKind, RpcRequest, ShapeError,
};

/// An incoming request of any kind.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "at most a thousand wait at a time, and their heap data is far larger"
)]
pub enum Request {
    /// Take these columns.
    Disperse(DisperseRequest),
    /// Take these cell proofs.
    PushProofs(PushProofs),
    /// Give columns of a blob.
    Columns(GetColumns),
    /// Give cells of a block.
    Samples(GetSamples),
    /// Give the headers of a block's blobs.
    BlobHeaders(GetBlobHeaders),
    /// Give a block's body.
    Body(GetBody),
    /// Give a range of headers.
    Headers(GetHeaders),
    /// Tell the chain's height.
    Status(GetStatus),
    /// Sign this block.
    Propose(Propose),
    /// Give the update that introduced a validator set.
    ValidatorUpdate(GetValidatorUpdate),
    /// Give cell proofs of a blob's columns.
    CellProofs(GetCellProofs),
    /// Take this update of the validator set.
    OfferUpdate(OfferUpdate),
    /// Give the cells of a block that were sampled.
    SampledCells(GetSampledCells),
}

/// Implements [`Request`] from one table of its variants.
macro_rules! requests {
    ($($variant:ident => $request:ty),+ $(,)?) => {
        impl Request {
            /// The request's kind.
            pub fn kind(&self) -> RequestKind {
                match self {
                    $(Self::$variant(_) => <$request>::KIND,)+
                }
            }

            /// Checks what the encoding leaves open: lengths of lists, duplicates.
            ///
            /// # Errors
            /// What is wrong with the request.
            pub fn check(&self) -> Result<(), ShapeError> {
                match self {
                    $(Self::$variant(request) => request.check(),)+
                }
            }

            /// The request from its payload; trailing bytes are refused.
            pub(crate) fn decode(kind: RequestKind, payload: &[u8]) -> io::Result<Self> {
                match kind {
                    $(RequestKind::$variant => borsh::from_slice(payload).map(Self::$variant),)+
                }
            }
        }

        $(impl From<$request> for Request {
            fn from(request: $request) -> Self {
                Self::$variant(request)
            }
        })+
    };
}

requests! {
    Disperse => DisperseRequest,
    PushProofs => PushProofs,
    Columns => GetColumns,
    Samples => GetSamples,
    BlobHeaders => GetBlobHeaders,
    Body => GetBody,
    Headers => GetHeaders,
    Status => GetStatus,
    Propose => Propose,
    ValidatorUpdate => GetValidatorUpdate,
    CellProofs => GetCellProofs,
    OfferUpdate => OfferUpdate,
    SampledCells => GetSampledCells,
}
