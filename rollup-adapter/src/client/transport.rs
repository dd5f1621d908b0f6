//! One request: its deadline, its retries, and the size limit on its answer.

use std::{sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use weft_encoding::Fault;
use weft_gateway_api::{
    BATCH_CONTENT_TYPE, MALFORMED_CONTENT_TYPE, MALFORMED_STATUS, MalformedBlob, ProblemDto,
    ProblemKind,
};

use super::ClientConfig;
use crate::availability::TransportError;

/// Largest problem details, bytes.
const MAX_PROBLEM_BYTES: usize = 64 << 10;

/// A connection pool to one gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: reqwest::Client,
    base: Arc<Url>,
    config: Arc<ClientConfig>,
}

/// A gateway's answer to a request for a batch, unverified.
#[derive(Debug)]
pub(super) enum BlobAnswer {
    /// The batch.
    Batch(Bytes),
    /// A [`MalformedBlob`], encoded.
    Malformed(Bytes),
}

/// The size of an answer, which decides the deadline of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Size {
    /// A receipt, a header.
    Small,
    /// A batch, a list.
    Transfer,
}

impl Transport {
    pub(super) fn new(gateway: &str, config: ClientConfig) -> Result<Self, TransportError> {
        let refused = |reason: String| TransportError::Url {
            url: gateway.chars().take(256).collect(),
            reason,
        };
        let mut base = Url::parse(gateway).map_err(|error| refused(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(refused(format!("its scheme is {:?}", base.scheme())));
        }
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(config.connect_deadline)
            // An untrusted gateway must not choose other URLs for this machine to request.
            .redirect(Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| TransportError::Build(error.into()))?,
            base: Arc::new(base),
            config: Arc::new(config),
        })
    }

    pub(super) fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// GETs a JSON answer.
    pub(super) async fn get_json<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        size: Size,
    ) -> Result<T, TransportError> {
        let limit = self.config.max_answer_bytes;
        let answer = self.get_json_within(path, query, size, limit).await?;
        Ok(answer.0)
    }

    /// GETs a JSON answer of at most `limit` bytes; returns its length too.
    pub(super) async fn get_json_within<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        size: Size,
        limit: usize,
    ) -> Result<(T, usize), TransportError> {
        let body = self
            .retried(path, size, limit, || {
                self.request(Method::GET, path).query(query)
            })
            .await?;
        Ok((parse(path, &body)?, body.len()))
    }

    /// POSTs JSON for a JSON answer. Only for calls that are safe to repeat.
    pub(super) async fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        value: &(impl Serialize + Sync),
    ) -> Result<T, TransportError> {
        let limit = self.config.max_answer_bytes;
        let body = self
            .retried(path, Size::Small, limit, || {
                self.request(Method::POST, path).json(value)
            })
            .await?;
        parse(path, &body)
    }

    /// GETs a batch of at most `limit` bytes, or the proof that there is none.
    pub(super) async fn get_blob(
        &self,
        path: &str,
        limit: usize,
    ) -> Result<BlobAnswer, TransportError> {
        let accepted = format!("{BATCH_CONTENT_TYPE}, {MALFORMED_CONTENT_TYPE}");
        let request = || {
            self.request(Method::GET, path)
                .header(header::ACCEPT, &accepted)
        };
        self.attempted(path, Size::Transfer, request, |response| async move {
            if is_malformed(&response) {
                let bytes = body(path, response, MalformedBlob::BYTES).await?;
                return Ok(BlobAnswer::Malformed(bytes));
            }
            let bytes = body(path, accept(path, response).await?, limit).await?;
            Ok(BlobAnswer::Batch(bytes))
        })
        .await
    }

    /// POSTs raw bytes for a JSON answer. Only for calls that are safe to repeat.
    pub(super) async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        body: Bytes,
    ) -> Result<T, TransportError> {
        let limit = self.config.max_answer_bytes;
        let body = self
            .retried(path, Size::Transfer, limit, || {
                self.request(Method::POST, path)
                    .query(query)
                    .header(header::CONTENT_TYPE, BATCH_CONTENT_TYPE)
                    .body(body.clone())
            })
            .await?;
        parse(path, &body)
    }

    /// Opens an event stream: one attempt, with the deadline of a small answer until the response's
    /// head.
    pub(super) async fn open_events(
        &self,
        path: &str,
        from: u64,
    ) -> Result<Response, TransportError> {
        let limit = self.config.deadline;
        let request = self
            .request(Method::GET, path)
            .query(&[("from", from)])
            .header(header::ACCEPT, "text/event-stream");
        let attempt = async {
            let response = self.send(path, request).await?;
            accept(path, response).await
        };
        within(path, limit, attempt).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.base.as_ref().clone();
        url.set_path(&format!("{}v1/{path}", self.base.path()));
        self.client.request(method, url)
    }

    async fn send(&self, path: &str, request: RequestBuilder) -> Result<Response, TransportError> {
        request.send().await.map_err(|error| broken(path, error))
    }

    /// The body of a successful answer, with retries.
    async fn retried(
        &self,
        path: &str,
        size: Size,
        limit: usize,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Bytes, TransportError> {
        self.attempted(path, size, request, |response| async move {
            body(path, accept(path, response).await?, limit).await
        })
        .await
    }

    /// Attempts a request until it succeeds, fails for good, or has used up its retries.
    async fn attempted<T, F: Future<Output = Result<T, TransportError>>>(
        &self,
        path: &str,
        size: Size,
        request: impl Fn() -> RequestBuilder,
        receive: impl Fn(Response) -> F,
    ) -> Result<T, TransportError> {
        let deadline = match size {
            Size::Small => self.config.deadline,
            Size::Transfer => self.config.transfer_deadline,
        };
        let longest = self.config.longest_pause;
        (|| {
            within(path, deadline, async {
                receive(self.send(path, request()).await?).await
            })
        })
        .retry(self.pauses())
        .when(is_worth_repeating)
        .adjust(move |error, pause| {
            let asked = error.retry_after().unwrap_or_default();
            pause.map(|pause| pause.max(asked).min(longest))
        })
        .notify(|error, pause| tracing::debug!(%error, ?pause, "trying again"))
        .await
    }

    /// The pauses between attempts.
    pub(super) fn pauses(&self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.config.first_pause)
            .with_max_delay(self.config.longest_pause)
            .with_max_times(self.config.retries)
            .with_jitter()
    }
}

