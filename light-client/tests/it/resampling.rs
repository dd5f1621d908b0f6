//! Heights that are sampled in order and whose samples were not enough are sampled again.

use std::{sync::atomic::Ordering, time::Duration};

use weft_light_client::{Height, HeightVerdict, LightConfig, Resampling, SampleSchedule};

use crate::{
    chain, config,
    server::{Behaviour, Server},
    soon, start,
};

/// Samples every block, and is quick to try again.
async fn following(times: u32) -> (Server, LightConfig, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::gateway(&chain(), Behaviour::Honest).await;
    server.visible.store(1, Ordering::SeqCst);
    server.holding.store(false, Ordering::SeqCst);
    let mut config = config(&chain(), dir.path(), &[&server]);
    config.schedule = SampleSchedule::EveryBlock;
    config.resampling = Resampling::new(times, Duration::from_millis(100));
    (server, config, dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_come_late_are_found() {
    let (server, config, _dir) = following(u32::MAX).await;
    let client = start(config).await;
    let mut reports = client.reports();
    let first = soon("a report", reports.recv()).await.unwrap();
    assert_eq!((first.height, first.attempt), (Height::FIRST, 1));
    assert_eq!(first.verdict, HeightVerdict::NotEnough, "{first:?}");
    server.holding.store(true, Ordering::SeqCst);
    let available = soon("the columns", async {
        loop {
            let report = reports.recv().await.unwrap();
            if report.verdict.is_available() {
                break report;
            }
        }
    })
    .await;
    assert_eq!(available.height, Height::FIRST);
    assert!(available.attempt > 1 && available.confidence < 1.0);
    assert_eq!(client.report(Height::FIRST).unwrap(), Some(available));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_height_is_given_up_after_so_many_times() {
    let (_server, config, _dir) = following(2).await;
    let client = start(config).await;
    let mut reports = client.reports();
    for attempt in 1..=3 {
        let report = soon("a report", reports.recv()).await.unwrap();
        assert_eq!((report.height, report.attempt), (Height::FIRST, attempt));
        assert_eq!(report.verdict, HeightVerdict::NotEnough, "{report:?}");
    }
    let more = tokio::time::timeout(Duration::from_secs(3), reports.recv()).await;
    assert!(more.is_err(), "a fourth attempt: {more:?}");
    client.shutdown().await;
}
