//! The official EIP-4844 and EIP-7594 vectors, every file of them.
//!
//! `<folder>/<function>/<case>/data.yaml`, where `WEFT_KZG_VECTORS` names the folder and a folder
//! `kzg-mainnet` may hold the cases; `just vectors` says where the files come from and `just test-vectors`
//! runs these tests. An `output: null` must be refused, and a verification whose output is `false` must be
//! an invalid proof and no other error.

#![allow(clippy::unwrap_used)]

mod functions;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use functions::RUNNERS;
use serde_yaml_ng::Value;

/// The folder of the vectors.
fn vectors() -> PathBuf {
    let folder = std::env::var_os("WEFT_KZG_VECTORS")
        .map(PathBuf::from)
        .expect("WEFT_KZG_VECTORS is not set: see `just vectors`");
    assert!(
        folder.is_dir(),
        "WEFT_KZG_VECTORS names no folder: {}",
        folder.display()
    );
    folder
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Runs every case of one function's folder; the message names each that failed.
fn run(function: &str) {
    let vectors = vectors();
    let (_, runner) = RUNNERS.iter().find(|(name, _)| *name == function).unwrap();
    let folder = vectors.join(function);
    assert!(
        folder.is_dir(),
        "{} has no folder {function}",
        vectors.display()
    );
    let cases = match entries(&folder).as_slice() {
        [preset] if name(preset) == "kzg-mainnet" => entries(preset),
        cases => cases.to_vec(),
    };
    assert!(!cases.is_empty(), "{function} has no cases");
    let mut failures = Vec::new();
    for case in &cases {
        // A file that this does not open would be a vector that nobody checks.
        let files = entries(case);
        let [file] = files.as_slice() else {
            panic!("{}: {files:?}", case.display())
        };
        assert_eq!(name(file), "data.yaml", "{}", case.display());
        let data: Value = serde_yaml_ng::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let expected = data.get("output").unwrap();
        match (runner(data.get("input").unwrap()), expected) {
            (Err(_), Value::Null) => {}
            (Ok(output), expected) if !expected.is_null() && output == *expected => {}
            (Err(error), _) => failures.push(format!("{}: refused: {error}", name(case))),
            (Ok(_), Value::Null) => failures.push(format!("{}: not refused", name(case))),
            (Ok(_), _) => failures.push(format!("{}: another output", name(case))),
        }
    }
    println!("{function}: {} cases", cases.len());
    assert!(
        failures.is_empty(),
        "{function}, {} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
#[ignore = "needs the official KZG vectors: just vectors"]
fn every_folder_has_a_runner() {
    let vectors = vectors();
    let folders = entries(&vectors);
    assert!(
        !folders.is_empty(),
        "there are no vectors in {}",
        vectors.display()
    );
    for folder in &folders {
        let function = name(folder);
        assert!(
            RUNNERS.iter().any(|(name, _)| *name == function),
            "no runner for {function}"
        );
    }
}

macro_rules! functions {
    ($($function:ident),* $(,)?) => {
        $(
            #[test]
            #[ignore = "needs the official KZG vectors: just vectors"]
            fn $function() {
                run(stringify!($function));
            }
        )*

        #[test]
        fn every_runner_is_run() {
            let run = [$(stringify!($function)),*];
            for (runner, _) in RUNNERS {
                assert!(run.contains(runner), "{runner} is not run");
            }
        }
    };
}

functions! {
    blob_to_kzg_commitment,
    compute_blob_kzg_proof,
    compute_cells,
    compute_cells_and_kzg_proofs,
    compute_challenge,
    compute_kzg_proof,
    compute_verify_cell_kzg_proof_batch_challenge,
    recover_cells_and_kzg_proofs,
    verify_blob_kzg_proof,
    verify_blob_kzg_proof_batch,
    verify_cell_kzg_proof_batch,
    verify_kzg_proof,
}
