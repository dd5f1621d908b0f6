//! Following the chain.

use futures::StreamExt;
use serde_json::json;
use weft_chain::Height;
use weft_gateway_api::ProblemKind;
use weft_rollup_adapter::DataAvailability;

use super::{TestServer, assert_problem};

#[tokio::test]
async fn past_blocks_come_first_and_then_new_ones() {
    let server = TestServer::start().await;
    server.decide().await;
    server.decide().await;
    let mut headers = server.client().subscribe(Height::FIRST).await.unwrap();
    for expected in 1..=2 {
        assert_eq!(
            headers.next().await.unwrap().unwrap().height.get(),
            expected
        );
    }
    server.decide().await;
    assert_eq!(headers.next().await.unwrap().unwrap().height.get(), 3);
}

#[tokio::test]
async fn a_namespace_is_followed() {
    let server = TestServer::start().await;
    let namespace = "02".parse().unwrap();
    let client = server.client();
    let mut lists = client
        .subscribe_namespace(&namespace, Height::FIRST)
        .await
        .unwrap();
    assert_eq!(server.post("?namespace=02", "a").await.status(), 200);
    server.decide().await;
    assert_eq!(lists.next().await.unwrap().unwrap().blobs().len(), 1);
}

/// The first `count` ids of an event stream.
async fn ids(server: &TestServer, path: &str, last: Option<&str>, count: usize) -> Vec<String> {
    let mut request = server.http.get(server.url(path));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    let mut response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let ids = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.strip_prefix("id: "))
            .map(str::to_owned)
            .collect()
    };
    while ids(&text).len() < count {
        let part = response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
    }
    ids(&text)
}

#[tokio::test]
async fn a_stream_begins_where_it_is_asked_to() {
    let server = TestServer::start().await;
    for _ in 0..4 {
        server.decide().await;
    }
    assert_eq!(ids(&server, "/v1/events?from=3", None, 2).await, ["3", "4"]);
    assert_eq!(ids(&server, "/v1/events?from=0", None, 1).await[0], "1");
    let resumed = ids(&server, "/v1/events?from=1", Some("3"), 1).await;
    assert_eq!(
        resumed,
        ["4"],
        "what a browser saw last comes before the address"
    );
    let limit = json!("a height");
    let response = server.get("/v1/events?from=x").await;
    assert_problem(response, 400, ProblemKind::BadParameter, json!("x"), limit).await;
}

#[tokio::test]
async fn without_a_height_only_new_blocks_come() {
    let server = TestServer::start().await;
    server.decide().await;
    let mut response = server.get("/v1/events").await;
    server.decide().await;
    let part = response.chunk().await.unwrap().unwrap();
    assert!(std::str::from_utf8(&part).unwrap().contains("id: 2\n"));
}

#[tokio::test]
async fn streams_have_places_and_give_them_back() {
    let server = TestServer::with(
        |limits| limits.subscriptions = std::num::NonZeroUsize::MIN,
        None,
    )
    .await;
    let first = server.get("/v1/events").await;
    let second = server.get("/v1/events").await;
    assert_problem(second, 503, ProblemKind::Busy, json!(1), json!(1)).await;
    drop(first);
    // The server notices a closed connection when it next polls it.
    while server.metrics.subscriptions.get() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.get("/v1/events").await.status(), 200);
}

#[tokio::test]
async fn streams_end_with_the_server() {
    let server = TestServer::start().await;
    let mut response = server.get("/v1/events").await;
    server.shutdown.cancel();
    assert!(response.chunk().await.unwrap().is_none());
    server.served.await.unwrap();
}
