//! A namespace's blobs, as the real client verifies them.

use serde_json::{Value, json};
use weft_chain::Height;
use weft_gateway_api::{MAX_LIST_HEIGHTS, ProblemKind};
use weft_rollup_adapter::DataAvailability;

use super::{TestServer, assert_problem};

#[tokio::test]
async fn lists_are_complete_for_present_and_absent_namespaces() {
    let server = TestServer::start().await;
    for (namespace, batch) in [("02", "a"), ("02", "b"), ("01", "c"), ("03", "d")] {
        assert_eq!(
            server
                .post(&format!("?namespace={namespace}"), batch)
                .await
                .status(),
            200
        );
    }
    server.decide().await;
    server.decide().await;
    assert_eq!(server.post("?namespace=02", "e").await.status(), 200);
    server.decide().await;

    let client = server.client();
    let range = (Height::new(1), Height::new(3));
    for (namespace, expected) in [("02", 3), ("01", 1), ("03", 1), ("0202", 0), ("00", 0)] {
        let namespace = namespace.parse().unwrap();
        let list = client.list(&namespace, range.0, range.1).await.unwrap();
        assert_eq!(list.blobs().len(), expected, "{namespace}");
        assert_eq!(list.blocks().len(), 3);
    }
}

#[tokio::test]
async fn the_range_and_the_proof_have_defaults() {
    let server = TestServer::start().await;
    assert_eq!(server.post("?namespace=02", "a").await.status(), 200);
    server.decide().await;
    server.decide().await;
    let list = |query: &'static str| {
        let path = format!("/v1/namespaces/02/blobs{query}");
        let server = &server;
        async move { server.get(&path).await.json::<Value>().await.unwrap() }
    };
    let all = list("").await;
    assert_eq!((&all["from"], &all["to"]), (&json!(1), &json!(2)));
    assert_eq!(all["blobs"].as_array().unwrap().len(), 1);
    assert_eq!(all["blocks"].as_array().unwrap().len(), 2);
    let plain = list("?proof=0").await;
    assert_eq!(plain["blobs"], all["blobs"]);
    assert_eq!(plain["blocks"], json!([]));
    assert_eq!(list("?from=2&proof=1").await["blobs"], json!([]));
}

#[tokio::test]
async fn bad_ranges_are_named_with_value_and_limit() {
    let server = TestServer::start().await;
    let list = |query: &'static str| {
        let path = format!("/v1/namespaces/02/blobs{query}");
        let server = &server;
        async move { server.get(&path).await }
    };
    let response = list("").await;
    assert_problem(response, 404, ProblemKind::UnknownBlock, json!(1), json!(0)).await;
    server.decide().await;
    let response = list("?to=5").await;
    assert_problem(response, 404, ProblemKind::UnknownBlock, json!(5), json!(1)).await;
    let kind = ProblemKind::BadParameter;
    assert_problem(list("?from=0").await, 400, kind, json!(0), json!(1)).await;
    assert_problem(list("?from=2").await, 400, kind, json!(2), json!(1)).await;
    let limit = json!("a height from 1");
    assert_problem(list("?from=x").await, 400, kind, json!("x"), limit).await;
    let limit = json!("true or false");
    assert_problem(list("?proof=maybe").await, 400, kind, json!("maybe"), limit).await;
    let response = server.get("/v1/namespaces/xyz/blobs").await;
    assert_eq!(
        super::problem(response).await.1.problem_kind(),
        ProblemKind::BadNamespace
    );

    for _ in 0..MAX_LIST_HEIGHTS {
        server.decide().await;
    }
    let heights = json!(MAX_LIST_HEIGHTS + 1);
    assert_problem(
        list("?from=1").await,
        400,
        kind,
        heights,
        json!(MAX_LIST_HEIGHTS),
    )
    .await;
    let list: Value = list("").await.json().await.unwrap();
    assert_eq!(
        (&list["from"], &list["to"]),
        (&json!(2), &json!(MAX_LIST_HEIGHTS + 1))
    );
}
