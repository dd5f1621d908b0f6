//! Limits: how many requests run at once, and how long each may take.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use weft_encoding::Layout;

use super::{ApiContext, Problem};

/// Numbers and deadlines of the HTTP interface.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiLimits {
    /// Bytes of the longest batch, if its layout and the chain allow longer ones.
    pub max_body_bytes: u64,
    /// Open connections.
    pub connections: NonZeroUsize,
    /// Posts at once, including those whose body is being received.
    pub posts: NonZeroUsize,
    /// Reads of batches at once.
    pub reads: NonZeroUsize,
    /// Other requests at once.
    pub queries: NonZeroUsize,
    /// Event streams at once.
    pub subscriptions: NonZeroUsize,
    /// Longest time of a post, including its upload. Longer than the gateway's own deadlines.
    pub post_deadline: Duration,
    /// Longest time until a read answers. Longer than the gateway's own deadline.
    pub read_deadline: Duration,
    /// Longest time until any other request answers.
    pub query_deadline: Duration,
    /// Longest time for a request's head, and longest idle time between requests.
    pub head_deadline: Duration,
    /// Longest time to send a batch to its reader.
    pub send_deadline: Duration,
    /// Longest time that a client may read nothing of an answer.
    pub stall_deadline: Duration,
    /// Longest time that a stopping server waits for requests in progress.
    pub stop_deadline: Duration,
}

impl Default for ApiLimits {
    fn default() -> Self {
        let count = |count: usize| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN);
        Self {
            max_body_bytes: Layout::Raw.max_bytes(),
            connections: count(1_024),
            posts: count(16),
            reads: count(32),
            queries: count(128),
            subscriptions: count(256),
            post_deadline: Duration::from_secs(150),
            read_deadline: Duration::from_secs(75),
            query_deadline: Duration::from_secs(20),
            head_deadline: Duration::from_secs(30),
            send_deadline: Duration::from_secs(120),
            stall_deadline: Duration::from_secs(30),
            stop_deadline: Duration::from_secs(10),
        }
    }
}

/// The class of a request, which decides its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Post,
    Read,
    Query,
    Subscription,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Post => "posts",
            Self::Read => "reads",
            Self::Query => "queries",
            Self::Subscription => "subscriptions",
        }
    }

    fn count(self, limits: &ApiLimits) -> NonZeroUsize {
        match self {
            Self::Post => limits.posts,
            Self::Read => limits.reads,
            Self::Query => limits.queries,
            Self::Subscription => limits.subscriptions,
        }
    }

    fn deadline(self, limits: &ApiLimits) -> Duration {
        match self {
            Self::Post => limits.post_deadline,
            Self::Read => limits.read_deadline,
            Self::Query | Self::Subscription => limits.query_deadline,
        }
    }
}

/// The permit of a request. A streamed answer holds it until it ends.
#[derive(Debug, Clone)]
pub(super) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Takes a permit of a class, or returns the problem that none is free.
pub(super) fn take_place(context: &ApiContext, class: Class) -> Result<Place, Problem> {
    let places = context.places();
    let semaphore: &Arc<Semaphore> = match class {
        Class::Post => &places.posts,
        Class::Read => &places.reads,
        Class::Query => &places.queries,
        Class::Subscription => &places.subscriptions,
    };
    match Arc::clone(semaphore).try_acquire_owned() {
        Ok(permit) => Ok(Place {
            _permit: Arc::new(permit),
        }),
        Err(_) => {
            context.metrics().refused.with_label_values(&["busy"]).inc();
            Err(Problem::busy(
                class.name(),
                class.count(context.limits()).get(),
            ))
        }
    }
}

/// Runs a request of `class` with a permit and a deadline for the start of its answer.
async fn limited(context: ApiContext, class: Class, mut request: Request, next: Next) -> Response {
    let _held = match class {
        // A subscription takes its permit itself, after its parameters are validated.
        Class::Subscription => None,
        class => match take_place(&context, class) {
            Ok(place) => {
                request.extensions_mut().insert(place.clone());
                Some(place)
            }
            Err(problem) => return problem.into_response(),
        },
    };
    let limit = class.deadline(context.limits());
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            context
                .metrics()
                .refused
                .with_label_values(&["deadline"])
                .inc();
            Problem::deadline(limit).into_response()
        }
    }
}

/// [`limited`] as a layer of one class.
macro_rules! layer {
    ($name:ident, $class:expr) => {
        pub(super) async fn $name(
            State(context): State<ApiContext>,
            request: Request,
            next: Next,
        ) -> Response {
            limited(context, $class, request, next).await
        }
    };
}

layer!(post, Class::Post);
layer!(read, Class::Read);
layer!(query, Class::Query);
layer!(subscription, Class::Subscription);

/// Counts and times every request by its route.
pub(super) async fn measured(
    State(context): State<ApiContext>,
    request: Request,
    next: Next,
) -> Response {
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        // Not the path itself: clients would choose the labels.
        None => "unmatched".to_owned(),
    };
    let metrics = context.metrics();
    let timer = metrics
        .request_seconds
        .with_label_values(&[&route])
        .start_timer();
    let response = next.run(request).await;
    timer.observe_duration();
    metrics
        .requests
        .with_label_values(&[&route, response.status().as_str()])
        .inc();
    response
}
