//! Subscriptions: every header once, in order, linked, across broken connections.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query},
    http::header,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::get,
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use weft_chain::Height;
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, SubscribeError, TransportError, api::EventDto, verify::HeaderError,
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{ServedChain, namespace, new_chain},
    gateway::TestGateway,
};

fn fixture(blocks: u64) -> GrowingChain {
    let mut chain = new_chain("weft-test");
    while chain.height() < blocks {
        chain.push_empty();
    }
    chain
}

fn sse(events: Vec<EventDto>) -> Response {
    let events = events.into_iter().map(|event| {
        Ok::<_, Infallible>(Event::default().event("block").json_data(event).unwrap())
    });
    Sse::new(stream::iter(events)).into_response()
}

/// A gateway whose every connection ends after `each` events.
async fn flaky(chain: Arc<GrowingChain>, each: u64) -> TestGateway {
    let lists = Arc::clone(&chain);
    let router = Router::new()
        .route(
            "/events",
            get(
                move |Query(query): Query<HashMap<String, u64>>| async move {
                    let from = query["from"];
                    let to = (from + each).min(chain.height() + 1);
                    sse((from..to).map(|height| chain.event(height)).collect())
                },
            ),
        )
        .route(
            "/namespaces/{ns}/blobs",
            get(
                move |Path(ns): Path<String>, Query(query): Query<HashMap<String, String>>| {
                    let number = |name: &str| query[name].parse().unwrap();
                    let list = lists.list(&namespace(&ns), number("from"), number("to"));
                    async move { Json(list) }
                },
            ),
        );
    TestGateway::serve(router).await
}

#[tokio::test]
async fn a_subscription_goes_on_where_its_connection_broke() {
    let chain = Arc::new(fixture(5));
    let gateway = flaky(Arc::clone(&chain), 2).await;
    let da = gateway.client(chain.trust());
    let headers = da.subscribe(Height::GENESIS).await.unwrap();
    let heights: Vec<_> = headers
        .take(5)
        .map(|header| {
            let header = header.unwrap();
            (header.height.get(), header.hash())
        })
        .collect()
        .await;
    let expected: Vec<_> = (1..=5)
        .map(|height| (height, chain.header(height).hash))
        .collect();
    assert_eq!(heights, expected);
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn a_subscription_that_brings_nothing_ends_with_an_error() {
    let chain = Arc::new(fixture(2));
    let gateway = flaky(Arc::clone(&chain), 1).await;
    let da = gateway.client(chain.trust());
    let mut headers = da.subscribe(Height::new(2)).await.unwrap();
    assert_eq!(headers.next().await.unwrap().unwrap().height.get(), 2);
    let error = headers.next().await.unwrap().unwrap_err();
    assert_eq!(error.fault(), Fault::Retry, "{error}");
    assert!(headers.next().await.is_none());
    assert_eq!(
        gateway.hits(),
        3,
        "one that brought a block, and two retries"
    );
}

#[tokio::test]
async fn gaps_and_forks_are_refused() {
    let chain = fixture(3);
    let skipping = sse_gateway(vec![chain.event(1), chain.event(3)]).await;
    let da = skipping.client(chain.trust());
    let mut headers = da.subscribe(Height::FIRST).await.unwrap();
    headers.next().await.unwrap().unwrap();
    let error = headers.next().await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            SubscribeError::Header(HeaderError::OtherHeight { .. })
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Peer);

    let mut fork = new_chain("weft-test");
    let blob = fork.blob(&namespace("01"), Layout::Packed, b"only here".to_vec());
    fork.order(&[&blob]);
    fork.push_empty();
    let forked = sse_gateway(vec![chain.event(1), fork.event(2)]).await;
    let da = forked.client(chain.trust());
    let mut headers = da.subscribe(Height::FIRST).await.unwrap();
    headers.next().await.unwrap().unwrap();
    let error = headers.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, SubscribeError::Header(HeaderError::NotLinked { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn headers_of_another_chain_are_refused() {
    let chain = fixture(1);
    let mut other = new_chain("weft-other");
    other.push_empty();
    let gateway = sse_gateway(vec![other.event(1)]).await;
    let mut headers = gateway
        .client(chain.trust())
        .subscribe(Height::FIRST)
        .await
        .unwrap();
    let error = headers.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, SubscribeError::Header(HeaderError::NotFinal(_))),
        "{error}"
    );
}

async fn sse_gateway(events: Vec<EventDto>) -> TestGateway {
    TestGateway::answering(move |_, _| sse(events.clone())).await
}

#[tokio::test]
async fn an_endless_event_is_cut_off() {
    let chain = fixture(1);
    let gateway = TestGateway::answering(|_, _| {
        let frames = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 4096])));
        let headers = [(header::CONTENT_TYPE, "text/event-stream")];
        (headers, Body::from_stream(frames)).into_response()
    })
    .await;
    let da = gateway.client_with(chain.trust(), |config| config.max_event_bytes = 100_000);
    let mut headers = da.subscribe(Height::FIRST).await.unwrap();
    let error = headers.next().await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            SubscribeError::Transport(TransportError::TooLarge { limit: 100_000, .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_silent_stream_is_left() {
    let chain = fixture(1);
    let gateway = TestGateway::answering(|_, _| {
        let headers = [(header::CONTENT_TYPE, "text/event-stream")];
        let silence = stream::pending::<Result<Bytes, Infallible>>();
        (headers, Body::from_stream(silence)).into_response()
    })
    .await;
    let da = gateway.client_with(chain.trust(), |config| {
        config.idle_deadline = Duration::from_millis(20);
    });
    let mut headers = da.subscribe(Height::FIRST).await.unwrap();
    let error = headers.next().await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            SubscribeError::Transport(TransportError::Deadline { limit_ms: 20, .. })
        ),
        "{error}"
    );
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn a_namespace_is_followed_height_by_height() {
    let mut chain = fixture(1);
    let blob = chain.blob(&namespace("0a11ce"), Layout::Packed, b"a batch".to_vec());
    chain.order(&[&blob]);
    let chain = Arc::new(chain);
    let gateway = flaky(Arc::clone(&chain), 9).await;
    let da = gateway.client(chain.trust());
    let mut lists = da
        .subscribe_namespace(&namespace("0a11ce"), Height::FIRST)
        .await
        .unwrap();
    assert!(lists.next().await.unwrap().unwrap().blobs().is_empty());
    let list = lists.next().await.unwrap().unwrap();
    assert_eq!(list.blobs()[0].blob_id(), blob.header.id());
}
