//! Reading: what comes back is the blob's batch or an error.

use axum::{
    Json, Router,
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures::stream;
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    DataAvailability, ReadError, ReadOutcome, TransportError, Wait, WaitForError,
    api::{ProblemFault, ProblemKind, ReceiptDto},
    verify::{BatchError, ReceiptError},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{Blob, EXPIRY, ServedChain, namespace, new_chain},
    gateway::{TestGateway, problem},
};

fn fixture() -> (GrowingChain, Blob) {
    let chain = new_chain("weft-test");
    let blob = chain.blob(
        &namespace("0a11ce"),
        Layout::Packed,
        b"a batch".repeat(5_000),
    );
    (chain, blob)
}

/// Reads `blob` from a gateway with this receipt and this answer for the bytes.
async fn read<F>(
    chain: &GrowingChain,
    blob: &Blob,
    receipt: ReceiptDto,
    bytes: F,
) -> (Result<ReadOutcome, ReadError>, usize)
where
    F: Fn() -> Response + Clone + Send + Sync + 'static,
{
    let router = Router::new()
        .route(
            "/blobs/{id}/receipt",
            get(move || async move { Json(receipt) }),
        )
        .route("/blobs/{id}", get(move || async move { bytes() }));
    let gateway = TestGateway::serve(router).await;
    let read = gateway.client(chain.trust()).read(&blob.header.id()).await;
    (read, gateway.hits())
}

#[tokio::test]
async fn the_batch_comes_back_with_and_without_proofs() {
    let (chain, blob) = fixture();
    for proofs in [None, Some(blob.kzg_proofs.clone())] {
        let mut receipt = chain.receipt(&blob, None);
        receipt.kzg_proofs = proofs;
        let batch = blob.batch.clone();
        let (read, _) = read(&chain, &blob, receipt, move || {
            batch.clone().into_response()
        })
        .await;
        let read = read.unwrap().into_batch().unwrap();
        assert_eq!(*read.batch(), blob.batch);
    }
}

#[tokio::test]
async fn a_blob_with_a_false_columns_root_is_read_all_the_same() {
    let (chain, blob) = fixture();
    let mut header = blob.header.clone();
    header.columns_root = weft_encoding::Digest::from_bytes([7; 32]);
    let certified = chain.validators.certify(&header, EXPIRY);
    let spoiled = Blob {
        header,
        certificate: certified.certificate,
        ..blob
    };
    let batch = spoiled.batch.clone();
    let receipt = chain.receipt(&spoiled, None);
    let (read, _) = read(&chain, &spoiled, receipt, move || {
        batch.clone().into_response()
    })
    .await;
    let read = read.unwrap().into_batch().unwrap();
    assert_eq!(*read.batch(), spoiled.batch);
}

#[tokio::test]
async fn wrong_bytes_are_refused_with_and_without_proofs() {
    let (chain, blob) = fixture();
    let mut wrong = blob.batch.to_vec();
    wrong[20_000] ^= 0x80;
    let wrong = Bytes::from(wrong);
    for proofs in [None, Some(blob.kzg_proofs.clone())] {
        let mut receipt = chain.receipt(&blob, None);
        receipt.kzg_proofs = proofs;
        let bytes = wrong.clone();
        let (read, _) = read(&chain, &blob, receipt, move || {
            bytes.clone().into_response()
        })
        .await;
        let error = read.unwrap_err();
        assert!(
            matches!(
                error,
                ReadError::Batch(BatchError::Commitment { .. } | BatchError::Proof { .. })
            ),
            "{error}"
        );
        assert_eq!(error.fault(), Fault::Peer);
    }
}

#[tokio::test]
async fn short_and_long_answers_are_refused() {
    let (chain, blob) = fixture();
    let receipt = chain.receipt(&blob, None);
    let short = blob.batch.slice(1..);
    let (result, _) = read(&chain, &blob, receipt.clone(), move || {
        short.clone().into_response()
    })
    .await;
    assert!(matches!(
        result,
        Err(ReadError::Batch(BatchError::Length { found: 34_999, .. }))
    ));

    let mut long = blob.batch.to_vec();
    long.push(0);
    let (result, hits) = read(&chain, &blob, receipt, move || long.clone().into_response()).await;
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Transport(TransportError::TooLarge { limit: 35_000, .. })
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Peer);
    assert_eq!(
        hits, 2,
        "an answer that is too large is not asked for again"
    );
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_at_the_batchs_length() {
    let (chain, blob) = fixture();
    let endless = || {
        let frames = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![0; 4_096])));
        Body::from_stream(frames).into_response()
    };
    let (result, _) = read(&chain, &blob, chain.receipt(&blob, None), endless).await;
    assert!(matches!(
        result,
        Err(ReadError::Transport(TransportError::TooLarge { .. }))
    ));
}

#[tokio::test]
async fn the_receipt_of_another_blob_is_refused() {
    let (chain, blob) = fixture();
    let other = chain.blob(&namespace("0a11ce"), Layout::Packed, b"other".to_vec());
    let batch = other.batch.clone();
    let (result, hits) = read(&chain, &blob, chain.receipt(&other, None), move || {
        batch.clone().into_response()
    })
    .await;
    assert!(matches!(
        result,
        Err(ReadError::Receipt(ReceiptError::OtherBlob { .. }))
    ));
    assert_eq!(hits, 1, "the bytes were not asked for");
}

#[tokio::test]
async fn a_blob_that_cannot_be_repaired_is_said_once_with_its_numbers() {
    let (chain, blob) = fixture();
    let (result, hits) = read(&chain, &blob, chain.receipt(&blob, None), || {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        problem(
            status,
            ProblemKind::Unavailable,
            ProblemFault::Retry,
            40,
            64,
        )
    })
    .await;
    let error = result.unwrap_err();
    assert_eq!(error.fault(), Fault::Retry);
    let ReadError::Transport(error) = error else {
        panic!("{error}")
    };
    let problem = error.problem().unwrap();
    assert_eq!(problem.problem_kind(), ProblemKind::Unavailable);
    assert_eq!(
        (&problem.value, &problem.limit),
        (&Some(40.into()), &Some(64.into()))
    );
    assert_eq!(hits, 2);
}

#[tokio::test]
async fn waiting_ends_when_the_blob_is_ordered() {
    let (mut chain, blob) = fixture();
    let certified = serde_json::to_value(chain.receipt(&blob, None)).unwrap();
    let height = chain.order(&[&blob]);
    let ordered = serde_json::to_value(chain.receipt(&blob, Some(height))).unwrap();
    let gateway = TestGateway::answering(move |asked, _| {
        Json(if asked < 2 {
            certified.clone()
        } else {
            ordered.clone()
        })
        .into_response()
    })
    .await;
    let da = gateway.client(chain.trust());
    let receipt = da.wait(&blob.header.id(), Wait::Ordered).await.unwrap();
    assert_eq!(receipt.height().unwrap().get(), height);
    assert_eq!(gateway.hits(), 3);
}

#[tokio::test]
async fn waiting_has_an_end() {
    let (chain, blob) = fixture();
    let gateway = TestGateway::json(&chain.receipt(&blob, None)).await;
    let da = gateway.client_with(chain.trust(), |config| {
        config.wait_limit = std::time::Duration::from_millis(20);
    });
    let error = da.wait(&blob.header.id(), Wait::Ordered).await.unwrap_err();
    assert!(
        matches!(error, WaitForError::NotYet { limit_ms: 20, .. }),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
}
