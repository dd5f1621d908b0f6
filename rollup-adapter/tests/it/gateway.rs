//! Gateways on loopback that answer what a test tells them to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use serde::Serialize;
use weft_rollup_adapter::{
    HttpClient, Trust,
    api::{PROBLEM_CONTENT_TYPE, ProblemDto, ProblemFault, ProblemKind},
    client::ClientConfig,
};

/// A gateway and how often it was asked.
pub(crate) struct TestGateway {
    pub(crate) url: String,
    hits: Arc<AtomicUsize>,
}

impl TestGateway {
    /// Serves `router` under `/v1`.
    pub(crate) async fn serve(router: Router) -> Self {
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        let router = Router::new()
            .nest("/v1", router)
            .layer(axum::middleware::from_fn(
                move |request: Request, next: axum::middleware::Next| {
                    counted.fetch_add(1, Ordering::SeqCst);
                    next.run(request)
                },
            ));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, hits }
    }

    /// Answers everything with `answer`, which is told how often it was asked before.
    pub(crate) async fn answering<F>(answer: F) -> Self
    where
        F: Fn(usize, Request) -> Response + Clone + Send + Sync + 'static,
    {
        let count = Arc::new(AtomicUsize::new(0));
        let handler = any(move |request: Request| {
            let response = answer(count.fetch_add(1, Ordering::SeqCst), request);
            async move { response }
        });
        Self::serve(Router::new().fallback(handler)).await
    }

    /// Answers everything with one JSON value.
    pub(crate) async fn json(value: &impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap();
        Self::answering(move |_, _| Json(value.clone()).into_response()).await
    }

    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// A client that is patient for a moment only.
    pub(crate) fn client(&self, trust: Trust) -> HttpClient {
        self.client_with(trust, |_| {})
    }

    pub(crate) fn client_with(
        &self,
        trust: Trust,
        change: impl FnOnce(&mut ClientConfig),
    ) -> HttpClient {
        let mut config = ClientConfig::default();
        config.retries = 2;
        config.first_pause = Duration::from_millis(1);
        config.longest_pause = Duration::from_millis(5);
        // The chains of these tests begin in 1970.
        config.max_head_age = None;
        change(&mut config);
        HttpClient::with_config(&self.url, trust, config).unwrap()
    }
}

pub(crate) fn problem(
    status: StatusCode,
    kind: ProblemKind,
    fault: ProblemFault,
    value: u64,
    limit: u64,
) -> Response {
    let problem = ProblemDto {
        kind: kind.uri(),
        title: "Told to".into(),
        status: status.as_u16(),
        detail: "by a test".into(),
        value: Some(value.into()),
        limit: Some(limit.into()),
        fault: Some(fault),
    };
    let headers = [
        (header::CONTENT_TYPE, PROBLEM_CONTENT_TYPE),
        (header::RETRY_AFTER, "0"),
    ];
    (status, headers, serde_json::to_string(&problem).unwrap()).into_response()
}
