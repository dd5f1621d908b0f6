//! Posting: success means that exactly this batch is held.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, body::Bytes, extract::RawQuery, routing::post};
use weft_chain::{AvailabilityCertificate, BlobHeader, CertificateError, availability_message};
use weft_encoding::{Fault, Input, KzgProof, Layout, LayoutError, VerifyError};
use weft_rollup_adapter::{
    DataAvailability, PostError, Wait,
    api::{Encoded, ReceiptDto},
    verify::{BatchError, HeaderError, ReceiptError},
};
use weft_test_chain::{GrowingChain, signers};

use crate::{
    chain::{Blob, EXPIRY, ServedChain, namespace, new_chain},
    gateway::TestGateway,
};

const NAMESPACE: &str = "0a11ce";

fn fixture() -> (GrowingChain, Blob) {
    let chain = new_chain("weft-test");
    let blob = chain.blob(
        &namespace(NAMESPACE),
        Layout::Packed,
        b"a batch".repeat(5_000),
    );
    (chain, blob)
}

/// Posts `blob`'s batch to a gateway that answers with `receipt`.
async fn post_for(
    chain: &GrowingChain,
    blob: &Blob,
    receipt: &ReceiptDto,
    wait: Wait,
) -> Result<weft_rollup_adapter::VerifiedReceipt, PostError> {
    let gateway = TestGateway::json(receipt).await;
    let da: Arc<dyn DataAvailability> = Arc::new(gateway.client(chain.trust()));
    da.post(
        &namespace(NAMESPACE),
        Layout::Packed,
        blob.batch.clone(),
        wait,
    )
    .await
}

/// A certificate whose only signer, with a quarter of the stake, did sign.
fn certify_by_one(chain: &GrowingChain, header: &BlobHeader) -> AvailabilityCertificate {
    let validators = &chain.validators;
    let (chain_id, root) = (&chain.genesis.chain_id, validators.set.root());
    let message = availability_message(chain_id, &header.id(), &root, EXPIRY);
    AvailabilityCertificate {
        signers: signers(validators.set.len(), &[0]),
        signature: validators.keys[0].sign(&message),
        ..validators.certify(header, EXPIRY).certificate
    }
}

fn assert_peer_fault(error: &PostError) {
    assert_eq!(error.fault(), Fault::Peer, "{error}");
}

#[tokio::test]
async fn a_true_receipt_is_accepted_and_the_request_says_what_is_posted() {
    let (mut chain, blob) = fixture();
    let height = chain.order(&[&blob]);
    let seen = Arc::new(Mutex::new(None));
    let (receipt, record) = (chain.receipt(&blob, Some(height)), Arc::clone(&seen));
    let router = Router::new().route(
        "/blobs",
        post(move |RawQuery(query): RawQuery, body: Bytes| async move {
            *record.lock().unwrap() = Some((query.unwrap(), body));
            Json(receipt)
        }),
    );
    let da = TestGateway::serve(router).await.client(chain.trust());
    let receipt = da
        .post(
            &namespace(NAMESPACE),
            Layout::Packed,
            blob.batch.clone(),
            Wait::Ordered,
        )
        .await
        .unwrap();
    assert_eq!(receipt.blob_id(), blob.header.id());
    assert_eq!(receipt.height().unwrap().get(), height);
    assert_eq!(receipt.byte_len(), blob.batch.len() as u64);
    assert_eq!(receipt.versioned_hashes()[0][0], 1);
    let (query, body) = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        query,
        format!(
            "namespace={}&layout=packed&wait=ordered",
            namespace(NAMESPACE)
        )
    );
    assert_eq!(body, blob.batch);
}

