//! Validator sets, their updates, evidence, and their part in the status.

use reqwest::Response;
use serde_json::{Value, json};
use weft_chain::{Height, SignedValidatorUpdate};
use weft_encoding::Fault;
use weft_gateway_api::{EvidenceKind, EvidenceListDto, ProblemKind, ValidatorSetDto};
use weft_ledger::store::{EquivocationKind, EvidenceRecord};
use weft_test_chain::TestChain;

use super::{TestServer, assert_problem};

const UPDATES: &str = "/v1/validators/updates";

async fn submit(server: &TestServer, body: impl Into<reqwest::Body>) -> Response {
    let request = server.http.post(server.url(UPDATES)).body(body);
    request.send().await.unwrap()
}

fn json_of(update: &SignedValidatorUpdate) -> String {
    serde_json::to_string(update).unwrap()
}

#[tokio::test]
async fn the_validators_of_a_height_are_told_with_their_contacts() {
    let server = TestServer::start().await;
    server.decide().await;
    let chain = &server.service.chain;
    let set = server.client().validators(None).await.unwrap();
    assert_eq!((set.height, set.total_stake, set.coming), (2, 4, None));
    assert_eq!(set.root, chain.set.root());
    for (told, entry) in set.validators.iter().zip(&chain.genesis.validators) {
        assert_eq!((&told.name, &told.peer_id), (&entry.name, &entry.peer_id));
        assert_eq!(told.public_key, entry.public_key);
        assert_eq!(told.proof_of_possession, entry.proof_of_possession);
    }
    let first: ValidatorSetDto = server
        .get("/v1/validators?height=1")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!((first.height, first.validators), (1, set.validators));

    for (height, value) in [("3", 3), ("0", 0)] {
        let response = server.get(&format!("/v1/validators?height={height}")).await;
        assert_problem(
            response,
            404,
            ProblemKind::UnknownBlock,
            json!(value),
            json!(2),
        )
        .await;
    }
    let response = server.get("/v1/validators?height=x").await;
    assert_problem(
        response,
        400,
        ProblemKind::BadParameter,
        json!("x"),
        json!("a height from 1"),
    )
    .await;
    assert_eq!(server.get("/v1/validators?heigth=1").await.status(), 400);
}

