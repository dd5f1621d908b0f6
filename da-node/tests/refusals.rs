//! Bad input over real HTTP: each is refused with its value and its limit, and nothing else happens.

#![allow(clippy::unwrap_used)]

mod support;

use reqwest::{Body, Response, StatusCode};
use serde_json::{Value, json};
use support::DevnetProcess;

/// Bytes of one row: an Ethereum blob.
const ROW_BYTES: usize = 131_072;
/// Bytes of the largest batches, 64 rows.
const MAX_PACKED: usize = 64 * 126_976;
const MAX_RAW: usize = 64 * ROW_BYTES;
const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
const NAMESPACE_LIMIT: &str =
    "58 hex digits, or 2 to 56 that are left-padded with zeros under version 0";

/// A post that is refused, and how.
struct Bad {
    query: &'static str,
    batch: Vec<u8>,
    status: u16,
    kind: &'static str,
    value: Value,
    limit: Value,
}

impl Bad {
    fn new(query: &'static str, batch: Vec<u8>, status: u16, kind: &'static str) -> Self {
        let (value, limit) = (Value::Null, Value::Null);
        Self {
            query,
            batch,
            status,
            kind,
            value,
            limit,
        }
    }

    fn naming(self, value: impl Into<Value>, limit: impl Into<Value>) -> Self {
        let (value, limit) = (value.into(), limit.into());
        Self {
            value,
            limit,
            ..self
        }
    }
}

fn posts() -> Vec<Bad> {
    let mut not_canonical = vec![0; 2 * ROW_BYTES];
    not_canonical[ROW_BYTES + 32..ROW_BYTES + 64].copy_from_slice(&hex::decode(MODULUS).unwrap());
    let reserved = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    let small = || b"a batch".to_vec();
    vec![
        Bad::new("namespace=01", Vec::new(), 400, "empty-batch").naming(0, 1),
        Bad::new("namespace=01", vec![1; MAX_PACKED + 1], 413, "too-large")
            .naming(MAX_PACKED + 1, MAX_PACKED),
        Bad::new(
            "namespace=01&layout=raw",
            vec![0; MAX_RAW + ROW_BYTES],
            413,
            "too-large",
        )
        .naming(MAX_RAW + ROW_BYTES, MAX_RAW),
        Bad::new("namespace=01&layout=woven", small(), 400, "unknown-layout")
            .naming("woven", "packed or raw"),
        Bad::new("layout=packed", small(), 400, "bad-namespace")
            .naming(Value::Null, NAMESPACE_LIMIT),
        Bad::new("namespace=abc", small(), 400, "bad-namespace").naming("abc", NAMESPACE_LIMIT),
        Bad::new("namespace=weft", small(), 400, "bad-namespace").naming("weft", NAMESPACE_LIMIT),
        Bad::new(
            "namespace=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            small(),
            400,
            "bad-namespace",
        )
        .naming(reserved, NAMESPACE_LIMIT),
        Bad::new(
            "namespace=01&layout=raw",
            vec![0; ROW_BYTES - 1],
            400,
            "not-whole-rows",
        )
        .naming(ROW_BYTES - 1, ROW_BYTES),
        Bad::new(
            "namespace=01&layout=raw",
            not_canonical,
            400,
            "non-canonical-element",
        )
        .naming(MODULUS, MODULUS),
        Bad::new("namespace=01&wait=never", small(), 400, "bad-parameter")
            .naming("never", "certified or ordered"),
        // A misspelt layout must not become the default one.
        Bad::new("namespace=01&layuot=raw", small(), 400, "bad-parameter"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_posts_are_refused_and_good_ones_still_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut devnet = DevnetProcess::start(folder.path()).await;
    let blobs = format!("{}/v1/blobs", devnet.gateways[0]);
    let http = reqwest::Client::new();

    let before = post(&http, &blobs, "namespace=01", b"before".to_vec()).await;
    assert_eq!(before.status(), StatusCode::OK);
    let before: Value = before.json().await.unwrap();

    for bad in posts() {
        let response = post(&http, &blobs, bad.query, bad.batch).await;
        let problem = problem(response, bad.status, bad.kind).await;
        assert_eq!(problem["value"], bad.value, "{problem}");
        assert_eq!(problem["limit"], bad.limit, "{problem}");
    }

    // A body without a length and without an end is broken off at the limit.
    let endless = Body::wrap_stream(futures::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(vec![0_u8; 1 << 16])
    }));
    let response = post(&http, &blobs, "namespace=01", endless).await;
    let endless = problem(response, 413, "too-large").await;
    assert_eq!(endless["limit"], MAX_PACKED);
    assert!(
        endless["value"].as_u64().unwrap() > MAX_PACKED as u64,
        "{endless}"
    );

    for (path, status, kind, value) in [
        ("/v1/blobs/00", 400, "bad-parameter", json!("00")),
        (
            "/v1/blobs/0101010101010101010101010101010101010101010101010101010101010101",
            404,
            "unknown-blob",
            json!("0101010101010101010101010101010101010101010101010101010101010101"),
        ),
        ("/v1/blocks/0", 404, "unknown-block", json!(0)),
        ("/v1/blocks/tallest", 400, "bad-parameter", json!("tallest")),
        (
            "/v1/namespaces/xyz/blobs",
            400,
            "bad-namespace",
            json!("xyz"),
        ),
        (
            "/v1/events?from=first",
            400,
            "bad-parameter",
            json!("first"),
        ),
        ("/v1/nowhere", 404, "not-found", json!("/v1/nowhere")),
        ("/v1/blobs", 405, "method-not-allowed", json!("GET")),
    ] {
        let url = format!("{}{path}", devnet.gateways[0]);
        let problem = problem(http.get(url).send().await.unwrap(), status, kind).await;
        assert_eq!(problem["value"], value, "{problem}");
    }

    assert!(devnet.is_running(), "the process lives");
    let after = post(&http, &blobs, "namespace=01", b"after".to_vec()).await;
    assert_eq!(after.status(), StatusCode::OK);
    let id = before["blob_id"].as_str().unwrap();
    let stored = http.get(format!("{blobs}/{id}")).send().await.unwrap();
    assert_eq!(&stored.bytes().await.unwrap()[..], b"before");
}

async fn post(
    http: &reqwest::Client,
    blobs: &str,
    query: &str,
    batch: impl Into<Body>,
) -> Response {
    let request = http.post(format!("{blobs}?{query}")).body(batch);
    request
        .send()
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// A problem of this status and kind, with a sentence on what was wrong.
async fn problem(response: Response, status: u16, kind: &str) -> Value {
    let (got, content_type) = (
        response.status(),
        response.headers()["content-type"].clone(),
    );
    let text = response.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    assert_eq!(content_type, "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        problem["type"],
        format!("urn:weft:problem:{kind}"),
        "{text}"
    );
    assert_eq!(problem["status"], status, "{text}");
    assert_eq!(problem["fault"], "caller", "{text}");
    assert!(!problem["detail"].as_str().unwrap().is_empty(), "{text}");
    problem
}
