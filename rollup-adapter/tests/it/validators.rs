//! What operators ask: validators, updates of their set, evidence.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::Query, http::StatusCode, response::IntoResponse, routing};
use std::collections::HashMap;
use weft_chain::{Height, SignedValidatorUpdate};
use weft_encoding::Fault;
use weft_rollup_adapter::{
    LearnError,
    api::{
        EvidenceDto, EvidenceKind, EvidenceListDto, OfferedUpdateDto, ProblemFault, ProblemKind,
        StatusDto, ValidatorDto, ValidatorSetDto,
    },
    client::{SubmitUpdateError, ValidatorsError},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{ServedChain, new_chain},
    gateway::{TestGateway, problem},
};

fn said(chain: &GrowingChain) -> ValidatorSetDto {
    let validator =
        |(index, validator): (weft_chain::ValidatorIndex, &weft_chain::Validator)| ValidatorDto {
            index: index.get() as u64,
            name: String::new(),
            public_key: validator.public_key,
            stake: validator.stake,
            proof_of_possession: validator.proof_of_possession,
            peer_id: String::new(),
            addresses: Vec::new(),
            consensus_addresses: Vec::new(),
        };
    ValidatorSetDto {
        height: chain.height() + 1,
        root: chain.validators.set.root(),
        total_stake: chain.validators.set.total_stake(),
        validators: chain.validators.set.iter().map(validator).collect(),
        coming: None,
    }
}

/// A gateway that says this of the validators, and shows the chain's one update and first block.
async fn saying(chain: &GrowingChain, dto: ValidatorSetDto) -> TestGateway {
    let update = chain.updates.first().cloned();
    let header = chain.header(1);
    let shown = move || {
        let answer = update.clone().map(Json).ok_or(StatusCode::NOT_FOUND);
        async move { answer.into_response() }
    };
    let router = Router::new()
        .route(
            "/validators",
            routing::get(move || async move { Json(dto) }),
        )
        .route("/validators/updates/{root}", routing::get(shown))
        .route(
            "/blocks/1",
            routing::get(move || async move { Json(header) }),
        );
    TestGateway::serve(router).await
}

#[tokio::test]
async fn the_validators_are_those_of_a_proven_set() {
    let mut chain = new_chain("weft-test");
    chain.replace_validators(&[0, 1, 2, 4]);
    let dto = said(&chain);
    let da = saying(&chain, dto.clone()).await.client(chain.trust());
    assert_eq!(da.validators(None).await.unwrap(), dto);
    let error = da.validators(Some(Height::new(9))).await.unwrap_err();
    assert!(matches!(
        error,
        ValidatorsError::Inconsistent { field: "height" }
    ));

    for (field, change) in [
        (
            "validators",
            (|dto| dto.validators[0].stake += 1) as fn(&mut ValidatorSetDto),
        ),
        ("validators", |dto| dto.validators.swap(0, 1)),
        ("total_stake", |dto| dto.total_stake += 1),
    ] {
        let mut wrong = dto.clone();
        change(&mut wrong);
        let da = saying(&chain, wrong).await.client(chain.trust());
        match da.validators(None).await.unwrap_err() {
            ValidatorsError::Inconsistent { field: found } => assert_eq!(found, field),
            other => panic!("{other}"),
        }
    }
    let mut unheard = dto.clone();
    unheard.root = weft_encoding::Digest::from_bytes([5; 32]);
    let da = saying(&chain, unheard).await.client(chain.trust());
    let error = da.validators(None).await.unwrap_err();
    let refused = matches!(
        error,
        ValidatorsError::ValidatorSet(LearnError::OtherSet { .. })
    );
    assert!(refused, "{error}");
    assert_eq!(error.fault(), Fault::Peer);
}

#[tokio::test]
async fn an_update_is_given_to_the_gateway() {
    let chain = new_chain("weft-test");
    let update = chain.update(&[0, 1, 2, 4], 7);
    let taken = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&taken);
    let take = move |Json(update): Json<SignedValidatorUpdate>| async move {
        let dto = OfferedUpdateDto {
            update_id: update.update.id(),
            first_height: update.update.first_height.get(),
            root: update.update.validator_set().unwrap().root(),
        };
        log.lock().unwrap().push(update);
        (StatusCode::ACCEPTED, Json(dto))
    };
    let router = Router::new().route("/validators/updates", routing::post(take));
    let da = TestGateway::serve(router).await.client(chain.trust());
    let offered = da.submit_validator_update(&update).await.unwrap();
    assert_eq!(offered.update_id, update.update.id());
    assert_eq!(offered.first_height, 7);
    assert_eq!(
        taken.lock().unwrap().as_slice(),
        std::slice::from_ref(&update)
    );

    let mut other = offered;
    other.update_id = other.root;
    let da = TestGateway::json(&other).await.client(chain.trust());
    let error = da.submit_validator_update(&update).await.unwrap_err();
    assert!(
        matches!(error, SubmitUpdateError::OtherUpdate { .. }),
        "{error}"
    );

    let refusing = TestGateway::answering(|_, _| {
        let kind = ProblemKind::BadUpdate;
        problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            kind,
            ProblemFault::Caller,
            7,
            9,
        )
    });
    let da = refusing.await.client(chain.trust());
    let error = da.submit_validator_update(&update).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Caller, "{error}");
}

#[tokio::test]
async fn evidence_is_listed_up_to_a_limit() {
    let chain = new_chain("weft-test");
    let (_, validator) = chain.validators.set.iter().next().unwrap();
    let list = EvidenceListDto {
        count: 9,
        evidence: vec![EvidenceDto {
            height: 3,
            round: 1,
            validator: validator.public_key,
            kind: EvidenceKind::Precommit,
        }],
    };
    let answer = list.clone();
    let router = Router::new().route(
        "/evidence",
        routing::get(|Query(query): Query<HashMap<String, String>>| async move {
            assert_eq!(query["limit"], "1");
            Json(answer)
        }),
    );
    let da = TestGateway::serve(router).await.client(chain.trust());
    assert_eq!(da.evidence(1).await.unwrap(), list);
    let text = serde_json::to_string(&list).unwrap();
    assert!(text.contains(r#""kind":"precommit""#), "{text}");
    let of_the_future = text.replace("precommit", "something-new");
    let list: EvidenceListDto = serde_json::from_str(&of_the_future).unwrap();
    assert_eq!(list.evidence[0].kind, EvidenceKind::Other);
}

#[test]
fn the_status_of_an_earlier_gateway_is_read() {
    let text = format!(
        r#"{{"version":"0.1.0","chain_id":"weft-test","genesis_hash":"{}","peer_id":"p","height":1,
        "time":2,"peers":3,"pending":0,"ready":true,"reason":null,"max_packed_bytes":1,
        "max_raw_bytes":1}}"#,
        "ab".repeat(32)
    );
    let status: StatusDto = serde_json::from_str(&text).unwrap();
    assert_eq!((status.orderer.as_str(), status.validators), ("", 0));
    assert_eq!((status.equivocations, status.custody), (0, None));
}
