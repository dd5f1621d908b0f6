//! Validators that were replaced and sign all the same, and histories that fork.

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use futures::StreamExt;
use weft_chain::Height;
use weft_encoding::{Digest, Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, FetchReceiptError, HttpClient, LearnError, ListError, SubscribeError,
    api::ReceiptDto,
    verify::{
        HeaderError, MAX_SEEN_HEADERS, NamespaceListError, ReceiptError, UpdateError, verify_header,
    },
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{Blob, ServedChain, namespace, new_chain},
    changes::{Updates, gateway, honest},
    gateway::TestGateway,
};

const NAMESPACE: &str = "0a11ce";

/// A chain whose first set was replaced at 3, and the one that this set signs from there all by
/// itself, with a blob at 5.
pub(crate) struct Fork {
    pub(crate) chain: GrowingChain,
    pub(crate) forged: GrowingChain,
    blob: Blob,
}

pub(crate) fn fork() -> Fork {
    let mut chain = new_chain("weft-test");
    chain.push_empty();
    let mut forged = chain.clone();
    chain.replace_validators(&[0, 1, 2, 4]);
    for _ in 0..3 {
        chain.push_empty();
    }
    let blob = forged.blob(&namespace(NAMESPACE), Layout::Packed, b"never".to_vec());
    for _ in 0..3 {
        forged.push_empty();
    }
    forged.order(&[&blob]);
    Fork {
        chain,
        forged,
        blob,
    }
}

pub(crate) async fn serve(chain: &GrowingChain, updates: Updates) -> TestGateway {
    let (router, _) = gateway(chain.clone(), updates);
    TestGateway::serve(router).await
}

impl Fork {
    /// A client of a gateway that serves the forged chain, which has learnt of the change from an
    /// honest one.
    async fn deceived(&self) -> HttpClient {
        let trust = self.chain.trust();
        let honest_gateway = serve(&self.chain, honest(&self.chain)).await;
        let da = honest_gateway.client(trust.clone());
        da.header(Height::new(5)).await.unwrap().unwrap();
        let (router, _) = gateway(self.forged.clone(), honest(&self.chain));
        let receipt: ReceiptDto = self.forged.receipt(&self.blob, Some(5));
        let router = router.route(
            "/blobs/{id}/receipt",
            get(move || async move { Json(receipt) }),
        );
        TestGateway::serve(router).await.client(trust)
    }

    fn assert_retired(&self, error: &HeaderError, expected: u64) {
        match error {
            HeaderError::RetiredValidatorSet {
                height,
                root,
                replaced_at,
            } => {
                assert_eq!((height.get(), replaced_at.get()), (expected, 3));
                assert_eq!(*root, self.forged.validators.set.root());
            }
            other => panic!("{other}"),
        }
        assert_eq!(error.fault(), Fault::Peer);
    }
}

