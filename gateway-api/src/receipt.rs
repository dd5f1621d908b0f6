//! Receipts of posted blobs.

use serde::{Deserialize, Serialize};
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobId, CommitmentsProof, Namespace, NamespaceProof,
};
use weft_encoding::{Commitment, Digest, KzgProof, Layout};

use super::{BlockHeaderDto, Encoded};

/// The receipt of a blob: that custodians hold it and, once it is ordered, which block has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptDto {
    /// The blob's id: the hash of its header.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub blob_id: BlobId,
    /// Height of the block that has the blob; null until it is ordered.
    pub height: Option<u64>,
    /// The blob's first row among its block's rows; null until it is ordered.
    pub first_row: Option<u64>,
    /// The namespace of the batch: 29 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{58}$"))]
    pub namespace: Namespace,
    /// The layout of the batch in rows: `packed` or `raw`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "packed"))]
    pub layout: Layout,
    /// Bytes of the batch.
    pub byte_len: u64,
    /// Rows of the blob, 1 to 64.
    pub rows: u64,
    /// One KZG commitment a row.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub commitments: Vec<Commitment>,
    /// One EIP-4844 versioned hash a row: `01` and the commitment's SHA-256 without its first byte.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub versioned_hashes: Vec<Digest>,
    /// One EIP-4844 blob proof a row; null until the gateway has made them.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub kzg_proofs: Option<Vec<KzgProof>>,
    /// The blob header, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub header: Encoded<BlobHeader>,
    /// The availability certificate, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub certificate: Encoded<AvailabilityCertificate>,
    /// The height from which on custodians may drop the blob.
    pub expiry: u64,
    /// Header and finality certificate of the block that has the blob; null until it is ordered.
    pub block: Option<BlockHeaderDto>,
    /// Proof of all blobs of the namespace in that block, encoded; null until it is ordered.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub inclusion: Option<Encoded<NamespaceProof>>,
    /// Proof that the blob's commitments are those of its rows in that block, encoded; null until
    /// it is ordered.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub commitments_proof: Option<Encoded<CommitmentsProof>>,
}
