//! `weft get` of a blob that is certified and holds no batch.

#![allow(clippy::unwrap_used)]

mod support;

use axum::http::{StatusCode, header};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use support::weft;
use weft_chain::{
    BLOB_HEADER_VERSION, BlobHeader, Canonical, CertificateBuilder, Genesis, Height, SecretKey,
    ValidatorEntry, ValidatorIndex,
};
use weft_encoding::{Layout, ROW_BYTES, Row, code_blob};
use weft_gateway_api::{MALFORMED_CONTENT_TYPE, MALFORMED_STATUS, MalformedBlob};

/// As the help and `docs/operations.md` say.
const MALFORMED: i32 = 4;

fn genesis(key: &SecretKey) -> Genesis {
    Genesis {
        chain_id: "weft-test".parse().unwrap(),
        time_ms: 1_000,
        retention_blocks: 100,
        max_block_rows: 256,
        validators: vec![ValidatorEntry {
            name: "alone".into(),
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake: 1,
            peer_id: String::new(),
            addresses: Vec::new(),
            consensus_addresses: Vec::new(),
        }],
    }
}

/// The receipt of a blob of one row, certified by the one validator.
fn receipt(genesis: &Genesis, key: &SecretKey, row: Row) -> Value {
    let namespace = "0a11ce".parse().unwrap();
    let coded = code_blob(&[0; 29], vec![row]).unwrap();
    let header = BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace,
        layout: Layout::Packed,
        byte_len: 1_000,
        commitments: coded.commitments().to_vec(),
        columns_root: coded.columns_root(),
    };
    let (set, expiry) = (genesis.validator_set().unwrap(), Height::new(100));
    let mut builder =
        CertificateBuilder::availability(&genesis.chain_id, header.id(), &set, expiry);
    let signature = key.sign(builder.message());
    builder
        .add(ValidatorIndex::new(0).unwrap(), signature)
        .unwrap();
    let commitment = header.commitments[0];
    json!({
        "blob_id": header.id().to_string(),
        "namespace": namespace.to_string(),
        "layout": "packed",
        "byte_len": 1_000,
        "rows": 1,
        "commitments": [commitment.to_string()],
        "versioned_hashes": [hex::encode(commitment.versioned_hash())],
        "header": header.encode_hex(),
        "certificate": builder.build().unwrap().encode_hex(),
        "expiry": 100,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn get_writes_nothing_of_a_blob_without_a_batch_and_ends_with_its_own_status() {
    let key = SecretKey::generate(&[1; 32]);
    let genesis = genesis(&key);
    let mut row = vec![0; ROW_BYTES];
    row[64] = 1;
    let receipt = receipt(&genesis, &key, Row::from_bytes(&row).unwrap());
    let blob_id = receipt["blob_id"].as_str().unwrap().to_owned();
    let content = row.into();
    let body = MalformedBlob { row: 0, content }.encode();
    let status = StatusCode::from_u16(MALFORMED_STATUS).unwrap();
    let headers = [(header::CONTENT_TYPE, MALFORMED_CONTENT_TYPE)];
    let router = Router::new()
        .route(
            "/v1/blobs/{id}/receipt",
            get(|| async move { Json(receipt) }),
        )
        .route(
            "/v1/blobs/{id}",
            get(move || async move { (status, headers, body) }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (
        folder.path().join("genesis.json"),
        folder.path().join("out"),
    );
    std::fs::write(&file, serde_json::to_string(&genesis).unwrap()).unwrap();
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    let asked = [
        "get",
        &blob_id,
        "--out",
        out,
        "--gateway",
        &gateway,
        "--genesis",
        file,
    ];
    let reason = "byte 64 of row 0 is padding and not zero";

    let output = weft(&asked).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(MALFORMED), "{told}");
    assert!(told.contains(reason) && told.contains(&blob_id), "{told}");

    let output = weft(&[&asked[..], &["--json"]].concat()).await;
    assert_eq!(output.status.code(), Some(MALFORMED));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "blob_id": blob_id,
        "byte_len": 1_000,
        "namespace": format!("{}0a11ce", "00".repeat(26)),
        "outcome": "malformed",
        "reason": reason,
    });
    assert_eq!(said, expected);
    assert!(!std::path::Path::new(out).exists());
}
