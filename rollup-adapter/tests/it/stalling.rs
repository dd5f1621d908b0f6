//! Gateways that keep a client waiting: with bytes that are no answer, and with blocks of the past.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{Query, Request},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use weft_chain::Height;
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, HttpClient, StaleHead, SubscribeError, TransportError, Wait, WaitForError,
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{ServedChain, namespace, new_chain},
    gateway::TestGateway,
};

const DEADLINE: Duration = Duration::from_millis(60);
/// Between two parts of what is no block.
const PAUSE: Duration = Duration::from_millis(2);

fn fixture(blocks: u64) -> GrowingChain {
    let mut chain = new_chain("weft-test");
    while chain.height() < blocks {
        chain.push_empty();
    }
    chain
}

/// These bytes again and again, for ever, with a pause before each.
fn for_ever(part: &'static str, pause: Duration) -> impl Stream<Item = Bytes> + Send {
    stream::repeat(Bytes::from_static(part.as_bytes())).then(move |part| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        part
    })
}

fn events(parts: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/event-stream")];
    let body = Body::from_stream(parts.map(Ok::<_, Infallible>));
    (headers, body).into_response()
}

fn block(chain: &GrowingChain, height: u64) -> Bytes {
    let event = serde_json::to_string(&chain.event(height)).unwrap();
    format!("event: block\ndata: {event}\n\n").into()
}

/// A client that is patient with silence, and not with the lack of a block.
fn client(gateway: &TestGateway, chain: &GrowingChain) -> HttpClient {
    gateway.client_with(chain.trust(), |config| {
        config.block_deadline = DEADLINE;
        config.idle_deadline = Duration::from_secs(60);
    })
}

/// Checks that a subscription that only ever brings this ends at the deadline for the next block.
async fn ends_without_a_block(part: &'static str, pause: Duration) {
    let chain = fixture(1);
    let gateway = TestGateway::answering(move |_, _| events(for_ever(part, pause)));
    let gateway = gateway.await;
    let da = client(&gateway, &chain);
    let mut headers = da.subscribe(Height::FIRST).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), headers.next()).await;
    let error = ended.expect("the stream stalls").unwrap().unwrap_err();
    match &error {
        SubscribeError::Transport(TransportError::NoBlock {
            height, limit_ms, ..
        }) => assert_eq!((height.get(), *limit_ms), (1, DEADLINE.as_millis())),
        other => panic!("{other}"),
    }
    assert_eq!(error.fault(), Fault::Retry);
    assert!(error.to_string().contains("60 ms"), "{error}");
    assert_eq!(gateway.hits(), 3, "the first attempt and two retries");
    assert!(headers.next().await.is_none());
}

#[tokio::test]
async fn comments_for_ever_do_not_stall_a_subscription() {
    ends_without_a_block(": patience\n\n", PAUSE).await;
}

#[tokio::test]
async fn unknown_events_for_ever_do_not_stall_a_subscription() {
    let tick = "event: tick\ndata: {\"type\":\"tick\"}\n\n";
    ends_without_a_block(tick, PAUSE).await;
    // Nor as fast as they can be sent.
    ends_without_a_block(tick, Duration::ZERO).await;
}

#[tokio::test]
async fn an_event_that_drips_for_ever_does_not_stall_a_subscription() {
    ends_without_a_block("d", PAUSE).await;
}

