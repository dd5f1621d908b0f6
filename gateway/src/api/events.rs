//! Server-sent events: every decided block, from any height.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;
use weft_chain::Height;
use weft_gateway_api::{BlockEventDto, BlockHeaderDto, EventBlobDto, EventDto, ProblemDto};
use weft_ledger::Head;

use super::extract::{self, ApiQuery};
use super::limits::{Class, Place, take_place};
use super::{ApiContext, ApiMetrics, Problem};

/// A comment is sent after this long without an event; clients consider a connection broken after
/// 45 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a subscription starts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// First height to send; by default the next block. The header `Last-Event-ID`, which a browser
    /// sends when it reconnects, takes precedence.
    from: Option<String>,
}

/// Follow the chain: one event per block, past blocks first, then each one as it is decided.
///
/// `event` is `block`, `id` the height, `data` an `EventDto`.
#[utoipa::path(
    get,
    path = "/events",
    tag = "events",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "Last height received"),
    ),
    responses(
        (status = 200, body = EventDto, content_type = "text/event-stream"),
        (status = 400, body = ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(context): State<ApiContext>,
    ApiQuery(query): ApiQuery<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = first_height(&context, &query, &headers)?;
    let place = take_place(&context, Class::Subscription)?;
    let subscription = Subscription::new(context, next, place);
    let stream = subscription.into_stream().map(Ok::<_, Infallible>);
    Ok(Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

fn first_height(
    context: &ApiContext,
    query: &EventsQuery,
    headers: &HeaderMap,
) -> Result<Height, Problem> {
    const LIMIT: &str = "a height";
    if let Some(last) = headers.get(LAST_EVENT_ID) {
        let text = String::from_utf8_lossy(last.as_bytes());
        let last: Height = extract::parameter("Last-Event-ID", &text, LIMIT)?;
        return Ok(last.saturating_add(1));
    }
    match query.from.as_deref() {
        Some(text) => Ok(extract::parameter::<Height>("from", text, LIMIT)?.max(Height::FIRST)),
        None => Ok(context.ledger().head().next_height()),
    }
}

/// One client's position in the chain. Blocks that were not sent yet are in the store, so a slow
/// client misses nothing and delays no other client.
struct Subscription {
    context: ApiContext,
    head: watch::Receiver<Head>,
    next: Height,
    _open: OpenGauge,
    _place: Place,
}

/// Counts an open stream until it is dropped.
struct OpenGauge(ApiMetrics);

impl Drop for OpenGauge {
    fn drop(&mut self) {
        self.0.subscriptions.dec();
    }
}

impl Subscription {
    fn new(context: ApiContext, next: Height, place: Place) -> Self {
        let metrics = context.metrics().clone();
        metrics.subscriptions.inc();
        let head = context.ledger().watch_head();
        Self {
            context,
            head,
            next,
            _open: OpenGauge(metrics),
            _place: place,
        }
    }

    fn into_stream(self) -> impl Stream<Item = Event> + Send {
        stream::unfold(self, |mut subscription| async move {
            let event = subscription.next_event().await?;
            Some((event, subscription))
        })
    }

    /// The next block's event; `None` ends the stream, and the client reconnects elsewhere.
    async fn next_event(&mut self) -> Option<Event> {
        let shutdown = self.context.shutdown().clone();
        tokio::select! {
            () = shutdown.cancelled() => return None,
            head = self.head.wait_for(|head| head.height >= self.next) => { head.ok()?; }
        }
        let height = self.next;
        let load = move |store: &weft_ledger::store::Store| {
            Ok(store.signed_header(height)?.zip(store.body(height)?))
        };
        // The conversion to a `Problem` logs a failure; this client only sees the end of the
        // stream.
        let (signed, body) = self.context.read_store(load).await.ok()??;
        let blobs = body.blobs.iter().map(|blob| EventBlobDto {
            blob_id: blob.certificate.blob_id,
            namespace: blob.header.namespace,
            byte_len: blob.header.byte_len,
            rows: blob.header.rows() as u64,
        });
        let event = EventDto::Block(Box::new(BlockEventDto {
            height: height.get(),
            block: BlockHeaderDto::from(&signed),
            blobs: blobs.collect(),
        }));
        self.next = height.next()?;
        Event::default()
            .event("block")
            .id(height.to_string())
            .json_data(event)
            .ok()
    }
}