#[tokio::test]
async fn a_batch_that_does_not_fit_is_not_sent() {
    let (chain, blob) = fixture();
    let gateway = TestGateway::json(&chain.receipt(&blob, None)).await;
    let da = gateway.client(chain.trust());
    let post = |layout, batch: Vec<u8>| {
        let da = &da;
        async move {
            da.post(&namespace(NAMESPACE), layout, batch.into(), Wait::Certified)
                .await
                .unwrap_err()
        }
    };
    let error = post(Layout::Packed, Vec::new()).await;
    assert!(
        matches!(error, PostError::Layout(LayoutError::Empty)),
        "{error}"
    );
    let error = post(Layout::Raw, vec![0; 100]).await;
    assert!(
        matches!(error, PostError::Layout(LayoutError::NotWholeRows { .. })),
        "{error}"
    );
    let mut row = vec![0; 131_072];
    row[32 * 7] = 0xff;
    let error = post(Layout::Raw, row).await;
    assert!(
        matches!(
            error,
            PostError::Layout(LayoutError::NonCanonical { row: 0, element: 7 })
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Caller);
    assert_eq!(gateway.hits(), 0);
}

#[tokio::test]
async fn a_receipt_for_other_bytes_is_refused() {
    let (chain, blob) = fixture();
    let mut other = blob.batch.to_vec();
    other[9] ^= 1;
    let other = chain.blob(&namespace(NAMESPACE), Layout::Packed, other);
    let error = post_for(&chain, &blob, &chain.receipt(&other, None), Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Batch(BatchError::Commitment { row: 0, .. })
        ),
        "{error}"
    );
    let shorter = chain.blob(&namespace(NAMESPACE), Layout::Packed, b"a batch".to_vec());
    let error = post_for(
        &chain,
        &blob,
        &chain.receipt(&shorter, None),
        Wait::Certified,
    )
    .await
    .unwrap_err();
    assert!(matches!(
        error,
        PostError::Batch(BatchError::Length {
            found: 35_000,
            expected: 7
        })
    ));
    assert_peer_fault(&error);
}