#[tokio::test]
async fn a_stalled_subscription_is_taken_up_again_where_it_stalled() {
    let chain = Arc::new(fixture(3));
    let source = Arc::clone(&chain);
    let gateway = TestGateway::answering(move |_, request: Request| {
        let query: Query<HashMap<String, u64>> = Query::try_from_uri(request.uri()).unwrap();
        let first = block(&source, query["from"]);
        let comments = for_ever(": patience\n\n", PAUSE);
        events(stream::iter([first]).chain(comments))
    })
    .await;
    let da = client(&gateway, &chain);
    let headers = da.subscribe(Height::FIRST).await.unwrap();
    let heights: Vec<_> = headers
        .take(3)
        .map(|header| header.unwrap().height.get())
        .collect()
        .await;
    assert_eq!(heights, [1, 2, 3]);
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn a_stream_that_stays_behind_ends_as_stale() {
    let chain = Arc::new(fixture(9));
    let source = Arc::clone(&chain);
    // The blocks are a second apart and of 1970. One every 600 ms never gets to this year.
    let gateway = TestGateway::answering(move |_, _| {
        let chain = Arc::clone(&source);
        events(stream::iter(1..=9).then(move |height| {
            let event = block(&chain, height);
            async move {
                tokio::time::sleep(Duration::from_millis(600)).await;
                event
            }
        }))
    })
    .await;
    let da = gateway.client_with(chain.trust(), |config| {
        config.max_head_age = Some(Duration::from_millis(500));
    });
    let headers = da.subscribe(Height::FIRST).await.unwrap();
    let results: Vec<_> = headers.collect().await;
    match results.last() {
        Some(Err(error @ SubscribeError::Stale(StaleHead { limit_ms: 500, .. }))) => {
            assert_eq!(error.fault(), Fault::Retry);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(results.len(), 2);
}

#[tokio::test]
async fn blocks_of_the_past_are_no_sign_of_a_stale_gateway() {
    let chain = Arc::new(fixture(20));
    let source = Arc::clone(&chain);
    let gateway = TestGateway::answering(move |_, _| {
        let chain = Arc::clone(&source);
        events(stream::iter(1..=20).then(move |height| {
            let event = block(&chain, height);
            async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                event
            }
        }))
    })
    .await;
    let da = gateway.client_with(chain.trust(), |config| {
        config.max_head_age = Some(Duration::from_millis(50));
    });
    let headers = da.subscribe(Height::FIRST).await.unwrap();
    let headers: Vec<_> = headers.take(20).collect().await;
    assert!(headers.iter().all(Result::is_ok), "{headers:?}");
}

#[tokio::test]
async fn a_stale_head_is_refused_with_its_age_and_the_limit() {
    let chain = fixture(2);
    let gateway = TestGateway::json(&chain.header(2)).await;
    let da = gateway.client_with(chain.trust(), |config| {
        config.max_head_age = Some(Duration::from_secs(600));
    });
    let error = da.head().await.unwrap_err();
    match &error {
        SubscribeError::Stale(stale) => {
            assert_eq!((stale.height.get(), stale.limit_ms), (2, 600_000));
            assert!(stale.age_ms > 600_000);
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("stale"), "{error}");
    // A height of the past is asked for as such.
    assert!(da.header(Height::new(2)).await.unwrap().is_some());
}

/// A gateway whose every answer drips, a byte at a time.
async fn dripping() -> TestGateway {
    TestGateway::answering(|_, _| {
        let headers = [(header::CONTENT_TYPE, "application/json")];
        let parts = for_ever(" ", PAUSE).map(Ok::<_, Infallible>);
        (headers, Body::from_stream(parts)).into_response()
    })
    .await
}

#[tokio::test]
async fn a_body_that_drips_for_ever_meets_the_deadline() {
    let gateway = dripping().await;
    let da = gateway.client_with(fixture(0).trust(), |config| {
        config.deadline = DEADLINE;
        config.transfer_deadline = DEADLINE * 2;
        config.retries = 0;
    });
    let error = da.status().await.unwrap_err();
    assert!(
        matches!(error, TransportError::Deadline { limit_ms: 60, .. }),
        "{error}"
    );
    let (ns, height) = (namespace("01"), Height::FIRST);
    let error = da.list(&ns, height, height).await.unwrap_err();
    assert!(error.to_string().contains("no answer in 120 ms"), "{error}");
    let batch = Bytes::from_static(b"a batch");
    let posted = da.post(&ns, Layout::Packed, batch, Wait::Certified).await;
    let error = posted.unwrap_err();
    assert!(error.to_string().contains("no answer in 120 ms"), "{error}");
}

#[tokio::test]
async fn a_receipt_that_drips_does_not_outlast_a_wait() {
    let chain = fixture(0);
    let blob = chain.blob(&namespace("01"), Layout::Packed, b"a batch".to_vec());
    let gateway = dripping().await;
    // One attempt alone may take longer than the whole wait.
    let da = gateway.client_with(chain.trust(), |config| {
        config.wait_limit = DEADLINE;
        config.deadline = Duration::from_secs(30);
    });
    let begun = Instant::now();
    let error = da.wait(&blob.header.id(), Wait::Ordered).await.unwrap_err();
    assert!(
        matches!(error, WaitForError::NotYet { limit_ms: 60, .. }),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}