#[tokio::test]
async fn an_update_is_taken_and_told_once_a_block_has_it() {
    let server = TestServer::start().await;
    let (chain, next) = (&server.service.chain, TestChain::new(5));
    let update = chain.update(&next, 3);
    for _ in 0..2 {
        let response = submit(&server, json_of(&update)).await;
        assert_eq!(response.status(), 202);
        let told: Value = response.json().await.unwrap();
        assert_eq!(told["update_id"], update.update.id().to_string());
        assert_eq!(told["first_height"], 3);
        assert_eq!(told["root"], next.set.root().to_string());
    }
    assert_eq!(
        server.ledger.offered_updates(),
        std::slice::from_ref(&update)
    );
    let path = format!("{UPDATES}/{}", next.set.root());
    let root = json!(next.set.root().to_string());
    assert_problem(
        server.get(&path).await,
        404,
        ProblemKind::UnknownUpdate,
        root,
        Value::Null,
    )
    .await;

    server.decide_with(Some(update.clone())).await;
    let told: SignedValidatorUpdate = server.get(&path).await.json().await.unwrap();
    assert_eq!(told, update);
    let set = server.client().validators(None).await.unwrap();
    let coming = set.coming.unwrap();
    assert_eq!((set.height, set.validators.len()), (2, 4));
    assert_eq!((coming.first_height, coming.root), (3, next.set.root()));
    let at = |height: &str| server.url(&format!("{path}?height={height}"));
    for (height, status) in [("3", 200), ("9", 200), ("2", 404), ("x", 400), ("-1", 400)] {
        let response = server.http.get(at(height)).send().await.unwrap();
        assert_eq!(response.status(), status, "{height}");
    }
    assert_eq!(server.get(&format!("{path}?heigth=3")).await.status(), 400);
    // No update introduced the genesis set.
    let path = format!("{UPDATES}/{}", chain.set.root());
    assert_eq!(server.get(&path).await.status(), 404);
    let response = server.get(&format!("{UPDATES}/xyz")).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn updates_that_do_not_hold_are_refused_with_value_and_limit() {
    let server = TestServer::start().await;
    let (chain, next) = (&server.service.chain, TestChain::new(5));
    let good = chain.update(&next, 9);
    let refused = |update: SignedValidatorUpdate, value: Value, limit: Value| {
        let body = json_of(&update);
        let server = &server;
        async move {
            let response = submit(server, body).await;
            assert_problem(response, 400, ProblemKind::BadUpdate, value, limit).await
        }
    };

    let mut late = chain.unsigned_update(&next, 1);
    let update = chain.sign_update(late.clone(), &[0, 1, 2]);
    refused(update, json!(1), json!(2)).await;

    late.first_height = Height::new(9);
    late.replaces = next.set.root();
    let update = chain.sign_update(late, &[0, 1, 2]);
    let (value, limit) = (next.set.root().to_string(), chain.set.root().to_string());
    refused(update, json!(value), json!(limit)).await;

    let mut other = good.clone();
    other.update.first_height = Height::new(10);
    let (value, limit) = (good.update.id(), other.update.id());
    refused(other, json!(value.to_string()), json!(limit.to_string())).await;

    let problem = refused(
        {
            let mut forged = good.clone();
            forged.certificate.signature = chain.keys[0].sign(&weft_chain::update_message(
                &chain.genesis.chain_id,
                &good.update.id(),
                &chain.set.root(),
            ));
            forged
        },
        Value::Null,
        Value::Null,
    )
    .await;
    assert!(problem.detail.contains("signature"), "{}", problem.detail);

    let response = submit(&server, "{}").await;
    let problem = assert_problem(
        response,
        400,
        ProblemKind::BadUpdate,
        Value::Null,
        Value::Null,
    )
    .await;
    assert!(problem.detail.contains("missing field"), "{problem:?}");
    let length = (4 << 20) + 1;
    let response = submit(&server, vec![b' '; length]).await;
    assert_problem(
        response,
        413,
        ProblemKind::TooLarge,
        json!(length),
        json!(4 << 20),
    )
    .await;
    assert!(server.ledger.offered_updates().is_empty());
}

#[tokio::test]
async fn the_client_tells_a_refused_update_by_its_fault() {
    let server = TestServer::start().await;
    let (chain, next) = (&server.service.chain, TestChain::new(5));
    let late = chain.sign_update(chain.unsigned_update(&next, 1), &[0, 1, 2]);
    let error = server
        .client()
        .submit_validator_update(&late)
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Caller, "{error}");
    let good = chain.update(&next, 9);
    let offered = server
        .client()
        .submit_validator_update(&good)
        .await
        .unwrap();
    assert_eq!(offered.root, next.set.root());
}

#[tokio::test]
async fn evidence_is_listed_newest_first_and_counted() {
    let server = TestServer::start().await;
    let key = server.service.chain.keys[1].public_key();
    let record = |height, kind| EvidenceRecord {
        height: Height::new(height),
        round: 1,
        validator: key,
        kind,
        first: vec![1],
        second: vec![2],
    };
    let records = [
        record(4, EquivocationKind::Prevote),
        record(9, EquivocationKind::Proposal),
        record(7, EquivocationKind::Precommit),
    ];
    server.service.store.keep_evidence(&records).unwrap();
    let listed: EvidenceListDto = server
        .get("/v1/evidence?limit=2")
        .await
        .json()
        .await
        .unwrap();
    let told: Vec<_> = listed
        .evidence
        .iter()
        .map(|evidence| (evidence.height, evidence.kind))
        .collect();
    assert_eq!(listed.count, 3);
    assert_eq!(
        told,
        [(9, EvidenceKind::Proposal), (7, EvidenceKind::Precommit)]
    );
    assert_eq!(
        (listed.evidence[0].round, listed.evidence[0].validator),
        (1, key)
    );
    assert_eq!(
        server.client().evidence(1000).await.unwrap().evidence.len(),
        3
    );

    for limit in [0, 1001] {
        let response = server.get(&format!("/v1/evidence?limit={limit}")).await;
        assert_problem(
            response,
            400,
            ProblemKind::BadParameter,
            json!(limit),
            json!(1000),
        )
        .await;
    }
    let status = server.client().status().await.unwrap();
    assert_eq!(status.equivocations, 3);
}

#[tokio::test]
async fn the_status_tells_of_consensus_and_custody() {
    let server = TestServer::start().await;
    let status = server.client().status().await.unwrap();
    assert_eq!((status.orderer.as_str(), status.round), ("solo", Some(2)));
    assert_eq!((status.validators, status.equivocations), (4, 0));
    let custody = status.custody.unwrap();
    assert_eq!(
        (custody.owned, custody.missing, custody.complete_to),
        (32, 5, 0)
    );
}
