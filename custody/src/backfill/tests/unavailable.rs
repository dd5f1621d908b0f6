//! Blobs that no custodian can complete.

use weft_test_chain::namespace;

use super::*;

/// More than are worked on at once.
const LOST: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_nobody_can_rebuild_are_told_and_tried_again_and_starve_no_other() {
    let mut network = TestNetwork::started(4, 4, &[0, 1, 2, 3]).await;
    let at_once = BackfillConfig::default().blobs_at_once.get();
    assert!(LOST > at_once as u64);
    // Only one custodian of four has its columns of these blobs; a repair needs 64 of 128.
    let name = namespace("lost");
    let lost: Vec<TestBlob> = (0..LOST).map(|seed| TestBlob::new(name, seed, 1)).collect();
    let whole = TestBlob::new(namespace("whole"), 100, 1);
    for blob in &lost {
        network.hold(&network.chain, blob, &[0]).await;
    }
    network.hold(&network.chain, &whole, &[0, 1, 2]).await;
    network.order(&lost.iter().collect::<Vec<_>>()).await;
    network.order(&[&whole]).await;
    network.backfill(3);

    let columns = owned(&network.chain, &network.everyone, 3);
    let member = network.member(3);
    let missing = LOST * columns.len() as u64;
    let told = |status: &CustodyStatus| status.missing == missing;
    let mut status = member.backfill.as_ref().unwrap().status();
    // Every lost blob is tried more than once after the whole one is complete.
    let settled = async {
        while !member.has(&whole, columns) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let retries = member.metrics.retries.get();
        while member.metrics.retries.get() < retries + 2 * LOST {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        *status.wait_for(told).await.unwrap()
    };
    let status = timeout(PATIENCE, settled).await.unwrap();
    assert_eq!(status.complete_to, Height::GENESIS);
    assert_eq!(status.owned, columns.len() as u64);
    let gauge = |count: u64| i64::try_from(count).unwrap();
    assert_eq!(member.metrics.missing_columns.get(), gauge(missing));
    assert_eq!(member.metrics.unfinished_blobs.get(), gauge(LOST));
    assert_eq!(member.metrics.complete_height.get(), 0);
    assert_eq!(member.metrics.misnamed_blobs.get(), 0);
    assert_eq!(member.columns_had("repair"), columns.len() as u64);
    for reason in ["invalid_proof", "malformed", "unfit_reply"] {
        assert_eq!(member.offences(reason), 0.0, "{reason}");
    }
    for blob in &lost {
        let held = member.ledger.store().held_columns(&blob.header.id());
        assert_eq!(held.unwrap(), ColumnSet::EMPTY);
    }

    // The missing columns come back, and all lost blobs are completed.
    for blob in &lost {
        network.hold(&network.chain, blob, &[1]).await;
    }
    let status = network.member(3).complete(2).await;
    assert_eq!(status.missing, 0);
    for blob in &lost {
        assert!(network.member(3).has(blob, columns));
    }
    network.shutdown().await;
}
