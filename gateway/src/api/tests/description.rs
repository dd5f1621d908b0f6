//! The OpenAPI description and the metrics.

use serde_json::Value;

use super::TestServer;

#[tokio::test]
async fn the_description_has_every_route_and_no_loose_end() {
    let server = TestServer::start().await;
    let response = server.get("/openapi.json").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let text = response.text().await.unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let routes = [
        ("/v1/blobs", "post"),
        ("/v1/blobs/{id}", "get"),
        ("/v1/blobs/{id}/receipt", "get"),
        ("/v1/namespaces/{ns}/blobs", "get"),
        ("/v1/blocks/{height}", "get"),
        ("/v1/blocks/{height}/body", "get"),
        ("/v1/blocks/{height}/cells/{row}/{col}", "get"),
        ("/v1/validators", "get"),
        ("/v1/validators/updates/{root}", "get"),
        ("/v1/validators/updates", "post"),
        ("/v1/evidence", "get"),
        ("/v1/events", "get"),
        ("/v1/status", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    ];
    let paths = description["paths"].as_object().unwrap();
    for (path, method) in routes {
        assert!(paths[path][method].is_object(), "{method} {path}");
    }
    assert_eq!(paths.len(), routes.len());
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            schemas.contains_key(name),
            "{name} is referred to and not there"
        );
    }
    for (name, field) in [
        ("ReceiptDto", "blob_id"),
        ("BlockHeaderDto", "hash"),
        ("ProblemDto", "limit"),
    ] {
        assert!(
            schemas[name]["properties"][field].is_object(),
            "{name}.{field}"
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let server = TestServer::start().await;
    server.get(&format!("/v1/blobs/{}", "ab".repeat(32))).await;
    server.get("/chosen-by-a-stranger").await;
    let text = server.get("/metrics").await.text().await.unwrap();
    assert!(
        text.contains(r#"weft_api_requests_total{route="/v1/blobs/{id}",status="404"} 1"#),
        "{text}"
    );
    assert!(
        text.contains(r#"route="unmatched",status="404"} 1"#),
        "{text}"
    );
    assert!(!text.contains("stranger"));
    assert!(text.contains("weft_ledger_height 0"));
}
