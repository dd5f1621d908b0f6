//! Posting batches and reading them.

use std::io;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use futures::stream;
use serde::Deserialize;
use utoipa::IntoParams;
use weft_gateway_api::{
    BATCH_CONTENT_TYPE, MALFORMED_CONTENT_TYPE, MalformedBlob, ProblemDto, ReceiptDto, Wait,
};

use super::extract::{self, ApiPath, ApiQuery};
use super::limits::Place;
use super::{ApiContext, Problem, health, receipts, refusals};
use crate::{MalformedRow, PostRequest};

/// Bytes of a batch per frame.
const FRAME_BYTES: usize = 64 << 10;

/// The parameters of a post.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PostQuery {
    /// Namespace: 58 hex digits, or 2 to 56 that are left-padded with zeros under version 0.
    #[param(required = true)]
    namespace: Option<String>,
    /// `packed` (the default) or `raw`.
    layout: Option<String>,
    /// The phase to wait for: `certified` (the default) or `ordered`.
    wait: Option<String>,
}

/// Post a batch.
///
/// The body is the batch, raw bytes. The same content gives the same blob id and the same answer,
/// so a failed post can always be repeated.
#[utoipa::path(
    post,
    path = "/blobs",
    tag = "blobs",
    params(PostQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = ReceiptDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json",
            description = "Empty batch, bad namespace, unknown layout, raw batch of no whole rows \
                           or with an element not below the modulus"),
        (status = 413, body = ProblemDto, content_type = "application/problem+json",
            description = "The batch is larger than its layout allows"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "Busy, not ready, or not certified or ordered in time: try again"),
    )
)]
pub(super) async fn post_blob(
    State(context): State<ApiContext>,
    query: Result<ApiQuery<PostQuery>, Problem>,
    request: Request,
) -> Result<Json<ReceiptDto>, Problem> {
    let (parts, body) = request.into_parts();
    let mut stream = extract::stream(body);
    let accepted = async {
        let request = plan(&context, query?.0)?;
        let limit = health::max_bytes(&context, request.layout);
        let batch = extract::body(&parts.headers, &mut stream, limit, "batch").await?;
        Ok(PostRequest { batch, ..request })
    };
    let request = match accepted.await {
        Ok(request) => request,
        Err(problem) => {
            extract::drain(&parts.headers, stream);
            return Err(problem);
        }
    };
    let batch = request.batch.clone();
    let posted = context
        .blobs()?
        .post(request)
        .await
        .map_err(|error| refusals::post(error, &batch))?;
    Ok(Json(receipts::dto(posted.receipt)))
}

/// Validates a post before its body is received.
fn plan(context: &ApiContext, query: PostQuery) -> Result<PostRequest, Problem> {
    context.blobs()?;
    let namespace = extract::namespace(query.namespace.as_deref())?;
    let layout = extract::layout(query.layout.as_deref())?;
    let wait = match query.wait.as_deref() {
        Some(text) => extract::parameter("wait", text, "certified or ordered")?,
        None => Wait::default(),
    };
    health::not_ready(context).map_err(Problem::not_ready)?;
    Ok(PostRequest {
        namespace,
        layout,
        batch: Bytes::new(),
        wait,
    })
}

/// Read a batch.
///
/// The answer is the batch, raw bytes. This gateway has verified them against the blob id; a client
/// that does not trust it verifies them again. For a malformed blob, which is certified but holds
/// no batch, the answer is one row that proves it.
#[utoipa::path(
    get,
    path = "/blobs/{id}",
    tag = "blobs",
    params(("id" = String, Path, description = "Blob id, 64 hex digits")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 422, body = Vec<u8>, content_type = "application/vnd.weft.malformed",
            description = "The blob holds no batch: the index of a row that breaks the layout, 4 \
                           bytes little-endian, and the row, 131,072 bytes. For good."),
        (status = 404, body = ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "Busy, or too few cells are available: `value` available, `limit` needed"),
    )
)]
pub(super) async fn get_blob(
    State(context): State<ApiContext>,
    Extension(place): Extension<Place>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let blob_id = extract::blob_id(&id)?;
    let read = context
        .blobs()?
        .read(blob_id)
        .await
        .map_err(refusals::read)?;
    let (status, content_type, bytes) = match read.batch {
        Ok(batch) => (StatusCode::OK, BATCH_CONTENT_TYPE, batch.into()),
        Err(malformed) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            (status, MALFORMED_CONTENT_TYPE, shown(&malformed))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes.len())),
        // A blob id names its content: it never changes.
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    let limit = context.limits().send_deadline;
    Ok((status, headers, send(bytes, place, limit)).into_response())
}

/// The proof that a blob is malformed, for a reader.
fn shown(malformed: &MalformedRow) -> Bytes {
    MalformedBlob {
        row: u32::try_from(malformed.reason.row).unwrap_or(u32::MAX),
        content: Bytes::copy_from_slice(malformed.row.as_bytes()),
    }
    .encode()
}

/// A batch as a body that holds the request's permit until it is sent, and fails after `limit`.
fn send(batch: Bytes, place: Place, limit: Duration) -> Body {
    let until = Instant::now() + limit;
    let frames = stream::unfold((batch, place), move |(mut rest, place)| async move {
        if rest.is_empty() {
            return None;
        }
        if Instant::now() > until {
            let error = io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly");
            return Some((Err(error), (Bytes::new(), place)));
        }
        let frame = rest.split_to(rest.len().min(FRAME_BYTES));
        Some((Ok(frame), (rest, place)))
    });
    Body::from_stream(frames)
}
