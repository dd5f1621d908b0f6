//! Validator sets that a client does not know yet: learnt back to one it trusts, or refused.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{Path, Query},
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::get,
};
use futures::{StreamExt, stream};
use weft_chain::{CertificateError, Height, SignedValidatorUpdate, ValidatorUpdateError};
use weft_encoding::{Digest, Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, FetchReceiptError, LearnError, SubscribeError,
    api::{ProblemFault, ProblemKind, ReceiptDto},
    client::MAX_UPDATES,
    verify::{HeaderError, ReceiptError, UpdateError},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{Blob, ServedChain, namespace, new_chain},
    gateway::{TestGateway, problem},
};

const NAMESPACE: &str = "0a11ce";

/// What a gateway answers when it is asked for the update by which a set came to a height, or came
/// first.
pub(crate) type Updates =
    Arc<dyn Fn(Digest, Option<u64>) -> Option<SignedValidatorUpdate> + Send + Sync>;

/// Blocks 1 and 2 are of the genesis's set, 3 and 4 of a second one, 5 of a third.
fn fixture() -> GrowingChain {
    let mut chain = new_chain("weft-test");
    chain.push_empty();
    chain.replace_validators(&[0, 1, 2, 4]);
    chain.push_empty();
    chain.replace_validators(&[1, 2, 4, 5]);
    chain.push_empty();
    chain
}

pub(crate) fn root(update: &SignedValidatorUpdate) -> Digest {
    update.update.validator_set().unwrap().root()
}

pub(crate) fn honest(chain: &GrowingChain) -> Updates {
    let updates: Vec<_> = chain
        .updates
        .iter()
        .map(|update| (root(update), update.clone()))
        .collect();
    Arc::new(move |root, height| {
        let of_root = updates.iter().filter(|(introduced, _)| *introduced == root);
        let mut of_root = of_root.map(|(_, update)| update.clone());
        match height {
            None => of_root.next(),
            Some(height) => of_root.rfind(|update| update.update.first_height.get() <= height),
        }
    })
}

/// The routes of a gateway with this chain, and how often it was asked for updates.
pub(crate) fn gateway(chain: GrowingChain, updates: Updates) -> (Router, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = move |root: Digest, height: Option<u64>| -> Response {
        count.fetch_add(1, Ordering::SeqCst);
        match updates(root, height) {
            Some(update) => Json(update).into_response(),
            None => problem(
                StatusCode::NOT_FOUND,
                ProblemKind::UnknownUpdate,
                ProblemFault::Caller,
                0,
                0,
            ),
        }
    };
    let (headers, events, chain) = (chain.clone(), chain.clone(), chain);
    let router = Router::new()
        .route(
            "/validators/updates/{root}",
            get(
                move |Path(root): Path<String>, Query(query): Query<HashMap<String, u64>>| {
                    let height = query.get("height").copied();
                    let response = answer(root.parse().unwrap(), height);
                    async move { response }
                },
            ),
        )
        .route(
            "/blocks/{height}",
            get(move |Path(height): Path<String>| {
                let height = height.parse().unwrap_or(headers.height());
                let header = headers.header(height);
                async move { Json(header) }
            }),
        )
        .route(
            "/events",
            get(move |Query(query): Query<HashMap<String, u64>>| {
                let heights = query["from"]..=events.height();
                let events: Vec<_> = heights
                    .map(|height| Event::default().json_data(events.event(height)).unwrap())
                    .map(Ok::<_, Infallible>)
                    .collect();
                async move { Sse::new(stream::iter(events)) }
            }),
        )
        .route(
            "/namespaces/{ns}/blobs",
            get(
                move |Path(ns): Path<String>, Query(query): Query<HashMap<String, String>>| {
                    let number = |name: &str| query[name].parse().unwrap();
                    let list = chain.list(&namespace(&ns), number("from"), number("to"));
                    async move { Json(list) }
                },
            ),
        );
    (router, asked)
}