#[tokio::test]
async fn a_retired_set_signs_a_later_height_for_header() {
    let fork = fork();
    let da = fork.deceived().await;
    // Its own heights are still its own.
    da.header(Height::FIRST).await.unwrap().unwrap();
    match da.header(Height::new(4)).await {
        Err(SubscribeError::Header(error)) => fork.assert_retired(&error, 4),
        other => panic!("{other:?}"),
    }
    match da.head().await {
        Err(SubscribeError::Header(error)) => fork.assert_retired(&error, 5),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_retired_set_signs_a_later_height_for_receipt() {
    let fork = fork();
    let da = fork.deceived().await;
    match da.receipt(&fork.blob.header.id()).await {
        Err(FetchReceiptError::Receipt(ReceiptError::Header(error))) => {
            fork.assert_retired(&error, 5);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_retired_set_signs_later_heights_for_list() {
    let fork = fork();
    let da = fork.deceived().await;
    let ns = namespace(NAMESPACE);
    match da.list(&ns, Height::new(4), Height::new(5)).await {
        Err(ListError::List(NamespaceListError::Header(error))) => fork.assert_retired(&error, 4),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_retired_set_signs_later_heights_for_subscribe() {
    let fork = fork();
    let da = fork.deceived().await;
    let mut headers = da.subscribe(Height::new(4)).await.unwrap();
    match headers.next().await.unwrap() {
        Err(SubscribeError::Header(error)) => fork.assert_retired(&error, 4),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_retired_set_introduces_no_other_set() {
    let mut fork = fork();
    fork.forged.replace_validators(&[5, 6, 7, 8]);
    fork.forged.push_empty();
    let trust = fork.chain.trust();
    let honest_gateway = serve(&fork.chain, honest(&fork.chain)).await;
    let da = honest_gateway.client(trust.clone());
    da.header(Height::new(5)).await.unwrap().unwrap();
    let da = serve(&fork.forged, honest(&fork.forged))
        .await
        .client(trust);
    let error = da.head().await.unwrap_err();
    let retired = fork.forged.block(5).signed.header.validator_set_root;
    match &error {
        SubscribeError::ValidatorSet(LearnError::NotShown { root }) => assert_eq!(*root, retired),
        other => panic!("{other}"),
    }
    assert!(
        da.trust()
            .validator_set(&fork.forged.validators.set.root())
            .is_none()
    );
}

#[tokio::test]
async fn a_replacement_that_becomes_known_ends_what_rested_on_the_replaced_set() {
    let mut fork = fork();
    fork.forged.replace_validators(&[5, 6, 7, 8]);
    fork.forged.push_empty();
    let introduced = fork.forged.validators.set.root();
    let trust = fork.chain.trust();
    // Nobody has told this client of the change at 3.
    let da = serve(&fork.forged, honest(&fork.forged))
        .await
        .client(trust.clone());
    da.head().await.unwrap().unwrap();
    assert!(trust.validator_set(&introduced).is_some());

    let honest_gateway = serve(&fork.chain, honest(&fork.chain)).await;
    let told = honest_gateway.client(trust.clone());
    told.header(Height::new(3)).await.unwrap().unwrap();
    assert!(trust.validator_set(&introduced).is_none());
    assert!(da.head().await.is_err());
}

#[tokio::test]
async fn an_approved_update_that_no_block_included_introduces_nothing() {
    let mut chain = new_chain("weft-test");
    chain.push_empty();
    let approved = chain.update(&[5, 6, 7, 8], 3);
    let mut forged = chain.clone();
    forged.replace_validators(&[5, 6, 7, 8]);
    forged.push_empty();
    chain.push_empty();
    // The set that was approved has a header at 3; the block before it never had the update.
    let header = forged.header(3);
    let updates: Updates = Arc::new(move |_, _| Some(approved.clone()));
    let (router, _) = gateway(chain.clone(), updates);
    let router = Router::new()
        .route("/blocks/3", get(move || async move { Json(header) }))
        .merge(router);
    let da = TestGateway::serve(router).await.client(chain.trust());
    match da.header(Height::new(3)).await {
        Err(SubscribeError::ValidatorSet(LearnError::Update { root, source })) => {
            let UpdateError::NotDecided { height, next, .. } = *source else {
                panic!("{source}");
            };
            assert_eq!((root, height.get()), (forged.validators.set.root(), 2));
            assert_eq!(next, chain.validators.set.root());
        }
        other => panic!("{other:?}"),
    }
}

/// A chain whose first set was replaced at 2 and is back at 4.
fn there_and_back() -> GrowingChain {
    let mut chain = new_chain("weft-test");
    chain.replace_validators(&[0, 1, 2, 4]);
    chain.push_empty();
    chain.replace_validators(&[0, 1, 2, 3]);
    chain.push_empty();
    chain.push_empty();
    chain
}

#[tokio::test]
async fn a_set_that_came_back_is_accepted_with_the_update_shown() {
    let chain = there_and_back();
    let trust = chain.trust();
    let da = serve(&chain, honest(&chain)).await.client(trust.clone());
    // The client knows of the replacement first.
    da.header(Height::new(2)).await.unwrap().unwrap();
    let hiding = serve(&chain, Arc::new(|_, _| None)).await.client(trust);
    match hiding.header(Height::new(5)).await {
        Err(SubscribeError::Header(HeaderError::RetiredValidatorSet { replaced_at, .. })) => {
            assert_eq!(replaced_at.get(), 2);
        }
        other => panic!("{other:?}"),
    }
    da.header(Height::new(5)).await.unwrap().unwrap();
    hiding.header(Height::new(5)).await.unwrap().unwrap();
    let ns = namespace(NAMESPACE);
    let list = da.list(&ns, Height::FIRST, Height::new(5)).await.unwrap();
    assert_eq!(list.blocks().len(), 5);
}

#[tokio::test]
async fn a_list_over_a_set_that_came_back_is_verified_by_a_new_client() {
    let chain = there_and_back();
    let da = serve(&chain, honest(&chain)).await.client(chain.trust());
    let ns = namespace(NAMESPACE);
    let list = da.list(&ns, Height::new(2), Height::new(5)).await.unwrap();
    assert_eq!(list.blocks().len(), 4);
    // Headers alone show that it is back, with no update of it.
    let hiding: Updates = {
        let (first, shown) = (chain.validators.set.root(), honest(&chain));
        Arc::new(move |root: Digest, height| shown(root, height).filter(|_| root != first))
    };
    let da = serve(&chain, hiding).await.client(chain.trust());
    let headers = da.subscribe(Height::FIRST).await.unwrap();
    let headers: Vec<_> = headers.take(5).collect().await;
    assert!(headers.iter().all(Result::is_ok), "{headers:?}");
}

/// Two final headers at 2 of one set.
fn equivocation() -> (GrowingChain, GrowingChain, Blob) {
    let mut chain = new_chain("weft-test");
    chain.push_empty();
    let mut other = chain.clone();
    let blob = other.blob(&namespace(NAMESPACE), Layout::Packed, b"a batch".to_vec());
    chain.push_empty();
    other.order(&[&blob]);
    (chain, other, blob)
}

fn assert_conflict(error: &HeaderError, chain: &GrowingChain, other: &GrowingChain) {
    let pair = error.conflict().unwrap_or_else(|| panic!("{error}"));
    let (first, second) = (&chain.block(2).signed.header, &other.block(2).signed.header);
    assert_eq!(pair.first().header(), first);
    assert_eq!(pair.second().header(), second);
    for signed in [pair.first().signed(), pair.second().signed()] {
        signed
            .verify(&chain.genesis.chain_id, &chain.validators.set)
            .unwrap();
    }
    let said = error.to_string();
    for hash in [first.hash(), second.hash()] {
        assert!(said.contains(&hash.to_string()), "{said}");
    }
}

#[tokio::test]
async fn two_final_headers_of_one_height_are_evidence_on_every_path() {
    let (chain, other, blob) = equivocation();
    let trust = chain.trust();
    let da = serve(&chain, honest(&chain)).await.client(trust.clone());
    da.head().await.unwrap().unwrap();

    let receipt: ReceiptDto = other.receipt(&blob, Some(2));
    let (router, _) = gateway(other.clone(), honest(&other));
    let router = router.route(
        "/blobs/{id}/receipt",
        get(move || async move { Json(receipt) }),
    );
    let lying = TestGateway::serve(router).await.client(trust);
    match lying.header(Height::new(2)).await {
        Err(SubscribeError::Header(error)) => assert_conflict(&error, &chain, &other),
        found => panic!("{found:?}"),
    }
    match lying.receipt(&blob.header.id()).await {
        Err(FetchReceiptError::Receipt(ReceiptError::Header(error))) => {
            assert_conflict(&error, &chain, &other);
        }
        found => panic!("{found:?}"),
    }
    let (ns, height) = (namespace(NAMESPACE), Height::new(2));
    match lying.list(&ns, height, height).await {
        Err(ListError::List(NamespaceListError::Header(error))) => {
            assert_conflict(&error, &chain, &other);
        }
        found => panic!("{found:?}"),
    }
    let mut headers = lying.subscribe(height).await.unwrap();
    match headers.next().await.unwrap() {
        Err(SubscribeError::Header(error)) => assert_conflict(&error, &chain, &other),
        found => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn single_headers_have_to_follow_those_that_were_verified_beside_them() {
    let (mut chain, mut other, _) = equivocation();
    chain.push_empty();
    other.push_empty();
    let trust = chain.trust();
    verify_header(&trust, chain.header(2)).unwrap();
    let error = verify_header(&trust, other.header(3)).unwrap_err();
    assert!(matches!(error, HeaderError::NotLinked { .. }), "{error}");
    let trust = chain.trust();
    verify_header(&trust, chain.header(3)).unwrap();
    let error = verify_header(&trust, other.header(2)).unwrap_err();
    assert!(matches!(error, HeaderError::NotLinked { .. }), "{error}");
    const { assert!(MAX_SEEN_HEADERS >= 128) };
}
