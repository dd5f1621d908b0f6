//! Receipts.

use axum::Json;
use axum::extract::State;
use weft_encoding::Digest;
use weft_rollup_adapter::api::{BlockHeaderDto, Encoded, ProblemDto, ReceiptDto};

use super::extract::{self, ApiPath};
use super::{ApiContext, Problem, refusals};
use crate::gateway::Receipt;

/// A blob's receipt as it is at this time.
#[utoipa::path(
    get,
    path = "/blobs/{id}/receipt",
    tag = "blobs",
    params(("id" = String, Path, description = "Blob id, 64 hex digits")),
    responses(
        (status = 200, body = ReceiptDto),
        (status = 404, body = ProblemDto, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_receipt(
    State(context): State<ApiContext>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ReceiptDto>, Problem> {
    let blob_id = extract::blob_id(&id)?;
    let receipt = context
        .blobs()?
        .receipt(blob_id)
        .await
        .map_err(refusals::read)?;
    receipt
        .map(|receipt| Json(dto(receipt)))
        .ok_or_else(|| refusals::unknown_blob(&blob_id))
}

/// A receipt as it goes out.
pub(super) fn dto(receipt: Receipt) -> ReceiptDto {
    let header = receipt.header;
    let commitments = header.commitments.clone();
    let hashes = commitments
        .iter()
        .map(|point| Digest::from_bytes(point.versioned_hash()));
    let (place, block, inclusion) = match receipt.ordered {
        Some(ordered) => (
            Some(ordered.location),
            Some(ordered.block),
            Some(ordered.inclusion),
        ),
        None => (None, None, None),
    };
    ReceiptDto {
        blob_id: receipt.blob_id,
        height: place.map(|place| place.height.get()),
        first_row: place.map(|place| place.first_row.into()),
        namespace: header.namespace,
        layout: header.layout,
        byte_len: header.byte_len,
        rows: header.rows() as u64,
        versioned_hashes: hashes.collect(),
        commitments,
        kzg_proofs: receipt.kzg_proofs,
        header: Encoded(header),
        expiry: receipt.certificate.expiry.get(),
        certificate: Encoded(receipt.certificate),
        block: block.as_ref().map(BlockHeaderDto::from),
        inclusion: inclusion.map(Encoded),
    }
}
