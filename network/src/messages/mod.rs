//! The requests between nodes, and their replies.
//!
//! ```text
//!  request          reply                          who asks          who answers
//!  DisperseRequest  Signature                      gateway           custodian
//!  PushProofs       ()                             gateway           custodian
//!  GetColumns       ColumnsReply                   gateway           custodian, gateway
//!  GetSamples       Vec<SampleReply>               light client      custodian, gateway, light client
//!  GetBlobHeaders   Vec<BlobHeader>                light client      any full node
//!  GetBody          BlockBody                      syncing node      any full node
//!  GetHeaders       Vec<SignedHeader>              light client      any full node
//!  GetStatus        Status                         anyone            any full node
//!  Propose          Signature                      solo proposer     validator
//!  GetValidatorUpdate SignedValidatorUpdate        anyone            any full node
//!  GetCellProofs    CellProofsReply                custodian         custodian
//!  OfferUpdate      ()                             anyone            validator
//!  GetSampledCells  Vec<UnverifiedCell>                gateway           light client
//! ```
//!
//! On the wire each is one [`Frame`](crate::Frame): a tag byte, a length (u32, little endian) and
//! the borsh encoding. A reply carries the tag of its request, or the tag of a [`Refusal`].
//! Sizes are bounded by [`limits`](crate::limits); lists are bounded again by count, before any of
//! their elements is allocated.

mod bodies;
mod bounded;
mod cell_proofs;
mod columns;
mod disperse;
mod headers;
mod kind;
mod order;
mod refusal;
mod request;
mod response;
mod rpc;
mod sampled_cells;
mod samples;
mod shape;
mod updates;

pub use bodies::{GetBlobHeaders, GetBody};
pub use cell_proofs::{CellProofsReply, GetCellProofs};
pub use columns::{ColumnsReply, GetColumns};
pub use disperse::{ColumnCellProofs, DisperseRequest, PushProofs};
pub use headers::{GetHeaders, GetStatus, Status};
pub use kind::RequestKind;
pub use order::Propose;
pub use refusal::{Reason, Refusal};
pub use request::Request;
pub use response::Response;
pub use rpc::RpcRequest;
pub use sampled_cells::GetSampledCells;
pub use samples::{GetSamples, SampleReply};
pub use shape::ShapeError;
pub use updates::{GetValidatorUpdate, OfferUpdate};

pub(crate) use rpc::EncodedReply;
