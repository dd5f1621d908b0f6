//! Namespace lists: complete for every height, or refused.

use axum::{
    Json,
    extract::{Query, Request},
    response::IntoResponse,
};
use std::{collections::HashMap, sync::Arc};
use weft_chain::Height;
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, ListError, NamespaceList,
    api::{MAX_LIST_HEIGHTS, NamespaceBlobsDto},
    verify::{HeaderError, NamespaceListError},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{Blob, ServedChain, namespace, new_chain},
    gateway::TestGateway,
};

const NAMESPACE: &str = "0a11ce";

/// Three blocks: two blobs of the namespace and one before them, none, one.
fn fixture() -> (GrowingChain, Vec<Blob>) {
    let mut chain = new_chain("weft-test");
    let blob = |name, text: &str| chain.blob(&namespace(name), Layout::Packed, text.into());
    let blobs = vec![
        blob("01", "another rollup's"),
        blob(NAMESPACE, "first"),
        blob(NAMESPACE, "second"),
        blob(NAMESPACE, "third"),
    ];
    chain.order(&[&blobs[0], &blobs[1], &blobs[2]]);
    chain.push_empty();
    chain.order(&[&blobs[3]]);
    (chain, blobs)
}

async fn list_for(
    chain: &GrowingChain,
    answer: &NamespaceBlobsDto,
    from: u64,
    to: u64,
) -> Result<NamespaceList, ListError> {
    let gateway = TestGateway::json(answer).await;
    let da = gateway.client(chain.trust());
    da.list(&namespace(NAMESPACE), Height::new(from), Height::new(to))
        .await
}

