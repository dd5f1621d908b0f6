//! Verdicts on honest, late, lying, withholding and dead custodians.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use weft_chain::{BlobEntry, BlobId, namespaces_root};
use weft_light_client::{Height, HeightVerdict, SampleSchedule};
use weft_sampling::{adversary::WorstPattern, samples_for};
use weft_test_chain::GrowingChain;

use crate::{
    chain, config, connected, reached,
    server::{Behaviour, Server},
    soon, start,
};

async fn custodians(behaviours: [Behaviour; 4]) -> Vec<Server> {
    let mut servers = Vec::new();
    for (i, behaviour) in (0..).zip(behaviours) {
        servers.push(Server::custodian(&chain(), i, behaviour).await);
    }
    servers
}

fn honest() -> [Behaviour; 4] {
    [(); 4].map(|()| Behaviour::Honest)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_block_of_honest_custodians_is_available() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let servers = custodians(honest()).await;
    let mut config = config(&chain, dir.path(), &servers.iter().collect::<Vec<_>>());
    config.schedule = SampleSchedule::EveryBlock;
    let client = start(config).await;
    let mut reports = client.reports();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(soon("a report", reports.recv()).await.unwrap());
    }
    seen.sort_by_key(|report| report.height);
    for (report, block) in seen.iter().zip(&chain.blocks) {
        assert_eq!(report.verdict, HeightVerdict::Available);
        assert_eq!(report.header_hash, block.signed.header.hash());
        let rows = usize::from(report.rows);
        let asked = samples_for(rows, f64::powi(2.0, -20));
        assert_eq!(
            (report.asked as usize, report.verified),
            (asked, report.asked)
        );
        assert!((report.confidence - weft_sampling::confidence(rows, asked)).abs() < 1e-15);
        assert_eq!(client.report(report.height).unwrap().as_ref(), Some(report));
    }
    assert_eq!(
        (seen[1].rows, seen[1].asked),
        (0, 0),
        "an empty block needs no samples"
    );
    let each: Vec<u32> = servers
        .iter()
        .map(|s| s.served.load(Ordering::SeqCst))
        .collect();
    assert_eq!(
        each.iter().sum::<u32>(),
        seen[0].asked + seen[2].asked,
        "{each:?}"
    );
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_proofs_are_waited_for() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let servers = custodians([(); 4].map(|()| Behaviour::Late(25))).await;
    let client = start(config(
        &chain,
        dir.path(),
        &servers.iter().collect::<Vec<_>>(),
    ))
    .await;
    let report = soon("a verdict", client.sample(Height::new(1)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_lie_are_refused_and_had_elsewhere() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let [a, b, c, _] = honest();
    let servers = custodians([a, b, c, Behaviour::LyingCells]).await;
    let gateway = Server::gateway(&chain, Behaviour::Honest).await;
    let mut all: Vec<&Server> = servers.iter().collect();
    all.push(&gateway);
    let client = start(config(&chain, dir.path(), &all)).await;
    connected(&client, 5).await;
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    assert!(
        servers[3].served.load(Ordering::SeqCst) > 0,
        "the liar was asked"
    );
    assert!(gateway.served.load(Ordering::SeqCst) > 0, "and replaced");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_else_has_the_cells_a_lie_is_not_enough() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let [a, b, c, _] = honest();
    let servers = custodians([a, b, c, Behaviour::LyingCells]).await;
    let client = start(config(
        &chain,
        dir.path(),
        &servers.iter().collect::<Vec<_>>(),
    ))
    .await;
    connected(&client, 4).await;
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::NotEnough);
    assert!(report.invalid > 0, "{report:?}");
    assert_eq!(
        report.verified + report.invalid + report.unreached,
        report.asked,
        "{report:?}"
    );
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unrepairable_block_is_never_available() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    // Just above the threshold: (n + 1) * 65 cells of 256 n.
    for (height, rows) in [(1u64, 2usize), (3, 3)] {
        let percent = ((rows + 1) * 65) as f64 * 100.0 / (256 * rows) as f64;
        let pattern = WorstPattern::new(rows, percent, 7 + height);
        assert!(pattern.is_unrepairable());
        let behaviour = Behaviour::Withholding(pattern);
        let servers = custodians([(); 4].map(|()| behaviour.clone())).await;
        let gateway = Server::gateway(&chain, behaviour).await;
        let mut all: Vec<&Server> = servers.iter().collect();
        all.push(&gateway);
        let data_dir = dir.path().join(height.to_string());
        let client = start(config(&chain, &data_dir, &all)).await;
        let report = soon("a verdict", client.sample(Height::new(height)))
            .await
            .unwrap();
        assert_eq!(report.verdict, HeightVerdict::NotEnough, "{report:?}");
        // Some cells of the block verify, so a run of samples reaches any confidence 1 - x with
        // probability x: only the client's own target bounds it.
        let target = 1.0 - f64::powi(2.0, -20);
        assert!(
            report.refused > 0 && report.confidence < target,
            "{report:?}"
        );
        assert_eq!(report.attempt, 1);

        let again = soon("a verdict", client.sample(Height::new(height)))
            .await
            .unwrap();
        assert_eq!((again.verdict.as_str(), again.attempt), ("not enough", 2));
        client.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_death_are_unanswered_and_not_invalid() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let [a, b, _, _] = honest();
    let servers = custodians([a, b, Behaviour::Silent, Behaviour::Honest]).await;
    let mut config = config(&chain, dir.path(), &servers.iter().collect::<Vec<_>>());
    config.session.deadline = Duration::from_secs(8);
    let client = start(config).await;
    connected(&client, 4).await;
    reached(&client, 3).await;
    let mut servers = servers;
    servers.pop().unwrap().stop().await;
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::NotEnough);
    assert_eq!((report.invalid, report.refused), (0, 0), "{report:?}");
    assert_eq!(
        report.verified + report.unanswered + report.unreached,
        report.asked,
        "{report:?}"
    );
    assert!(report.unanswered > 0 && report.verified > 0, "{report:?}");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commitments_that_lie_are_refused_and_had_elsewhere() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let lying = || Behaviour::LyingCommitments;
    let servers = custodians([lying(), lying(), lying(), Behaviour::Honest]).await;
    let mut genesis_known = config(&chain, dir.path(), &servers.iter().collect::<Vec<_>>());
    for (validator, server) in genesis_known.genesis.validators.iter_mut().zip(&servers) {
        validator.addresses = vec![server.address.to_string()];
        assert_eq!(validator.peer_id, server.peer_id().to_string());
    }
    let client = start(genesis_known).await;
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_and_a_second_request_joins_the_first() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let servers = custodians(honest()).await;
    let client = start(config(
        &chain,
        dir.path(),
        &servers.iter().collect::<Vec<_>>(),
    ))
    .await;
    let ticket = client.request(Height::new(1)).await.unwrap();
    let mut progress = ticket.progress();
    let joined = client.sample(Height::new(1));
    let (first, second) = soon("both", async { tokio::join!(ticket.report(), joined) }).await;
    assert_eq!(first.unwrap(), second.unwrap());
    let last = *progress.borrow_and_update();
    assert_eq!((last.verified, last.refused), (last.asked, 0));
    assert!(last.asked > 0);
    assert!(
        client.sample(Height::new(0)).await.is_err(),
        "the genesis is no block"
    );
    client.shutdown().await;
}

