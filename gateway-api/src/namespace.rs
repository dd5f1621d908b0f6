//! A namespace's blobs over a range of heights.

use serde::{Deserialize, Serialize};
use weft_chain::{BlobHeader, BlobId, CommitmentsProof, Namespace, NamespaceProof};
use weft_encoding::Layout;

use super::{BlockHeaderDto, Encoded};

/// A namespace's blobs in every block from one height to another, both included.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamespaceBlobsDto {
    /// The namespace.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{58}$"))]
    pub namespace: Namespace,
    /// First height covered.
    pub from: u64,
    /// Last height covered.
    pub to: u64,
    /// The blobs, by height and then by id.
    pub blobs: Vec<NamespaceBlobDto>,
    /// One entry a height, in order, if the request has `proof=true`; else empty.
    pub blocks: Vec<NamespaceBlockDto>,
}

/// One blob of a namespace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamespaceBlobDto {
    /// The blob's id.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub blob_id: BlobId,
    /// Height of its block.
    pub height: u64,
    /// Its first row among the block's rows.
    pub first_row: u64,
    /// Rows of the blob.
    pub rows: u64,
    /// The layout of the batch in rows: `packed` or `raw`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "packed"))]
    pub layout: Layout,
    /// Bytes of the batch.
    pub byte_len: u64,
    /// The blob header, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub header: Encoded<BlobHeader>,
}

/// The proof that the list is complete at one height.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamespaceBlockDto {
    /// The height.
    pub height: u64,
    /// The block's header and finality certificate.
    pub block: BlockHeaderDto,
    /// The namespace's blobs under the header's namespaces root, or their absence, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub proof: Encoded<NamespaceProof>,
    /// Proof that the blobs' commitments are those of their rows in the block, encoded; null at a
    /// height without a blob of the namespace.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub commitments_proof: Option<Encoded<CommitmentsProof>>,
}
