//! Blocks, their bodies and single cells.

use serde::{Deserialize, Serialize};
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobId, BlockBody, BlockHeader, ChainId,
    FinalityCertificate, HeaderHash, Namespace, SignedHeader,
};
use weft_encoding::{Digest, Layout};

use super::Encoded;

/// A block's header with its finality certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockHeaderDto {
    /// The block's height, from 1.
    pub height: u64,
    /// The header's hash.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub hash: HeaderHash,
    /// The time at which it was proposed, Unix milliseconds.
    pub time: u64,
    /// The number of rows of all its blobs, 0 to 256.
    pub rows: u64,
    /// The chain it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub chain_id: ChainId,
    /// Hash of its parent; at height 1 the hash of the genesis.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub parent: HeaderHash,
    /// Index of the validator that proposed it, in the set that finalised it.
    pub proposer: u64,
    /// Root of the validator set that finalised it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub validator_set_root: Digest,
    /// Root of the validator set of the next height.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub next_validator_set_root: Digest,
    /// Merkle root over the row commitments.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub commitments_root: Digest,
    /// Root of the namespaced tree over the blob entries.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub namespaces_root: Digest,
    /// Root over the body.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub body_root: Digest,
    /// The header, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub encoded: Encoded<BlockHeader>,
    /// The finality certificate, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub finality: Encoded<FinalityCertificate>,
}

/// A block's body: the blobs that it orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockBodyDto {
    /// The block's height.
    pub height: u64,
    /// Its blobs, in the block's order.
    pub blobs: Vec<BlockBlobDto>,
    /// The body, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub encoded: Encoded<BlockBody>,
}

/// One blob of a block's body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockBlobDto {
    /// The blob's id.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub blob_id: BlobId,
    /// The namespace of the batch.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{58}$"))]
    pub namespace: Namespace,
    /// The layout of the batch in rows: `packed` or `raw`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "packed"))]
    pub layout: Layout,
    /// Bytes of the batch.
    pub byte_len: u64,
    /// The blob's first row among the block's rows.
    pub first_row: u64,
    /// Rows of the blob.
    pub rows: u64,
    /// The blob header, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub header: Encoded<BlobHeader>,
    /// The availability certificate, encoded.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub certificate: Encoded<AvailabilityCertificate>,
}

/// One cell of a block's extended matrix, with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellDto {
    /// The block's height.
    pub height: u64,
    /// Row of the extended matrix: a parity row if it is at least the block's number of rows.
    pub row: u64,
    /// Column, 0 to 127.
    pub column: u64,
    /// The cell: 2,048 bytes.
    pub cell: String,
    /// Its proof against its row's commitment (EIP-7594). A parity row's commitment follows from those
    /// of the block's rows.
    pub proof: String,
}

impl From<&SignedHeader> for BlockHeaderDto {
    fn from(signed: &SignedHeader) -> Self {
        let header = &signed.header;
        Self {
            height: header.height.get(),
            hash: header.hash(),
            time: header.time,
            rows: header.rows.into(),
            chain_id: header.chain_id,
            parent: header.parent,
            proposer: header.proposer.get() as u64,
            validator_set_root: header.validator_set_root,
            next_validator_set_root: header.next_validator_set_root,
            commitments_root: header.commitments_root,
            namespaces_root: header.namespaces_root,
            body_root: header.body_root,
            encoded: Encoded(header.clone()),
            finality: Encoded(signed.finality.clone()),
        }
    }
}