/// A dishonest quorum lists a blob that it withholds, and commits to the rows of another. One node
/// gives the headers of the listed blobs.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_contradicts_its_own_list_of_blobs_is_evidence() {
    let mut chain = GrowingChain::new("forged-matrix", 4);
    let harmless = chain.push_rows(1, 31).signed.header.commitments_root;
    chain.push_rows_changed(1, 30, |header| header.commitments_root = harmless);
    let (chain, dir) = (Arc::new(chain), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    let client = start(config(&chain, dir.path(), &[&server])).await;
    let report = soon("a verdict", client.sample(Height::new(2)))
        .await
        .unwrap();
    let HeightVerdict::Unavailable { evidence } = &report.verdict else {
        panic!("{report:?}");
    };
    assert!(evidence.contains("commitments root"), "{evidence}");
    assert_eq!(report.verified, 0);
    // Whoever showed it is not to blame.
    let report = soon("a verdict", client.sample(Height::new(1)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    client.shutdown().await;
}

/// A dishonest quorum lists a blob that it withholds, and commits to the rows of another, which it
/// gives to whoever samples.
#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_of_other_rows_than_those_of_the_listed_blobs_is_never_available() {
    let mut chain = GrowingChain::new("forged-matrix", 4);
    let listed = BlobEntry {
        namespace: "0badc0de".parse().unwrap(),
        blob_id: BlobId::from_bytes([9; 32]),
        first_row: 0,
        rows: 1,
    };
    let listed = namespaces_root(&[listed]);
    chain.push_rows_changed(1, 30, |header| header.namespaces_root = listed);
    chain.push_rows(1, 31);
    let (chain, dir) = (Arc::new(chain), tempfile::tempdir().unwrap());
    let mut servers = Vec::new();
    for validator in 0..4 {
        servers.push(Server::custodian(&chain, validator, Behaviour::Honest).await);
    }
    let mut config = config(&chain, dir.path(), &servers.iter().collect::<Vec<_>>());
    config.session.deadline = Duration::from_secs(3);
    let client = start(config).await;
    let report = soon("a verdict", client.sample(Height::new(1)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::NotEnough, "{report:?}");
    assert_eq!(
        report.verified, 0,
        "no cell of that matrix counts: {report:?}"
    );
    // The next block's header agrees with itself.
    let report = soon("a verdict", client.sample(Height::new(2)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    client.shutdown().await;
}