async fn refused(chain: &GrowingChain, answer: &NamespaceBlobsDto) -> NamespaceListError {
    let error = list_for(chain, answer, 1, 3).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Peer, "{error}");
    match error {
        ListError::List(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_complete_list_is_accepted() {
    let (chain, blobs) = fixture();
    let list = list_for(&chain, &chain.list(&namespace(NAMESPACE), 1, 3), 1, 3)
        .await
        .unwrap();
    assert_eq!(list.blocks().len(), 3);
    let mut expected: Vec<_> = blobs[1..3].iter().map(|blob| blob.header.id()).collect();
    expected.sort();
    expected.push(blobs[3].header.id());
    let found: Vec<_> = list.blobs().iter().map(|blob| blob.blob_id()).collect();
    assert_eq!(found, expected);
    assert_eq!(list.blobs()[2].height().get(), 3);
    assert_eq!(list.blobs()[2].header().byte_len, 5);
}

#[tokio::test]
async fn a_blob_left_out_is_found_out() {
    let (chain, blobs) = fixture();
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    answer.blobs.pop();
    let error = refused(&chain, &answer).await;
    let id = blobs[3].header.id();
    assert!(matches!(error, NamespaceListError::Missing { blob_id, .. } if blob_id == id));
}

#[tokio::test]
async fn a_blob_left_out_together_with_its_proof_is_found_out() {
    let (chain, _) = fixture();
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    answer.blobs.pop();
    answer.blocks[2].proof = answer.blocks[1].proof.clone();
    let error = refused(&chain, &answer).await;
    assert!(matches!(error, NamespaceListError::Proof(_)), "{error}");
}

#[tokio::test]
async fn another_namespaces_proof_is_refused() {
    let (chain, _) = fixture();
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    answer.blobs.drain(..2);
    answer.blocks[0] = chain.listed_block(&namespace("ff"), 1);
    let error = refused(&chain, &answer).await;
    assert!(matches!(error, NamespaceListError::Proof(_)), "{error}");
}

#[tokio::test]
async fn a_blob_that_is_not_in_the_chain_is_found_out() {
    let (chain, blobs) = fixture();
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    let mut extra = answer.blobs[2].clone();
    extra.blob_id = blobs[0].header.id();
    answer.blobs.push(extra);
    let error = refused(&chain, &answer).await;
    assert!(
        matches!(error, NamespaceListError::NotProven { height: 3, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn every_height_must_be_there() {
    let (chain, _) = fixture();
    let answer = chain.list(&namespace(NAMESPACE), 1, 2);
    assert!(matches!(
        refused(&chain, &answer).await,
        NamespaceListError::Range { .. }
    ));
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    answer.blocks.remove(1);
    assert!(matches!(
        refused(&chain, &answer).await,
        NamespaceListError::Range { .. }
    ));
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    answer.blocks[1] = answer.blocks[0].clone();
    let error = refused(&chain, &answer).await;
    assert!(
        matches!(
            error,
            NamespaceListError::Header(HeaderError::OtherHeight { .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn headers_must_be_linked_to_each_other_and_to_the_genesis() {
    let (mut chain, _) = fixture();
    let mut parent = new_chain("weft-test").genesis;
    parent.time_ms += 1;
    let parent = parent.as_parent(&parent.validator_set().unwrap());
    let second = &chain.push_empty_after(&parent).signed.header;
    assert_eq!(second.height, Height::FIRST, "a second block at height 1");
    let fork = chain.height();
    let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
    let mut forged = chain.listed_block(&namespace(NAMESPACE), fork);
    forged.height = 1;
    answer.blocks[0] = forged;
    let error = refused(&chain, &answer).await;
    assert!(
        matches!(
            error,
            NamespaceListError::Header(HeaderError::NotLinked { .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn plain_fields_that_contradict_the_proof_are_refused_by_name() {
    let (chain, blobs) = fixture();
    let other = weft_rollup_adapter::api::Encoded(blobs[0].header.clone());
    type Lie<'a> = (&'a str, &'a dyn Fn(&mut NamespaceBlobsDto));
    let lies: [Lie<'_>; 4] = [
        ("byte_len", &|answer| answer.blobs[0].byte_len += 1),
        ("first_row", &|answer| answer.blobs[0].first_row += 1),
        ("rows", &|answer| answer.blobs[0].rows += 1),
        ("header", &|answer| answer.blobs[0].header = other.clone()),
    ];
    for (expected, lie) in lies {
        let mut answer = chain.list(&namespace(NAMESPACE), 1, 3);
        lie(&mut answer);
        match refused(&chain, &answer).await {
            NamespaceListError::Inconsistent { field, .. } => assert_eq!(field, expected),
            error => panic!("{expected}: {error}"),
        }
    }
}

#[tokio::test]
async fn an_empty_range_is_the_callers_fault() {
    let (chain, _) = fixture();
    let answer = chain.list(&namespace(NAMESPACE), 1, 3);
    for (from, to) in [(3, 2), (0, 2)] {
        let error = list_for(&chain, &answer, from, to).await.unwrap_err();
        assert!(
            matches!(error, ListError::Range { first: 1, .. }),
            "{error}"
        );
        assert_eq!(error.fault(), Fault::Caller);
    }
}

#[tokio::test]
async fn a_long_range_is_asked_for_in_parts_that_link() {
    let (mut chain, _) = fixture();
    let last = MAX_LIST_HEIGHTS + 2;
    while chain.height() < last {
        chain.push_empty();
    }
    let trust = chain.trust();
    let chain = Arc::new(chain);
    let gateway = TestGateway::answering(move |_, request: Request| {
        let query: Query<HashMap<String, String>> = Query::try_from_uri(request.uri()).unwrap();
        let number = |name: &str| query[name].parse().unwrap();
        Json(chain.list(&namespace(NAMESPACE), number("from"), number("to"))).into_response()
    })
    .await;
    let da = gateway.client(trust);
    let list = da
        .list(&namespace(NAMESPACE), Height::FIRST, Height::new(last))
        .await
        .unwrap();
    assert_eq!(list.blocks().len() as u64, last);
    assert_eq!(list.blobs().len(), 3);
    assert_eq!(gateway.hits(), 2);
}
