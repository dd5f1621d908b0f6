//! Blobs whose poster has committed to a false columns root.

use weft_test_chain::namespace;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_false_columns_root_hides_no_column_custodians_repair_what_it_misnames_and_serve_it() {
    let mut network = TestNetwork::started(4, 4, &[0, 1, 2, 3]).await;
    let columns = owned(&network.chain, &network.everyone, 3);
    let spoiled = columns.iter().nth(5).unwrap();
    // Validator 3 cannot verify its columns. The others are a quorum, so the blob is certified.
    let blob = TestBlob::misnamed(namespace("misnamed"), 30, 3, &[spoiled]);
    let innocent = TestBlob::new(namespace("innocent"), 31, 2);
    let refused = blob.header.verifier().unwrap();
    refused.verify(blob.coded.column(spoiled)).unwrap_err();
    network.hold(&network.chain, &blob, &[0, 1, 2]).await;
    network.hold(&network.chain, &innocent, &[0, 1, 2, 3]).await;
    network.order(&[&blob, &innocent]).await;
    network.backfill(3);
    network.member(3).complete(1).await;

    let member = network.member(3);
    let (store, id) = (member.ledger.store(), blob.header.id());
    for column in columns.iter() {
        let expected = blob.coded.column(column).column.cells;
        assert_eq!(store.column_cells(&id, column).unwrap(), Some(expected));
        assert_eq!(store.column(&id, column).unwrap(), None, "it has no path");
    }
    assert_eq!(member.metrics.misnamed_blobs.get(), 1);
    assert_eq!(member.columns_had("misnamed"), columns.len() as u64);
    for reason in ["invalid_proof", "malformed", "unfit_reply"] {
        assert_eq!(member.offences(reason), 0.0, "{reason}");
    }

    // It serves samplers every cell of the block's matrix that it owns, parity rows too.
    let commitments = [&blob, &innocent].map(|blob| blob.header.commitments.clone());
    network
        .sample_block(0, 3, &commitments.concat(), columns)
        .await;

    // Repaired columns outlive a restart and are not repaired again.
    network.stop(3).await;
    network.start(3, None).await;
    network.backfill(3);
    network.member(3).complete(1).await;
    assert_eq!(network.member(3).metrics.misnamed_blobs.get(), 0);
    network.shutdown().await;
}
