//! Failures as answers: RFC 9457 problem details.

use std::any::Any;
use std::error::Error;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use weft_encoding::Fault;
use weft_gateway_api::{PROBLEM_CONTENT_TYPE, ProblemDto, ProblemKind};

/// `Retry-After` of answers whose failure is not the request's fault.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A failure as the client gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    dto: Box<ProblemDto>,
}

impl Problem {
    /// A problem of a kind. `title` is the same for every problem of its kind.
    pub(super) fn new(kind: ProblemKind, status: StatusCode, fault: Fault, detail: String) -> Self {
        Self {
            dto: Box::new(ProblemDto {
                kind: kind.uri(),
                title: title(kind).to_owned(),
                status: status.as_u16(),
                detail,
                value: None,
                limit: None,
                fault: Some(fault.into()),
            }),
        }
    }

    /// Adds the wrong value.
    pub(super) fn value(mut self, value: impl Into<Value>) -> Self {
        self.dto.value = Some(value.into());
        self
    }

    /// Adds the limit that the value broke.
    pub(super) fn limit(mut self, limit: impl Into<Value>) -> Self {
        self.dto.limit = Some(limit.into());
        self
    }

    /// The problem as JSON.
    pub fn dto(&self) -> &ProblemDto {
        &self.dto
    }

    /// A parameter that is malformed or missing.
    pub(super) fn bad_parameter(detail: String) -> Self {
        Self::new(
            ProblemKind::BadParameter,
            StatusCode::BAD_REQUEST,
            Fault::Caller,
            detail,
        )
    }

    /// The limit of concurrent requests of this kind is reached.
    pub(super) fn busy(what: &'static str, limit: usize) -> Self {
        let detail = format!("{limit} {what} are in progress, the most at once: try again");
        Self::new(
            ProblemKind::Busy,
            StatusCode::SERVICE_UNAVAILABLE,
            Fault::Retry,
            detail,
        )
        .value(limit)
        .limit(limit)
    }

    /// The request took too long.
    pub(super) fn deadline(limit: Duration) -> Self {
        let detail = format!("the request was not answered within {limit:?}: try again");
        Self::new(
            ProblemKind::Deadline,
            StatusCode::SERVICE_UNAVAILABLE,
            Fault::Retry,
            detail,
        )
        .limit(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
    }

    /// This node is not a gateway: it neither accepts posts nor reads batches.
    pub(super) fn no_gateway() -> Self {
        let detail = "this node is not a gateway".to_owned();
        Self::new(
            ProblemKind::NotReady,
            StatusCode::SERVICE_UNAVAILABLE,
            Fault::Caller,
            detail,
        )
    }

    /// Posts are not accepted now.
    pub(super) fn not_ready(reason: String) -> Self {
        Self::new(
            ProblemKind::NotReady,
            StatusCode::SERVICE_UNAVAILABLE,
            Fault::Retry,
            reason,
        )
    }

    /// The node failed. The cause goes to the log and not to the client.
    pub(super) fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::unexplained()
    }

    fn unexplained() -> Self {
        let detail = "the node failed; its log says why".to_owned();
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(ProblemKind::Internal, status, Fault::Local, detail)
    }
}

fn title(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::EmptyBatch => "The batch is empty",
        ProblemKind::TooLarge => "The body is too large",
        ProblemKind::UnknownLayout => "Unknown layout",
        ProblemKind::BadNamespace => "Bad namespace",
        ProblemKind::NotWholeRows => "The raw batch is not whole rows",
        ProblemKind::NonCanonicalElement => "The raw batch has a non-canonical element",
        ProblemKind::BadParameter => "Bad parameter",
        ProblemKind::UnknownBlob => "Unknown blob",
        ProblemKind::UnknownBlock => "Unknown block",
        ProblemKind::UnknownCell => "Unknown cell",
        ProblemKind::UnknownUpdate => "Unknown validator update",
        ProblemKind::BadUpdate => "The validator update is refused",
        ProblemKind::NotCertified => "Too few custodians signed",
        ProblemKind::Unavailable => "The data cannot be had",
        ProblemKind::NotYet => "Not yet",
        ProblemKind::Busy => "Busy",
        ProblemKind::NotReady => "Not ready",
        ProblemKind::Deadline => "Deadline passed",
        ProblemKind::NotFound => "No such path",
        ProblemKind::MethodNotAllowed => "Method not allowed",
        ProblemKind::Internal => "Internal failure",
        ProblemKind::Other => "Failure",
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.dto.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.dto.fault() == Fault::Retry;
        // Strings and numbers only, so this cannot fail; an empty body would still be an error
        // status.
        let body = serde_json::to_vec(&self.dto).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(PROBLEM_CONTENT_TYPE),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if retry {
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(RETRY_AFTER.as_secs()),
            );
        }
        response
    }
}

/// A handler panicked: the connection stays open, and the client gets a problem.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(message, "a request handler panicked");
    Problem::unexplained().into_response()
}

/// No route has this path.
pub(super) async fn not_found(request: axum::extract::Request) -> Problem {
    let path: String = request.uri().path().chars().take(256).collect();
    let detail = format!("no path {path}; /openapi.json lists all paths");
    Problem::new(
        ProblemKind::NotFound,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(path)
}

/// The path exists, but not with this method.
pub(super) async fn method_not_allowed(request: axum::extract::Request) -> Problem {
    let method = request.method().to_string();
    let detail = format!("{method} is not a method of {}", request.uri().path());
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(ProblemKind::MethodNotAllowed, status, Fault::Caller, detail).value(method)
}