#[tokio::test]
async fn a_receipt_for_another_namespace_is_refused() {
    let (chain, blob) = fixture();
    let other = chain.blob(&namespace("0b0b"), Layout::Packed, blob.batch.to_vec());
    let error = post_for(&chain, &blob, &chain.receipt(&other, None), Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Batch(BatchError::Posted {
                field: "namespace",
                ..
            })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_gateway_that_codes_a_post_under_a_false_columns_root_is_refused() {
    let (chain, blob) = fixture();
    let mut header = blob.header.clone();
    header.columns_root = weft_encoding::Digest::from_bytes([7; 32]);
    let certified = chain.validators.certify(&header, EXPIRY);
    let forged = Blob {
        header,
        certificate: certified.certificate,
        ..blob.clone()
    };
    let error = post_for(
        &chain,
        &blob,
        &chain.receipt(&forged, None),
        Wait::Certified,
    )
    .await
    .unwrap_err();
    assert!(
        matches!(error, PostError::Batch(BatchError::ColumnsRoot { .. })),
        "{error}"
    );
    assert_peer_fault(&error);
}

#[tokio::test]
async fn certificates_of_another_chain_and_of_too_few_are_refused() {
    let (chain, blob) = fixture();
    let elsewhere = new_chain("weft-other");
    let mut receipt = chain.receipt(&blob, None);
    let certified = elsewhere.validators.certify(&blob.header, EXPIRY);
    receipt.certificate = Encoded(certified.certificate);
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PostError::Receipt(ReceiptError::Certificate(_))),
        "{error}"
    );
    assert_peer_fault(&error);

    receipt.certificate = Encoded(certify_by_one(&chain, &blob.header));
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Receipt(ReceiptError::Certificate(
                CertificateError::NotEnoughStake {
                    signed: 1,
                    total: 4
                }
            ))
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_certificate_of_another_blob_is_refused() {
    let (chain, blob) = fixture();
    let other = chain.blob(&namespace(NAMESPACE), Layout::Packed, b"other".to_vec());
    let mut receipt = chain.receipt(&blob, None);
    receipt.certificate = Encoded(other.certificate);
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PostError::Receipt(ReceiptError::OtherBlob { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn plain_fields_that_contradict_the_encodings_are_refused_by_name() {
    let (mut chain, blob) = fixture();
    let height = chain.order(&[&blob]);
    type Lie = (&'static str, fn(&mut ReceiptDto));
    let lies: [Lie; 10] = [
        ("blob_id", |receipt| {
            receipt.blob_id = weft_chain::BlobId::from_bytes([1; 32])
        }),
        ("namespace", |receipt| receipt.namespace = namespace("ff")),
        ("layout", |receipt| receipt.layout = Layout::Raw),
        ("byte_len", |receipt| receipt.byte_len += 1),
        ("rows", |receipt| receipt.rows += 1),
        ("commitments", |receipt| receipt.commitments.clear()),
        ("versioned_hashes", |receipt| {
            receipt.versioned_hashes.clear()
        }),
        ("expiry", |receipt| receipt.expiry += 1),
        ("first_row", |receipt| receipt.first_row = Some(3)),
        ("inclusion", |receipt| receipt.inclusion = None),
    ];
    for (expected, lie) in lies {
        let mut receipt = chain.receipt(&blob, Some(height));
        lie(&mut receipt);
        let error = post_for(&chain, &blob, &receipt, Wait::Certified)
            .await
            .unwrap_err();
        match error {
            PostError::Receipt(ReceiptError::Inconsistent { field }) => {
                assert_eq!(field, expected);
            }
            other => panic!("{expected}: {other}"),
        }
    }
    let mut receipt = chain.receipt(&blob, Some(height));
    receipt.block.as_mut().unwrap().time += 1;
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Receipt(ReceiptError::Header(HeaderError::Inconsistent {
                field: "time"
            }))
        ),
        "{error}"
    );
}

#[tokio::test]
async fn ordered_means_ordered() {
    let (mut chain, blob) = fixture();
    let error = post_for(&chain, &blob, &chain.receipt(&blob, None), Wait::Ordered)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Receipt(ReceiptError::NotReached {
                asked: Wait::Ordered
            })
        ),
        "{error}"
    );

    chain.push_empty();
    let without = chain.height();
    let error = post_for(
        &chain,
        &blob,
        &chain.receipt(&blob, Some(without)),
        Wait::Ordered,
    )
    .await
    .unwrap_err();
    assert!(
        matches!(error, PostError::Receipt(ReceiptError::NotIncluded { .. })),
        "{error}"
    );

    let with = chain.order(&[&blob]);
    let mut receipt = chain.receipt(&blob, Some(with));
    receipt.inclusion = chain.receipt(&blob, Some(without)).inclusion;
    let error = post_for(&chain, &blob, &receipt, Wait::Ordered)
        .await
        .unwrap_err();
    assert!(
        matches!(error, PostError::Receipt(ReceiptError::Inclusion(_))),
        "{error}"
    );

    let mut receipt = chain.receipt(&blob, Some(with));
    receipt.block.as_mut().unwrap().finality = chain.header(without).finality;
    let error = post_for(&chain, &blob, &receipt, Wait::Ordered)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Receipt(ReceiptError::Header(HeaderError::NotFinal(_)))
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_blob_is_found_beside_others_of_its_block() {
    let (mut chain, blob) = fixture();
    let before = chain.blob(&namespace("01"), Layout::Packed, vec![3; 130_000]);
    let sibling = chain.blob(&namespace(NAMESPACE), Layout::Packed, b"sibling".to_vec());
    let height = chain.order(&[&before, &sibling, &blob]);
    let receipt = chain.receipt(&blob, Some(height));
    let receipt = post_for(&chain, &blob, &receipt, Wait::Ordered)
        .await
        .unwrap();
    assert_eq!(receipt.inclusion().unwrap().first_row(), 3);
}

#[tokio::test]
async fn the_receipts_eip_4844_proofs_are_checked_when_there_are_any() {
    let (chain, _) = fixture();
    // Two rows, the second all zero but for its end: its commitment is no special point, and a
    // batch of two takes the path of one random combination.
    let blob = chain.blob(&namespace(NAMESPACE), Layout::Packed, vec![5; 126_977]);
    let mut receipt = chain.receipt(&blob, None);
    receipt.kzg_proofs = Some(blob.kzg_proofs.clone());
    post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap();

    receipt.kzg_proofs = Some(blob.kzg_proofs.iter().rev().copied().collect());
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Batch(BatchError::Proof {
                row: 0,
                source: VerifyError::InvalidProof { proofs: 1 }
            })
        ),
        "{error}"
    );
    receipt.kzg_proofs = Some(vec![blob.kzg_proofs[0], KzgProof::from_bytes([0xff; 48])]);
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Batch(BatchError::Proof {
                row: 1,
                source: VerifyError::MalformedPoint {
                    input: Input::Proof,
                    ..
                }
            })
        ),
        "{error}"
    );
    receipt.kzg_proofs = Some(vec![blob.kzg_proofs[0]]);
    let error = post_for(&chain, &blob, &receipt, Wait::Certified)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PostError::Receipt(ReceiptError::Inconsistent {
                field: "kzg_proofs"
            })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_of_zeros_verifies_by_its_proof() {
    let (chain, _) = fixture();
    let blob = chain.blob(&namespace(NAMESPACE), Layout::Raw, vec![0; 131_072]);
    let mut receipt = chain.receipt(&blob, None);
    receipt.kzg_proofs = Some(blob.kzg_proofs.clone());
    let gateway = TestGateway::json(&receipt).await;
    gateway
        .client(chain.trust())
        .post(
            &namespace(NAMESPACE),
            Layout::Raw,
            blob.batch.clone(),
            Wait::Certified,
        )
        .await
        .unwrap();
}
