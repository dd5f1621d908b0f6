//! Real rollup batches go the whole way through a network of real processes.

#![allow(clippy::unwrap_used)]

mod support;

use support::{DevnetProcess, layout_of, real_batches};
use weft_rollup_adapter::{DataAvailability, Namespace, Wait};

#[tokio::test(flavor = "multi_thread")]
async fn real_batches_read_back_identical_through_the_other_gateway() {
    let Some(files) = real_batches() else { return };
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
