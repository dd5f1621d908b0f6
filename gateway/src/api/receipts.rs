//! Receipts.

use axum::Json;
use axum::extract::State;
use weft_encoding::Digest;
use weft_gateway_api::{Encoded, ProblemDto, ReceiptDto};

use super::extract::{self, ApiPath};
use super::{ApiContext, Problem, refusals};
use crate::Receipt;

/// A blob's current receipt.
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

/// A receipt as JSON.
pub(super) fn dto(receipt: Receipt) -> ReceiptDto {
    let header = receipt.header;
    let commitments = header.commitments.clone();
    let hashes = commitments
        .iter()
        .map(|point| Digest::from_bytes(point.versioned_hash()));
    let ordered = receipt.ordered;
    let place = ordered.as_ref().map(|ordered| ordered.location);
    let block = ordered.as_ref().map(|ordered| (&ordered.block).into());
    let proofs = ordered.map(|ordered| (ordered.inclusion, ordered.commitments));
    let (inclusion, commitments_proof) = proofs.unzip();
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
        block,
        inclusion: inclusion.map(Encoded),
        commitments_proof: commitments_proof.map(Encoded),
    }
}
