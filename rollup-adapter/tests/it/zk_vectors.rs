//! The official EIP-4844 vectors through `zk::verify_rows`.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use weft_encoding::{Commitment, KzgProof, Row};
use weft_rollup_adapter::zk::{self, ZkError};

#[derive(Deserialize)]
struct Case {
    input: Input,
    /// Null where the input is malformed.
    output: Option<bool>,
}

#[derive(Deserialize)]
struct Input {
    blob: String,
    commitment: String,
    proof: String,
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

/// Whether the row verifies; `None` where the bytes are not even a row and points.
fn verifies(input: &Input) -> Option<bool> {
    let row = Row::from_bytes(&bytes(&input.blob)?).ok()?;
    let point = |text: &str| -> Option<[u8; 48]> { bytes(text)?.try_into().ok() };
    let commitment = Commitment::from_bytes(point(&input.commitment)?);
    let proof = KzgProof::from_bytes(point(&input.proof)?);
    match zk::verify_rows(&[row], &[commitment], &[proof]) {
        Ok(()) => Some(true),
        Err(ZkError::InvalidProof { row: 0 }) => Some(false),
        Err(ZkError::Malformed { row: 0 }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
#[ignore = "needs the official KZG vectors: just vectors"]
fn the_official_vectors_hold() {
    let folder = std::env::var_os("WEFT_KZG_VECTORS")
        .map(PathBuf::from)
        .expect("WEFT_KZG_VECTORS is not set: see `just vectors`")
        .join("verify_blob_kzg_proof");
    assert!(folder.is_dir(), "there is no {}", folder.display());
    let preset = folder.join("kzg-mainnet");
    let folder = if preset.is_dir() { preset } else { folder };
    let mut cases = 0;
    for case in fs::read_dir(&folder).unwrap() {
        let path = case.unwrap().path().join("data.yaml");
        let case: Case = serde_yaml_ng::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(verifies(&case.input), case.output, "{}", path.display());
        cases += 1;
    }
    assert!(cases > 0, "{} is empty", folder.display());
}
