//! Batches in and out, and what bad input gets.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weft_encoding::{Layout, PACKED_BYTES_PER_ROW, ROW_BYTES};
use weft_gateway_api::{ProblemKind, ReceiptDto};
use weft_rollup_adapter::{DataAvailability, ReadError, Wait};

use super::{Manner, TestServer, assert_problem};

const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
const LIMIT: &str = "58 hex digits, or 2 to 56 that are left-padded with zeros under version 0";

#[tokio::test]
async fn the_client_posts_reads_and_believes() {
    let server = TestServer::start().await;
    let client = server.client();
    let namespace = "0a11ce".parse().unwrap();
    let batch = b"a batch".repeat(20_000);
    let posted = client
        .post(
            &namespace,
            Layout::Packed,
            batch.clone().into(),
            Wait::Certified,
        )
        .await
        .unwrap();
    assert_eq!(posted.rows(), 2);
    assert!(posted.height().is_none());
    let again = client
        .post(
            &namespace,
            Layout::Packed,
            batch.clone().into(),
            Wait::Certified,
        )
        .await
        .unwrap();
    assert_eq!(again.blob_id(), posted.blob_id());

    let read = client.read(&posted.blob_id()).await.unwrap();
    assert_eq!(read.into_batch().unwrap().batch()[..], batch);

    let other = vec![0; ROW_BYTES];
    client
        .post(&namespace, Layout::Raw, other.into(), Wait::Certified)
        .await
        .unwrap();
    let height = server.decide().await;
    let ordered = client.wait(&posted.blob_id(), Wait::Ordered).await.unwrap();
    assert_eq!(ordered.height().unwrap().get(), height);
}

#[tokio::test]
async fn a_receipt_is_plain_json() {
    let server = TestServer::start().await;
    let response = server.post("?namespace=0A", "seven b").await;
    assert_eq!(response.status(), 200);
    let receipt: Value = response.json().await.unwrap();
    assert_eq!(receipt["height"], Value::Null);
    assert_eq!(receipt["byte_len"], 7);
    assert_eq!(receipt["rows"], 1);
    assert_eq!(receipt["layout"], "packed");
    assert_eq!(receipt["namespace"], format!("{}0a", "00".repeat(28)));
    assert_eq!(receipt["blob_id"].as_str().unwrap().len(), 64);
    assert!(
        receipt["versioned_hashes"][0]
            .as_str()
            .unwrap()
            .starts_with("01")
    );

    let id = receipt["blob_id"].as_str().unwrap();
    let batch = server.get(&format!("/v1/blobs/{id}")).await;
    assert_eq!(batch.headers()["content-type"], "application/octet-stream");
    assert_eq!(batch.headers()["content-length"], "7");
    assert_eq!(batch.text().await.unwrap(), "seven b");

    let height = server.decide().await;
    let receipt: ReceiptDto = server
        .get(&format!("/v1/blobs/{id}/receipt"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(receipt.height, Some(height));
    assert_eq!(receipt.first_row, Some(0));
}

#[tokio::test]
async fn bad_parameters_are_named_with_value_and_limit() {
    let server = TestServer::start().await;
    let long = "0".repeat(60);
    let reserved = "ff".repeat(29);
    let cases = [
        (
            "?layout=packed",
            ProblemKind::BadNamespace,
            Value::Null,
            json!(LIMIT),
        ),
        (
            "?namespace=",
            ProblemKind::BadNamespace,
            json!(""),
            json!(LIMIT),
        ),
        (
            "?namespace=abc",
            ProblemKind::BadNamespace,
            json!("abc"),
            json!(LIMIT),
        ),
        (
            "?namespace=zz",
            ProblemKind::BadNamespace,
            json!("zz"),
            json!(LIMIT),
        ),
        (
            &format!("?namespace={long}"),
            ProblemKind::BadNamespace,
            json!(long),
            json!(LIMIT),
        ),
        (
            &format!("?namespace={reserved}"),
            ProblemKind::BadNamespace,
            json!(reserved),
            json!(LIMIT),
        ),
        (
            "?namespace=01&layout=zip",
            ProblemKind::UnknownLayout,
            json!("zip"),
            json!("packed or raw"),
        ),
        (
            "?namespace=01&wait=later",
            ProblemKind::BadParameter,
            json!("later"),
            json!("certified or ordered"),
        ),
        (
            "?namespace=01&namespace=02",
            ProblemKind::BadParameter,
            Value::Null,
            Value::Null,
        ),
    ];
    for (query, kind, value, limit) in cases {
        let response = server.post(query, "a batch").await;
        assert_problem(response, 400, kind, value, limit).await;
    }
    assert_eq!(server.post("?namespace=01", "a batch").await.status(), 200);
}

#[tokio::test]
async fn bad_batches_are_named_with_value_and_limit() {
    let server = TestServer::start().await;
    let post = |query: &'static str, batch: Vec<u8>| server.post(query, batch);

    let response = post("?namespace=01", Vec::new()).await;
    assert_problem(response, 400, ProblemKind::EmptyBatch, json!(0), json!(1)).await;

    let response = post("?namespace=01&layout=raw", vec![0; 100]).await;
    let kind = ProblemKind::NotWholeRows;
    assert_problem(response, 400, kind, json!(100), json!(ROW_BYTES)).await;

    let mut rows = vec![0; 2 * ROW_BYTES];
    rows[ROW_BYTES + 32 * 7..][..32].copy_from_slice(&hex::decode(MODULUS).unwrap());
    let response = post("?namespace=01&layout=raw", rows).await;
    let kind = ProblemKind::NonCanonicalElement;
    let problem = assert_problem(response, 400, kind, json!(MODULUS), json!(MODULUS)).await;
    assert!(
        problem.detail.contains("element 7 of row 1"),
        "{}",
        problem.detail
    );

    let limit = 64 * PACKED_BYTES_PER_ROW;
    let response = post("?namespace=01", vec![0; limit + 1]).await;
    let kind = ProblemKind::TooLarge;
    assert_problem(response, 413, kind, json!(limit + 1), json!(limit)).await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_off_at_the_limit() {
    let server = TestServer::start().await;
    let frames = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0u8; 1 << 16]));
    let frames = futures::StreamExt::take(frames, 200);
    let response = server
        .post("?namespace=01", reqwest::Body::wrap_stream(frames))
        .await;
    let (status, problem) = super::problem(response).await;
    assert_eq!(status, 413);
    assert_eq!(problem.limit, Some(json!(64 * PACKED_BYTES_PER_ROW)));
    let received = problem.value.unwrap().as_u64().unwrap();
    assert!(received > 64 * PACKED_BYTES_PER_ROW as u64, "{received}");
    assert!(
        received < 70 * PACKED_BYTES_PER_ROW as u64,
        "no more is read than shows it"
    );
}

