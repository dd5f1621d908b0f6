//! The events of `GET /v1/events`.

use serde::{Deserialize, Serialize};
use weft_chain::{BlobId, Namespace};

use super::BlockHeaderDto;

/// One server-sent event. Its `event` field is the `type`, its `id` the height.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventDto {
    /// A block was decided. Each height comes once, in order.
    Block(Box<BlockEventDto>),
    /// An event that this version does not know; a reader skips it.
    #[serde(other)]
    Other,
}

/// A decided block.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockEventDto {
    /// The block's height.
    pub height: u64,
    /// Its header and finality certificate.
    pub block: BlockHeaderDto,
    /// Its blobs, in the block's order; unproven. The namespace list proves which blobs a block has.
    pub blobs: Vec<EventBlobDto>,
}

/// One blob of a decided block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventBlobDto {
    /// The blob's id.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub blob_id: BlobId,
    /// The namespace of the batch.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{58}$"))]
    pub namespace: Namespace,
    /// Bytes of the batch.
    pub byte_len: u64,
    /// Rows of the blob.
    pub rows: u64,
}
