//! Real rollup batches go the whole way through a network of real processes.
//!
//! `WEFT_BATCHES` names their folder; `just vectors` says where the files come from and
//! `just test-vectors` runs this test.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};

use support::DevnetProcess;
use weft_rollup_adapter::{DataAvailability, Layout, Namespace, Wait};

/// Every file of the folder but its description.
fn real_batches() -> Vec<PathBuf> {
    let folder = std::env::var_os("WEFT_BATCHES")
        .map(PathBuf::from)
        .expect("WEFT_BATCHES is not set: see `just vectors`");
    assert!(
        folder.is_dir(),
        "WEFT_BATCHES names no folder: {}",
        folder.display()
    );
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no batches", folder.display());
    files
}

/// The layout that a batch file is posted in.
fn layout_of(file: &Path) -> Layout {
    if file
        .extension()
        .is_some_and(|extension| extension == "blob")
    {
        Layout::Raw
    } else {
        Layout::Packed
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs real rollup batches: just vectors"]
async fn real_batches_read_back_identical_through_the_other_gateway() {
    let files = real_batches();
    let folder = tempfile::tempdir().unwrap();
    let devnet = DevnetProcess::start(folder.path()).await;
    let (poster, reader) = (devnet.client(0), devnet.client(1));
    let namespace: Namespace = "0badcafe".parse().unwrap();
    let mut posted = Vec::new();
    for file in &files {
        let batch = std::fs::read(file).unwrap();
        let receipt = poster
            .post(
                &namespace,
                layout_of(file),
                batch.clone().into(),
                Wait::Ordered,
            )
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        posted.push((file, receipt, batch));
    }
    for (file, receipt, batch) in &posted {
        reader
            .wait(&receipt.blob_id(), Wait::Ordered)
            .await
            .unwrap();
        let read = reader.read(&receipt.blob_id()).await.unwrap();
        let read = read.into_batch().unwrap();
        assert_eq!(&read.batch()[..], &batch[..], "{}", file.display());
    }

    // The list of the namespace is proven complete: it has each of them, and no other.
    let first = posted
        .iter()
        .filter_map(|(_, receipt, _)| receipt.height())
        .min()
        .unwrap();
    let last = posted
        .iter()
        .filter_map(|(_, receipt, _)| receipt.height())
        .max()
        .unwrap();
    let list = reader.list(&namespace, first, last).await.unwrap();
    let mut listed: Vec<_> = list.blobs().iter().map(|blob| blob.blob_id()).collect();
    let mut expected: Vec<_> = posted
        .iter()
        .map(|(_, receipt, _)| receipt.blob_id())
        .collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    let absent = reader
        .list(&"dead".parse().unwrap(), first, last)
        .await
        .unwrap();
    assert!(absent.blobs().is_empty());
}