/// Whether an attempt that failed with this error may succeed when it is repeated at once. A gateway
/// that could not repair a blob has asked every custodian until its own deadline already.
fn is_worth_repeating(error: &TransportError) -> bool {
    error.fault() == Fault::Retry
        && error
            .problem()
            .is_none_or(|problem| problem.problem_kind() != ProblemKind::Unavailable)
}

/// Whether a response claims that a blob holds no batch, with the proof.
fn is_malformed(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    response.status().as_u16() == MALFORMED_STATUS
        && content_type.is_some_and(|kind| kind == MALFORMED_CONTENT_TYPE)
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

async fn within<T>(
    path: &str,
    limit: Duration,
    attempt: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    tokio::time::timeout(limit, attempt)
        .await
        .unwrap_or_else(|_| {
            Err(TransportError::Deadline {
                path: path.into(),
                limit_ms: limit.as_millis(),
            })
        })
}

/// A connection that was not made, or broke.
pub(super) fn broken(path: &str, error: reqwest::Error) -> TransportError {
    TransportError::Connection {
        path: path.into(),
        source: error.into(),
    }
}

fn parse<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, TransportError> {
    serde_json::from_slice(body).map_err(|source| TransportError::Malformed {
        path: path.into(),
        source,
    })
}

/// Passes a success through, and turns a failure into an error with its problem details.
async fn accept(path: &str, response: Response) -> Result<Response, TransportError> {
    let status = response.status();
    if matches!(status, StatusCode::OK | StatusCode::ACCEPTED) {
        return Ok(response);
    }
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let body = body(path, response, MAX_PROBLEM_BYTES).await?;
    let mut problem: ProblemDto =
        serde_json::from_slice(&body).map_err(|_| TransportError::Status {
            path: path.into(),
            status: status.as_u16(),
        })?;
    problem.status = status.as_u16();
    Err(TransportError::Problem {
        path: path.into(),
        problem: Box::new(problem),
        retry_after,
    })
}

/// Reads a body as it streams in, and stops at the limit.
async fn body(path: &str, mut response: Response, limit: usize) -> Result<Bytes, TransportError> {
    let too_large = || TransportError::TooLarge {
        path: path.into(),
        limit,
    };
    let said = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if said.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    // The head's length is unverified, so it reserves at most 1 MiB.
    let mut bytes = BytesMut::with_capacity(said.unwrap_or_default().min(1 << 20));
    loop {
        let next = response
            .chunk()
            .await
            .map_err(|error| broken(path, error))?;
        let Some(next) = next else {
            return Ok(bytes.freeze());
        };
        if bytes.len() + next.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&next);
    }
}
