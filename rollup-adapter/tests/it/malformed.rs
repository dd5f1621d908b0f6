//! Blobs that are certified and hold no batch: a reader sees it and goes on, and is never told so of
//! a blob that holds one.

use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use weft_encoding::{Fault, Layout, NonZeroPadding, ROW_BYTES, Row, RowError};
use weft_rollup_adapter::{
    DataAvailability, ReadError, ReadOutcome, TransportError,
    api::{MALFORMED_CONTENT_TYPE, MALFORMED_STATUS, MalformedBlob},
    verify::{BatchError, MalformedError},
};
use weft_test_chain::{GrowingChain, TestBlob};

use crate::{
    chain::{Blob, ServedChain, namespace, new_chain},
    gateway::TestGateway,
};

/// r, the modulus of BLS12-381's scalar field, big-endian.
const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

/// 1,000 bytes in a second row.
const BYTE_LEN: usize = 126_976 + 1_000;

/// Two rows of a packed batch, certified with this byte of the second one flipped in its lowest bit.
fn with_flipped(chain: &GrowingChain, byte: usize) -> Blob {
    let batch = vec![5; BYTE_LEN];
    let mut rows = Layout::Packed.rows_from_batch(&batch).unwrap();
    let mut changed = rows[1].as_bytes().to_vec();
    changed[byte] ^= 1;
    rows[1] = Row::from_bytes(&changed).unwrap();
    let byte_len = batch.len() as u64;
    let coded = TestBlob::of_rows(namespace("0a11ce"), Layout::Packed, byte_len, rows);
    Blob::certified(chain, batch, &coded)
}

/// The second row of a blob that [`with_flipped`] made.
fn second_row(byte: usize) -> Vec<u8> {
    let rows = Layout::Packed.rows_from_batch(&vec![5; BYTE_LEN]).unwrap();
    let mut row = rows[1].as_bytes().to_vec();
    row[byte] ^= 1;
    row
}

fn shows(row: u32, content: &[u8]) -> Bytes {
    MalformedBlob {
        row,
        content: Bytes::copy_from_slice(content),
    }
    .encode()
}

fn malformed(body: Bytes) -> Response {
    let status = StatusCode::from_u16(MALFORMED_STATUS).unwrap();
    (
        status,
        [(header::CONTENT_TYPE, MALFORMED_CONTENT_TYPE)],
        body,
    )
        .into_response()
}

/// Reads `blob` from a gateway that gives its receipt and this answer.
async fn read<F>(chain: &GrowingChain, blob: &Blob, answer: F) -> Result<ReadOutcome, ReadError>
where
    F: Fn() -> Response + Clone + Send + Sync + 'static,
{
    let receipt = chain.receipt(blob, None);
    let router = Router::new()
        .route(
            "/blobs/{id}/receipt",
            get(move || async move { Json(receipt) }),
        )
        .route("/blobs/{id}", get(move || async move { answer() }));
    let gateway = TestGateway::serve(router).await;
    gateway.client(chain.trust()).read(&blob.header.id()).await
}

