//! The enum of all replies.

use std::io;

use weft_chain::{BlobHeader, BlockBody, Signature, SignedHeader, SignedValidatorUpdate};
use weft_encoding::UnverifiedCell;

use super::rpc::Reply;
use super::{
    CellProofsReply, ColumnsReply, DisperseRequest, EncodedReply, GetBlobHeaders, GetBody,
    GetCellProofs, GetColumns, GetHeaders, GetSampledCells, GetSamples, GetStatus,
    GetValidatorUpdate, OfferUpdate, Propose, PushProofs, Refusal, RequestKind, SampleReply,
    Status,
};

/// An outgoing reply of any kind.
#[derive(Debug, Clone)]
pub enum Response {
    /// To [`Request::Disperse`](super::Request::Disperse): the custodian's signature.
    Disperse(Result<Signature, Refusal>),
    /// To [`Request::PushProofs`](super::Request::PushProofs).
    PushProofs(Result<(), Refusal>),
    /// To [`Request::Columns`](super::Request::Columns).
    Columns(ColumnsReply),
    /// To [`Request::Samples`](super::Request::Samples), one entry for each cell asked for.
    Samples(Vec<SampleReply>),
    /// To [`Request::BlobHeaders`](super::Request::BlobHeaders).
    BlobHeaders(Result<Vec<BlobHeader>, Refusal>),
    /// To [`Request::Body`](super::Request::Body).
    Body(Result<BlockBody, Refusal>),
    /// To [`Request::Headers`](super::Request::Headers), consecutive.
    Headers(Vec<SignedHeader>),
    /// To [`Request::Status`](super::Request::Status).
    Status(Status),
    /// To [`Request::Propose`](super::Request::Propose): the validator's signature.
    Propose(Result<Signature, Refusal>),
    /// To [`Request::ValidatorUpdate`](super::Request::ValidatorUpdate).
    ValidatorUpdate(Result<SignedValidatorUpdate, Refusal>),
    /// To [`Request::CellProofs`](super::Request::CellProofs).
    CellProofs(CellProofsReply),
    /// To [`Request::OfferUpdate`](super::Request::OfferUpdate).
    OfferUpdate(Result<(), Refusal>),
    /// To [`Request::SampledCells`](super::Request::SampledCells).
    SampledCells(Vec<UnverifiedCell>),
    /// To any request: a refusal.
    Refused(Refusal),
}

impl Response {
    /// The kind of request that this replies to; `None` for [`Response::Refused`], which replies to
    /// any.
    pub fn kind(&self) -> Option<RequestKind> {
        Some(match self {
            Self::Disperse(_) => RequestKind::Disperse,
            Self::PushProofs(_) => RequestKind::PushProofs,
            Self::Columns(_) => RequestKind::Columns,
            Self::Samples(_) => RequestKind::Samples,
            Self::BlobHeaders(_) => RequestKind::BlobHeaders,
            Self::Body(_) => RequestKind::Body,
            Self::Headers(_) => RequestKind::Headers,
            Self::Status(_) => RequestKind::Status,
            Self::Propose(_) => RequestKind::Propose,
            Self::ValidatorUpdate(_) => RequestKind::ValidatorUpdate,
            Self::CellProofs(_) => RequestKind::CellProofs,
            Self::OfferUpdate(_) => RequestKind::OfferUpdate,
            Self::SampledCells(_) => RequestKind::SampledCells,
            Self::Refused(_) => return None,
        })
    }

    /// The reply's payload, or the refusal that is sent instead.
    pub(crate) fn encode(&self) -> io::Result<EncodedReply> {
        match self {
            Self::Disperse(reply) => DisperseRequest::encode_reply(reply),
            Self::PushProofs(reply) => PushProofs::encode_reply(reply),
            Self::Columns(reply) => GetColumns::encode_reply(reply),
            Self::Samples(reply) => GetSamples::encode_reply(reply),
            Self::BlobHeaders(reply) => GetBlobHeaders::encode_reply(reply),
            Self::Body(reply) => GetBody::encode_reply(reply),
            Self::Headers(reply) => GetHeaders::encode_reply(reply),
            Self::Status(reply) => GetStatus::encode_reply(reply),
            Self::Propose(reply) => Propose::encode_reply(reply),
            Self::ValidatorUpdate(reply) => GetValidatorUpdate::encode_reply(reply),
            Self::CellProofs(reply) => GetCellProofs::encode_reply(reply),
            Self::OfferUpdate(reply) => OfferUpdate::encode_reply(reply),
            Self::SampledCells(reply) => GetSampledCells::encode_reply(reply),
            Self::Refused(refusal) => Ok(EncodedReply::Refused(refusal.clone())),
        }
    }
}
