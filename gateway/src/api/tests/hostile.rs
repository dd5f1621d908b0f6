//! Hostile clients: too many, too slow, malformed requests.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weft_gateway_api::ProblemKind;

use super::{Manner, TestServer, assert_problem};

#[tokio::test]
async fn when_all_places_are_taken_the_next_is_told_when_to_come_again() {
    let server = TestServer::with(
        |limits| {
            limits.posts = NonZeroUsize::MIN;
            limits.reads = NonZeroUsize::MIN;
        },
        None,
    )
    .await;
    server.behave(Manner::Hangs);
    let id = "ab".repeat(32);
    let first = tokio::spawn(
        server
            .http
            .post(server.url("/v1/blobs?namespace=01"))
            .body("a")
            .send(),
    );
    server.asked(1).await;
    let response = server.post("?namespace=01", "b").await;
    assert_problem(response, 503, ProblemKind::Busy, json!(1), json!(1)).await;

    let read = tokio::spawn(
        server
            .http
            .get(server.url(&format!("/v1/blobs/{id}")))
            .send(),
    );
    server.asked(2).await;
    let response = server.get(&format!("/v1/blobs/{id}")).await;
    assert_problem(response, 503, ProblemKind::Busy, json!(1), json!(1)).await;

    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/v1/status").await.status(), 200);
    assert_eq!(server.metrics.refused.with_label_values(&["busy"]).get(), 2);
    first.abort();
    read.abort();
}

#[tokio::test]
async fn a_request_without_an_answer_ends_at_its_deadline() {
    let limit = Duration::from_millis(30);
    let server = TestServer::with(|limits| limits.read_deadline = limit, None).await;
    server.behave(Manner::Hangs);
    let response = server.get(&format!("/v1/blobs/{}", "ab".repeat(32))).await;
    assert_problem(response, 503, ProblemKind::Deadline, Value::Null, json!(30)).await;
    server.behave(Manner::Honest);
    assert_eq!(
        server
            .get(&format!("/v1/blobs/{}", "ab".repeat(32)))
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn an_upload_that_trickles_ends_at_the_deadline() {
    let server = TestServer::with(
        |limits| limits.post_deadline = Duration::from_millis(30),
        None,
    )
    .await;
    let frames = futures::StreamExt::chain(
        futures::stream::iter([Ok::<_, std::io::Error>("a")]),
        futures::stream::pending(),
    );
    let response = server
        .post("?namespace=01", reqwest::Body::wrap_stream(frames))
        .await;
    assert_problem(response, 503, ProblemKind::Deadline, Value::Null, json!(30)).await;
}

#[tokio::test]
async fn a_panic_is_answered_and_the_server_lives() {
    let server = TestServer::start().await;
    server.behave(Manner::Panics);
    let response = server.post("?namespace=01", "a").await;
    let problem = assert_problem(
        response,
        500,
        ProblemKind::Internal,
        Value::Null,
        Value::Null,
    );
    assert!(
        !problem.await.detail.contains("told to"),
        "the cause stays in the log"
    );
    server.behave(Manner::Honest);
    assert_eq!(server.post("?namespace=01", "a").await.status(), 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let server = TestServer::start().await;
    for path in ["/", "/v1", "/v1/blobs/a/b/c", "/v2/blobs"] {
        let response = server.get(path).await;
        assert_problem(
            response,
            404,
            ProblemKind::NotFound,
            json!(path),
            Value::Null,
        )
        .await;
    }
    for (method, path) in [
        (reqwest::Method::DELETE, "/v1/blobs"),
        (reqwest::Method::POST, "/healthz"),
        (reqwest::Method::PUT, "/openapi.json"),
    ] {
        let request = server.http.request(method.clone(), server.url(path));
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("allow"), "{method} {path}");
        let (kind, value) = (ProblemKind::MethodNotAllowed, json!(method.as_str()));
        assert_problem(response, 405, kind, value, Value::Null).await;
    }
}

/// Waits until the server closes a connection; gives what it sent.
async fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset counts as closed too.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn a_head_that_never_ends_loses_its_connection() {
    let server = TestServer::with(
        |limits| limits.head_deadline = Duration::from_millis(30),
        None,
    )
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: we")
        .await
        .unwrap();
    assert!(!until_closed(&mut stream).await.starts_with(b"HTTP/1.1 200"));
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: weft\r\n\r\n")
        .await
        .unwrap();
    assert!(
        until_closed(&mut idle).await.starts_with(b"HTTP/1.1 200"),
        "then it was idle"
    );
}

#[tokio::test]
async fn a_reader_that_takes_nothing_loses_its_connection_and_its_place() {
    let server = TestServer::with(
        |limits| {
            limits.stall_deadline = Duration::from_millis(50);
            limits.reads = NonZeroUsize::MIN;
        },
        None,
    )
    .await;
    // More than the socket buffers of both sides hold.
    let batch = vec![7; 8 << 20];
    let batch = batch[..weft_encoding::Layout::Packed
        .max_bytes()
        .try_into()
        .unwrap()]
        .to_vec();
    let receipt: Value = server
        .post("?namespace=01", batch)
        .await
        .json()
        .await
        .unwrap();
    let path = format!("/v1/blobs/{}", receipt["blob_id"].as_str().unwrap());

    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stalled = socket.connect(server.address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: weft\r\n\r\n");
    stalled.write_all(head.as_bytes()).await.unwrap();
    let mut begin = [0; 12];
    stalled.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");

    let busy = server.get(&path).await;
    assert_problem(busy, 503, ProblemKind::Busy, json!(1), json!(1)).await;
    let read = loop {
        let response = server.get(&path).await;
        if response.status() == 200 {
            break response.bytes().await.unwrap();
        }
    };
    assert_eq!(read.len() as u64, weft_encoding::Layout::Packed.max_bytes());
}

#[tokio::test]
async fn no_more_connections_are_taken_than_there_are_places() {
    let server = TestServer::with(|limits| limits.connections = NonZeroUsize::MIN, None).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: weft\r\n\r\n")
        .await
        .unwrap();
    let mut begin = [0; 12];
    first.read_exact(&mut begin).await.unwrap();
    let second = tokio::spawn(server.http.get(server.url("/healthz")).send());
    assert_eq!(server.metrics.connections.get(), 1);
    drop(first);
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn the_server_stops_within_its_deadline_whatever_hangs() {
    let limit = Duration::from_millis(50);
    let server = TestServer::with(|limits| limits.stop_deadline = limit, None).await;
    server.behave(Manner::Hangs);
    let hanging = tokio::spawn(
        server
            .http
            .post(server.url("/v1/blobs?namespace=01"))
            .body("a")
            .send(),
    );
    server.asked(1).await;
    server.shutdown.cancel();
    server.served.await.unwrap();
    hanging.abort();
}
