//! Malformed blobs, certified and ordered: their poster coded them by itself.

use std::collections::BTreeMap;

use weft_encoding::{NonZeroPadding, ROW_BYTES};
use weft_rollup_adapter::{DataAvailability, HttpClient, ReadOutcome, Trust};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn certified_blobs_that_are_no_batch_do_not_wedge_the_rollups_reader() {
    let network = TestNetwork::started([0, 1, 2, 3, GATEWAY]).await;
    let rollup = namespace("rollup");
    // A top byte, and the last byte of the row, which lies beyond the batch.
    let blobs = [
        TestBlob::malformed(rollup, 1, 64),
        TestBlob::malformed(rollup, 2, ROW_BYTES - 1),
        TestBlob::new(rollup, 3, 1),
    ];
    for blob in &blobs {
        network.disperse(blob).await;
    }
    network.order(&blobs).await;

    let address = network.node(GATEWAY).api_addr().unwrap();
    let trust = Trust::from_genesis(&network.chain.genesis).unwrap();
    let client = HttpClient::new(&format!("http://{address}"), trust).unwrap();
    let list = client.list(&rollup, Height::FIRST, Height::FIRST).await;
    let mut derived = BTreeMap::new();
    for listed in list.unwrap().blobs() {
        let outcome = match client.read(&listed.blob_id()).await.unwrap() {
            ReadOutcome::Batch(read) => Ok(read.batch().to_vec()),
            ReadOutcome::Malformed(proven) => Err(proven.reason()),
        };
        derived.insert(listed.blob_id(), outcome);
    }
    let padding = |byte| Err(NonZeroPadding { row: 0, byte });
    let expected = [
        (blobs[0].header.id(), padding(64)),
        (blobs[1].header.id(), padding(ROW_BYTES - 1)),
        (blobs[2].header.id(), Ok(batch_of(&blobs[2]))),
    ];
    assert!(derived == BTreeMap::from(expected), "other outcomes");
    assert_eq!(malformed_reads(network.node(GATEWAY)), 2.0);
    network.shutdown().await;
}

/// Number of reads of malformed blobs.
fn malformed_reads(node: &Node) -> f64 {
    let families = node.registry().gather();
    let family = families
        .iter()
        .find(|family| family.name() == "weft_gateway_reads_total")
        .unwrap();
    let mut counts = family.get_metric().iter();
    let of_malformed = counts.find(|metric| metric.get_label()[0].value() == "malformed");
    of_malformed.unwrap().get_counter().get_value()
}