/// Why the newest header is refused when the gateway shows these updates.
async fn refused(chain: &GrowingChain, updates: Updates) -> (LearnError, usize) {
    let (router, asked) = gateway(chain.clone(), updates);
    let da = TestGateway::serve(router).await.client(chain.trust());
    let error = match da.head().await {
        Err(SubscribeError::ValidatorSet(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(
        da.trust()
            .validator_set(&chain.validators.set.root())
            .is_none()
    );
    (error, asked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn two_changes_are_walked_back_once_and_verified_forward() {
    let chain = fixture();
    let (router, asked) = gateway(chain.clone(), honest(&chain));
    let da = TestGateway::serve(router).await.client(chain.trust());
    let head = da.head().await.unwrap().unwrap();
    assert_eq!(head.hash(), chain.block(5).signed.header.hash());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let [genesis, second, third] =
        [1, 3, 5].map(|h| chain.block(h).signed.header.validator_set_root);
    let trust = da.trust();
    let is_before = |before, height| trust.is_before(before, Height::new(height));
    assert!(is_before(&genesis, 3) && is_before(&second, 5));
    assert!(!is_before(&genesis, 2) && !is_before(&genesis, 5));
    let is_in_force = |root, height| trust.is_in_force(root, Height::new(height));
    assert!(is_in_force(&third, 5) && is_in_force(&second, 4) && !is_in_force(&third, 4));

    for height in 1..=5 {
        da.header(Height::new(height)).await.unwrap().unwrap();
    }
    let ns = namespace(NAMESPACE);
    let list = da.list(&ns, Height::new(1), Height::new(5)).await.unwrap();
    assert_eq!(list.blocks().len(), 5);
    assert_eq!(asked.load(Ordering::SeqCst), 2, "learnt once");
}

#[tokio::test]
async fn a_list_over_two_changes_is_verified_by_a_new_client() {
    let chain = fixture();
    let (router, asked) = gateway(chain.clone(), honest(&chain));
    let da = TestGateway::serve(router).await.client(chain.trust());
    let ns = namespace(NAMESPACE);
    let list = da.list(&ns, Height::new(2), Height::new(5)).await.unwrap();
    assert_eq!(list.blocks().len(), 4);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_subscription_goes_on_over_two_changes() {
    let chain = fixture();
    let (router, asked) = gateway(chain.clone(), honest(&chain));
    let da = TestGateway::serve(router).await.client(chain.trust());
    let headers = da.subscribe(Height::FIRST).await.unwrap();
    let headers: Vec<_> = headers
        .take(5)
        .map(|header| header.unwrap().hash())
        .collect()
        .await;
    let expected = (1..=5).map(|height| chain.block(height).signed.header.hash());
    assert_eq!(headers, expected.collect::<Vec<_>>());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_forged_update_is_refused() {
    let chain = fixture();
    for forged in 0..2 {
        let true_updates = honest(&chain);
        let target = root(&chain.updates[forged]);
        let forging: Updates = Arc::new(move |root, height| {
            let mut update = true_updates(root, height)?;
            if root == target {
                update.update.first_height = Height::new(update.update.first_height.get() - 1);
                update.certificate.update_id = update.update.id();
            }
            Some(update)
        });
        let (error, _) = refused(&chain, forging).await;
        assert_eq!(error.fault(), Fault::Peer);
        match error {
            LearnError::Update { root, source } => {
                assert_eq!(root, target);
                assert!(
                    matches!(
                        *source,
                        UpdateError::Refused(ValidatorUpdateError::Certificate(
                            CertificateError::InvalidAggregate { .. },
                        ))
                    ),
                    "{source}"
                );
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn an_update_of_another_set_is_refused() {
    let chain = fixture();
    let first = chain.updates[0].clone();
    let (error, _) = refused(&chain, Arc::new(move |_, _| Some(first.clone()))).await;
    match error {
        LearnError::OtherSet { found, expected } => {
            assert_eq!(found, root(&chain.updates[0]));
            assert_eq!(expected, chain.validators.set.root());
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_set_that_the_gateway_does_not_show_is_the_gateways_fault() {
    let chain = fixture();
    let (error, asked) = refused(&chain, Arc::new(|_, _| None)).await;
    assert!(matches!(error, LearnError::NotShown { root } if root == chain.validators.set.root()));
    assert_eq!((error.fault(), asked), (Fault::Peer, 1));
}

#[tokio::test]
async fn no_gateway_leads_on_for_ever() {
    let chain = fixture();
    let last = chain.updates[1].clone();
    let circle: Updates = Arc::new(move |_, _| {
        let mut update = last.clone();
        update.update.replaces = Digest::from_bytes([7; 32]);
        Some(update)
    });
    let (error, asked) = refused(&chain, circle).await;
    assert!(matches!(error, LearnError::Order { .. }), "{error}");
    assert_eq!((error.fault(), asked), (Fault::Peer, 2));

    let mut chain = chain;
    while chain.height() < 70 {
        chain.push_empty();
    }
    let (last, height) = (chain.updates[1].clone(), chain.height());
    let steps = AtomicUsize::new(0);
    let endless: Updates = Arc::new(move |_, _| {
        let step = steps.fetch_add(1, Ordering::SeqCst);
        let mut update = last.clone();
        update.update.replaces = Digest::from_bytes([u8::try_from(step).unwrap(); 32]);
        update.update.first_height = Height::new(height - step as u64);
        Some(update)
    });
    let (error, asked) = refused(&chain, endless).await;
    assert!(
        matches!(
            error,
            LearnError::TooManyUpdates {
                limit: MAX_UPDATES,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!((error.fault(), asked), (Fault::Caller, MAX_UPDATES));
}

#[tokio::test]
async fn an_update_beyond_its_size_is_not_read() {
    let chain = fixture();
    let (router, _) = gateway(chain.clone(), honest(&chain));
    let gateway = TestGateway::serve(router).await;
    let da = gateway.client_with(chain.trust(), |config| config.max_update_bytes = 100);
    let error = da.head().await.unwrap_err();
    assert_eq!(error.fault(), Fault::Peer);
    assert!(error.to_string().contains("more than 100 bytes"), "{error}");
}

#[tokio::test]
async fn a_later_set_does_not_finalise_an_earlier_height() {
    let mut chain = fixture();
    let mut parent = chain.genesis.as_parent(&chain.validators.set);
    parent.validator_set_root = chain.validators.set.root();
    let forged = chain.push_empty_after(&parent);
    assert_eq!(forged.signed.header.height, Height::FIRST);
    // The forged header is the chain's sixth, and says that its height is 1.
    let (router, _) = gateway(chain.clone(), honest(&chain));
    let da = TestGateway::serve(router).await.client(chain.trust());
    match da.head().await {
        Err(SubscribeError::ValidatorSet(LearnError::NotShown { root })) => {
            assert_eq!(root, chain.validators.set.root());
        }
        other => panic!("{other:?}"),
    }
    // Also not once the set is trusted.
    da.header(Height::new(5)).await.unwrap().unwrap();
    match da.head().await {
        Err(SubscribeError::Header(HeaderError::EarlyValidatorSet {
            height,
            root,
            first_height,
        })) => {
            assert_eq!((height.get(), first_height.get()), (1, 5));
            assert_eq!(root, chain.validators.set.root());
        }
        other => panic!("{other:?}"),
    }
}

/// A chain with a blob of the genesis's set, ordered `changes` changes later.
async fn receipt_after(
    changes: usize,
) -> Result<weft_rollup_adapter::VerifiedReceipt, FetchReceiptError> {
    let mut chain = new_chain("weft-test");
    let blob: Blob = chain.blob(&namespace(NAMESPACE), Layout::Packed, b"a batch".to_vec());
    for members in [[0, 1, 2, 4], [1, 2, 4, 5]].iter().take(changes) {
        chain.replace_validators(members);
    }
    let height = chain.order(&[&blob]);
    let receipt: ReceiptDto = chain.receipt(&blob, Some(height));
    let (router, _) = gateway(chain.clone(), honest(&chain));
    let router = router.route(
        "/blobs/{id}/receipt",
        get(move || async move { Json(receipt) }),
    );
    let da = TestGateway::serve(router).await.client(chain.trust());
    da.receipt(&blob.header.id()).await
}

#[tokio::test]
async fn a_certificate_of_the_set_before_the_blocks_is_accepted_and_no_earlier_one() {
    for changes in [0, 1] {
        let receipt = receipt_after(changes).await.unwrap();
        assert!(receipt.inclusion().is_some());
    }
    match receipt_after(2).await {
        Err(FetchReceiptError::Receipt(ReceiptError::OtherValidatorSet { found, expected })) => {
            assert_ne!(found, expected);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_the_set_before_one_that_came_back_is_accepted() {
    let mut chain = new_chain("weft-test");
    let first = chain.validators.set.root();
    chain.replace_validators(&[0, 1, 2, 4]);
    let second = chain.validators.set.root();
    let blob: Blob = chain.blob(&namespace(NAMESPACE), Layout::Packed, b"a batch".to_vec());
    chain.replace_validators(&[0, 1, 2, 3]);
    assert_eq!(chain.validators.set.root(), first);
    let height = chain.order(&[&blob]);
    let receipt: ReceiptDto = chain.receipt(&blob, Some(height));
    let (router, _) = gateway(chain.clone(), honest(&chain));
    let router = router.route(
        "/blobs/{id}/receipt",
        get(move || async move { Json(receipt) }),
    );
    let da = TestGateway::serve(router).await.client(chain.trust());
    da.receipt(&blob.header.id()).await.unwrap();
    let is_before = |height| da.trust().is_before(&second, Height::new(height));
    assert!(is_before(3) && !is_before(2));
}
