//! The transport: deadlines, retries, limits, and failures told apart.

use std::{future::pending, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::any,
};
use weft_chain::Height;
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, HttpClient, SubscribeError, TransportError,
    api::{ProblemFault, ProblemKind},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{ServedChain, namespace, new_chain},
    gateway::{TestGateway, problem},
};

fn chain() -> GrowingChain {
    new_chain("weft-test")
}

/// The error of a small request.
async fn failure(client: &HttpClient) -> TransportError {
    client.status().await.unwrap_err()
}

#[tokio::test]
async fn what_may_be_tried_again_is() {
    let mut chain = chain();
    chain.push_empty();
    let header = serde_json::to_value(chain.header(1)).unwrap();
    let gateway = TestGateway::answering(move |asked, _| match asked {
        0 => problem(
            StatusCode::TOO_MANY_REQUESTS,
            ProblemKind::Busy,
            ProblemFault::Retry,
            9,
            8,
        ),
        1 => (StatusCode::BAD_GATEWAY, "<html>a proxy's</html>").into_response(),
        _ => Json(header.clone()).into_response(),
    })
    .await;
    let head = gateway.client(chain.trust()).head().await.unwrap().unwrap();
    assert_eq!(head.height, Height::FIRST);
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn retries_have_an_end() {
    let gateway = TestGateway::answering(|_, _| {
        problem(
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemKind::Busy,
            ProblemFault::Retry,
            9,
            8,
        )
    })
    .await;
    let error = failure(&gateway.client(chain().trust())).await;
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_repeated_and_keeps_value_and_limit() {
    let gateway = TestGateway::answering(|_, _| {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        problem(status, ProblemKind::TooLarge, ProblemFault::Caller, 9, 8)
    })
    .await;
    let error = failure(&gateway.client(chain().trust())).await;
    assert_eq!(error.fault(), Fault::Caller);
    let found = error.problem().unwrap();
    assert_eq!(found.problem_kind(), ProblemKind::TooLarge);
    assert_eq!(
        (found.status, &found.value, &found.limit),
        (413, &Some(9.into()), &Some(8.into()))
    );
    assert!(error.to_string().contains("value 9, limit 8"), "{error}");
    assert_eq!(gateway.hits(), 1);
}

#[tokio::test]
async fn an_unknown_height_is_none() {
    let gateway = TestGateway::answering(|_, _| {
        let status = StatusCode::NOT_FOUND;
        problem(
            status,
            ProblemKind::UnknownBlock,
            ProblemFault::Caller,
            9,
            8,
        )
    })
    .await;
    let da = gateway.client(chain().trust());
    assert!(da.head().await.unwrap().is_none());
    assert!(da.header(Height::new(9)).await.unwrap().is_none());
}

#[tokio::test]
async fn the_header_of_another_height_is_refused() {
    let mut chain = chain();
    chain.push_empty();
    chain.push_empty();
    let gateway = TestGateway::json(&chain.header(1)).await;
    let error = gateway
        .client(chain.trust())
        .header(Height::new(2))
        .await
        .unwrap_err();
    assert!(matches!(error, SubscribeError::Header(_)), "{error}");
}

#[tokio::test]
async fn a_slow_gateway_meets_the_deadline() {
    let router = Router::new().fallback(any(|| async { pending::<&str>().await }));
    let gateway = TestGateway::serve(router).await;
    let da = gateway.client_with(chain().trust(), |config| {
        config.deadline = Duration::from_millis(20);
    });
    let error = failure(&da).await;
    assert!(
        matches!(error, TransportError::Deadline { limit_ms: 20, .. }),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn a_body_that_trickles_meets_the_deadline() {
    let router = Router::new().fallback(any(|| async {
        let head = futures::stream::iter([Ok::<_, std::io::Error>("{")]);
        Body::from_stream(futures::StreamExt::chain(head, futures::stream::pending()))
    }));
    let gateway = TestGateway::serve(router).await;
    let da = gateway.client_with(chain().trust(), |config| {
        config.deadline = Duration::from_millis(20);
        config.retries = 0;
    });
    assert!(matches!(
        failure(&da).await,
        TransportError::Deadline { .. }
    ));
}

#[tokio::test]
async fn large_answers_and_large_problems_are_cut_off() {
    let gateway = TestGateway::answering(|_, _| "x".repeat(2_000).into_response()).await;
    let da = gateway.client_with(chain().trust(), |config| config.max_answer_bytes = 1_000);
    assert!(matches!(
        failure(&da).await,
        TransportError::TooLarge { limit: 1_000, .. }
    ));

    let gateway = TestGateway::answering(|_, _| {
        (StatusCode::BAD_REQUEST, "x".repeat(70_000)).into_response()
    })
    .await;
    let error = failure(&gateway.client(chain().trust())).await;
    assert!(matches!(error, TransportError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn malformed_answers_are_the_gateways_fault() {
    let gateway = TestGateway::json(&serde_json::json!({ "version": 7 })).await;
    let error = failure(&gateway.client(chain().trust())).await;
    assert!(matches!(error, TransportError::Malformed { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Peer);
    assert_eq!(gateway.hits(), 1);
}

#[tokio::test]
async fn a_gateway_does_not_send_the_client_elsewhere() {
    let gateway = TestGateway::answering(|_, _| {
        (
            StatusCode::FOUND,
            [(header::LOCATION, "http://127.0.0.1:1/")],
        )
            .into_response()
    })
    .await;
    let error = failure(&gateway.client(chain().trust())).await;
    assert!(
        matches!(error, TransportError::Status { status: 302, .. }),
        "{error}"
    );
    assert_eq!(gateway.hits(), 1);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_a_reason_to_try_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut config = weft_rollup_adapter::client::ClientConfig::default();
    config.retries = 0;
    let da = HttpClient::with_config(&url, chain().trust(), config).unwrap();
    let error = failure(&da).await;
    assert!(
        matches!(error, TransportError::Connection { .. }),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
}

#[test]
fn addresses_that_are_not_http_are_refused() {
    for url in ["", "gateway", "ftp://gateway", "http://"] {
        let error = HttpClient::new(url, chain().trust()).unwrap_err();
        assert!(
            matches!(error, TransportError::Url { .. }),
            "{url}: {error}"
        );
        assert_eq!(error.fault(), Fault::Caller);
    }
}

#[tokio::test]
async fn a_path_below_a_gateways_address_is_kept() {
    let chain = chain();
    let blob = chain.blob(&namespace("01"), Layout::Packed, b"a batch".to_vec());
    let receipt = chain.receipt(&blob, None);
    let router = Router::new().route(
        "/under/v1/blobs/{id}/receipt",
        any(move || async move { Json(receipt) }),
    );
    // Nested under its own `/v1`, so the client has to go by `/v1/under/v1`.
    let gateway = TestGateway::serve(router).await;
    for base in ["/v1/under", "/v1/under/", "/v1/under/?ignored=1#too"] {
        let da = HttpClient::new(&format!("{}{base}", gateway.url), chain.trust()).unwrap();
        da.receipt(&blob.header.id()).await.unwrap();
    }
}