async fn refused(chain: &GrowingChain, blob: &Blob, body: Bytes) -> ReadError {
    let error = read(chain, blob, move || malformed(body.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Peer, "{error}");
    error
}

#[tokio::test]
async fn a_row_with_a_top_byte_or_padding_that_is_not_zero_is_proven_malformed() {
    let chain = new_chain("weft-test");
    // A top byte within the batch, one beyond it, the first byte after the batch, and the last.
    let after = 1_000 / 31 * 32 + 1 + 1_000 % 31;
    for byte in [0, 96, ROW_BYTES - 32, after, ROW_BYTES - 1] {
        let blob = with_flipped(&chain, byte);
        let body = shows(1, &second_row(byte));
        let outcome = read(&chain, &blob, move || malformed(body.clone())).await;
        let ReadOutcome::Malformed(proven) = outcome.unwrap() else {
            panic!("byte {byte} is of no batch");
        };
        assert_eq!(proven.reason(), NonZeroPadding { row: 1, byte });
        assert_eq!(proven.row().as_bytes(), second_row(byte));
        assert_eq!(proven.receipt().blob_id(), blob.header.id());
    }
}

#[tokio::test]
async fn no_bytes_pass_for_the_batch_of_a_malformed_blob() {
    let chain = new_chain("weft-test");
    let blob = with_flipped(&chain, 96);
    let batch = blob.batch.clone();
    let outcome = read(&chain, &blob, move || batch.clone().into_response()).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Batch(BatchError::Commitment { row: 1, .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_gateway_that_calls_a_batch_malformed_is_refused() {
    let chain = new_chain("weft-test");
    let batch = vec![5; BYTE_LEN];
    let blob = chain.blob(&namespace("0a11ce"), Layout::Packed, batch.clone());
    let rows = Layout::Packed.rows_from_batch(&batch).unwrap();
    let refused = |body| refused(&chain, &blob, body);

    let error = refused(shows(1, rows[1].as_bytes())).await;
    assert!(
        matches!(
            error,
            ReadError::Malformed(MalformedError::WellFormed { row: 1 })
        ),
        "its own row: {error}"
    );
    let error = refused(shows(1, &second_row(96))).await;
    assert!(
        matches!(
            error,
            ReadError::Malformed(MalformedError::Commitment { row: 1, .. })
        ),
        "a row of another blob: {error}"
    );
    // The first row is full: as the second it would be padding for the most part.
    let error = refused(shows(1, rows[0].as_bytes())).await;
    assert!(
        matches!(
            error,
            ReadError::Malformed(MalformedError::Commitment { row: 1, .. })
        ),
        "a row out of its place: {error}"
    );
    for row in [2, u32::MAX] {
        let error = refused(shows(row, &second_row(96))).await;
        assert!(
            matches!(
                error,
                ReadError::Malformed(MalformedError::NoSuchRow { rows: 2, .. })
            ),
            "{error}"
        );
    }
    // The same field element with the modulus added: it has the same commitment, and a top byte.
    let mut second_form = rows[1].as_bytes().to_vec();
    let mut carry = 0;
    for (byte, of_modulus) in second_form[..32]
        .iter_mut()
        .zip(hex::decode(MODULUS).unwrap())
        .rev()
    {
        let [high, low] = (u16::from(*byte) + u16::from(of_modulus) + carry).to_be_bytes();
        (*byte, carry) = (low, high.into());
    }
    let error = refused(shows(1, &second_form)).await;
    assert!(
        matches!(
            error,
            ReadError::Malformed(MalformedError::Row(RowError::NonCanonical { element: 0 }))
        ),
        "{error}"
    );
    let whole = shows(1, &second_row(96));
    let error = refused(whole.slice(..whole.len() - 1)).await;
    assert!(matches!(error, ReadError::MalformedLength(_)), "{error}");
    let error = refused([&whole[..], &[0]].concat().into()).await;
    assert!(
        matches!(
            error,
            ReadError::Transport(TransportError::TooLarge { limit: 131_076, .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_raw_blob_is_never_malformed() {
    let chain = new_chain("weft-test");
    let batch = second_row(96);
    let blob = chain.blob(&namespace("0a11ce"), Layout::Raw, batch.clone());
    let error = refused(&chain, &blob, shows(0, &batch)).await;
    assert!(
        matches!(
            error,
            ReadError::Malformed(MalformedError::WellFormed { row: 0 })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn the_status_alone_shows_nothing() {
    let chain = new_chain("weft-test");
    let blob = with_flipped(&chain, 96);
    let outcome = read(&chain, &blob, || {
        (StatusCode::UNPROCESSABLE_ENTITY, shows(1, &second_row(96))).into_response()
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, ReadError::Transport(_)), "{error}");
}