#[tokio::test]
async fn a_declared_length_is_refused_before_anything_is_sent() {
    let server = TestServer::start().await;
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut stream = tokio::net::TcpStream::connect(server.address)
            .await
            .unwrap();
        let head = format!(
            "POST /v1/blobs?namespace=01 HTTP/1.1\r\nHost: weft\r\n{expect}\
             Content-Length: 1000000000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 413");
    }
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_told_apart() {
    let server = TestServer::start().await;
    let id = "ab".repeat(32);
    for path in [format!("/v1/blobs/{id}"), format!("/v1/blobs/{id}/receipt")] {
        let kind = ProblemKind::UnknownBlob;
        assert_problem(server.get(&path).await, 404, kind, json!(id), Value::Null).await;
    }
    for path in ["/v1/blobs/xyz", "/v1/blobs/xyz/receipt"] {
        let (kind, limit) = (ProblemKind::BadParameter, json!("64 hex digits"));
        assert_problem(server.get(path).await, 400, kind, json!("xyz"), limit).await;
    }
    assert_eq!(server.get("/v1/blobs/%ff").await.status(), 400);
}

#[tokio::test]
async fn a_read_that_is_not_possible_says_what_was_had_and_needed() {
    let server = TestServer::start().await;
    let client = server.client();
    let namespace = "01".parse().unwrap();
    let posted = client
        .post(&namespace, Layout::Packed, "x".into(), Wait::Certified)
        .await
        .unwrap();
    server.behave(Manner::CannotRepair);
    let response = server.get(&format!("/v1/blobs/{}", posted.blob_id())).await;
    assert_problem(
        response,
        503,
        ProblemKind::Unavailable,
        json!(40),
        json!(64),
    )
    .await;
    let error = client.read(&posted.blob_id()).await.unwrap_err();
    let ReadError::Transport(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.problem().unwrap().value, Some(json!(40)));
}

#[tokio::test]
async fn posts_are_refused_while_the_node_is_not_ready() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/readyz").await.status(), 200);
    server.ready.store(false, Ordering::SeqCst);
    let kind = ProblemKind::NotReady;
    for response in [
        server.get("/readyz").await,
        server.post("?namespace=01", "x").await,
    ] {
        let problem = assert_problem(response, 503, kind, Value::Null, Value::Null).await;
        assert_eq!(problem.detail, "told so by a test");
    }
    assert_eq!(server.get("/healthz").await.status(), 200);
    let status: Value = server.get("/v1/status").await.json().await.unwrap();
    assert_eq!(
        (&status["ready"], &status["height"]),
        (&json!(false), &Value::Null)
    );
    server.ready.store(true, Ordering::SeqCst);
    assert_eq!(server.post("?namespace=01", "x").await.status(), 200);
}

#[tokio::test]
async fn a_configured_limit_is_the_one_that_is_named() {
    let server = TestServer::with(|limits| limits.max_body_bytes = 1_000, None).await;
    let response = server.post("?namespace=01", vec![1; 1_001]).await;
    assert_problem(
        response,
        413,
        ProblemKind::TooLarge,
        json!(1_001),
        json!(1_000),
    )
    .await;
    let status: Value = server.get("/v1/status").await.json().await.unwrap();
    assert_eq!(status["max_packed_bytes"], 1_000);
    let response = server.post("?namespace=01", vec![1; 1_000]).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_unknown_parameter_is_not_passed_over() {
    let server = TestServer::start().await;
    for path in ["/v1/namespaces/01/blobs?prof=1", "/v1/events?form=1"] {
        let problem: Value = server.get(path).await.json().await.unwrap();
        assert_eq!(problem["status"], 400, "{path}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("unknown field"), "{path}: {detail}");
    }
    let response = server.post("?namespace=01&layuot=raw", "a batch").await;
    let problem: Value = response.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("layuot") && detail.contains("layout"),
        "{detail}"
    );
}
