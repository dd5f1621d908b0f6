//! Extractors of parameters and bodies. Their refusals are problems.

use std::str::FromStr;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use weft_chain::{BlobId, Namespace};
use weft_encoding::{Fault, Layout};
use weft_gateway_api::ProblemKind;

use super::Problem;

/// Bytes of a refused body that are read and discarded.
const DRAINED_BYTES: usize = 64 << 20;

/// Longest time that a refused body is read.
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// The query string.
#[derive(Debug)]
pub(super) struct ApiQuery<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(error) => {
                let text = error.body_text();
                let detail = text
                    .strip_prefix("Failed to deserialize query string: ")
                    .unwrap_or(&text);
                Err(Problem::bad_parameter(format!("query: {detail}")))
            }
        }
    }
}

/// The parameters in the path.
#[derive(Debug)]
pub(super) struct ApiPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(error) => Err(Problem::bad_parameter(error.body_text())),
        }
    }
}

/// A caller's value, truncated for a problem.
fn shown(text: &str) -> String {
    text.chars().take(128).collect()
}

/// Parses a parameter.
pub(super) fn parameter<T>(
    name: &'static str,
    text: &str,
    limit: &'static str,
) -> Result<T, Problem>
where
    T: FromStr,
{
    text.parse().map_err(|_| {
        let detail = format!("{name} is {:?}, must be {limit}", shown(text));
        Problem::bad_parameter(detail)
            .value(shown(text))
            .limit(limit)
    })
}

/// Parses a flag: `true` or `false`, `1` or `0`; without a value it is set.
pub(super) fn flag(name: &'static str, text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        other => {
            let detail = format!("{name} is {:?}, must be true or false", shown(other));
            Err(Problem::bad_parameter(detail)
                .value(shown(other))
                .limit("true or false"))
        }
    }
}

/// Parses a namespace.
pub(super) fn namespace(text: Option<&str>) -> Result<Namespace, Problem> {
    const LIMIT: &str = "58 hex digits, or 2 to 56 that are left-padded with zeros under version 0";
    let refused = |detail: String| {
        let status = StatusCode::BAD_REQUEST;
        Problem::new(ProblemKind::BadNamespace, status, Fault::Caller, detail).limit(LIMIT)
    };
    let text = text.ok_or_else(|| refused("the parameter namespace is missing".to_owned()))?;
    text.parse().map_err(|error| {
        refused(format!("namespace is {:?}: {error}", shown(text))).value(shown(text))
    })
}

/// Parses a layout; `packed` by default.
pub(super) fn layout(text: Option<&str>) -> Result<Layout, Problem> {
    let Some(text) = text else {
        return Ok(Layout::Packed);
    };
    text.parse().map_err(|_| {
        let detail = format!("layout is {:?}, must be packed or raw", shown(text));
        let status = StatusCode::BAD_REQUEST;
        Problem::new(ProblemKind::UnknownLayout, status, Fault::Caller, detail)
            .value(shown(text))
            .limit("packed or raw")
    })
}

/// Parses a blob id from a path.
pub(super) fn blob_id(text: &str) -> Result<BlobId, Problem> {
    parameter("the blob id", text, "64 hex digits")
}

/// Reads a body of at most `limit` bytes as it streams in; `what` names it in refusals.
///
/// Memory: the received bytes, at most `limit` and one frame.
pub(super) async fn body(
    headers: &HeaderMap,
    stream: &mut BodyDataStream,
    limit: u64,
    what: &'static str,
) -> Result<Bytes, Problem> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = declared.filter(|length| *length > limit) {
        return Err(too_large(
            length,
            limit,
            format!("the {what} has {length} bytes"),
        ));
    }
    let expected = usize::try_from(declared.unwrap_or_default().min(limit)).unwrap_or_default();
    let mut bytes = BytesMut::with_capacity(expected.min(1 << 20));
    while let Some(frame) = stream.next().await {
        let frame = frame.map_err(|error| {
            Problem::bad_parameter(format!(
                "the body ended after {} bytes: {error}",
                bytes.len()
            ))
        })?;
        let length = (bytes.len() + frame.len()) as u64;
        if length > limit {
            return Err(too_large(
                length,
                limit,
                format!("the {what} has {length} bytes or more"),
            ));
        }
        bytes.extend_from_slice(&frame);
    }
    Ok(bytes.freeze())
}

/// Discards what a refused client still sends, within bounds and while the answer is sent. Without
/// it the connection would be reset before the client has read the answer.
///
/// A client that expects `100 Continue` sends no body, because it gets no `100 Continue`.
pub(super) fn drain(headers: &HeaderMap, mut stream: BodyDataStream) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let reading = async move {
        let mut drained = 0;
        while let Some(Ok(frame)) = stream.next().await {
            drained += frame.len();
            if drained > DRAINED_BYTES {
                return;
            }
        }
    };
    // The outcome does not matter: the answer is the same.
    tokio::spawn(tokio::time::timeout(DRAIN_DEADLINE, reading));
}

/// A body as a stream of frames.
pub(super) fn stream(body: Body) -> BodyDataStream {
    body.into_data_stream()
}

pub(super) fn too_large(length: u64, limit: u64, detail: String) -> Problem {
    let detail = format!("{detail}, the limit is {limit}");
    Problem::new(
        ProblemKind::TooLarge,
        StatusCode::PAYLOAD_TOO_LARGE,
        Fault::Caller,
        detail,
    )
    .value(length)
    .limit(limit)
}
