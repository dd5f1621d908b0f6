//! What a client knows after it was stopped.

use tokio_util::sync::CancellationToken;
use weft_light_client::{Height, LightClient, LightConfig, SampleSchedule, StartError, StoreError};
use weft_test_chain::GrowingChain;

use crate::{
    chain, config, reached,
    server::{Behaviour, Server},
    soon, start,
};

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_verdicts_are_kept() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    let client = start(config(&chain, dir.path(), &[&server])).await;
    let before = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    reached(&client, 3).await;
    client.shutdown().await;
    server.stop().await;

    // Nobody to ask: all that it answers comes from its own store.
    let mut alone = config(&chain, dir.path(), &[]);
    alone.schedule = SampleSchedule::EveryBlock;
    let client = start(alone).await;
    assert_eq!(client.status().borrow().tip, Height::new(3));
    assert_eq!(
        client.report(Height::new(3)).unwrap().as_ref(),
        Some(&before)
    );
    assert_eq!(
        soon("the verdict", client.sample(Height::new(3)))
            .await
            .unwrap(),
        before
    );
    let empty = soon("the empty block", client.sample(Height::new(2)))
        .await
        .unwrap();
    assert!(empty.verdict.is_available());
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_another_chain_is_refused() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    start(config(&chain, dir.path(), &[]))
        .await
        .shutdown()
        .await;
    let other = GrowingChain::new("other-chain", 4);
    let config = LightConfig::new(other.genesis.clone(), dir.path());
    let refused = LightClient::start(config, CancellationToken::new()).await;
    match refused {
        Err(StartError::Store(StoreError::OtherChain { expected, found })) => {
            assert_eq!(
                (expected, found),
                (other.genesis.hash(), Some(chain.genesis.hash()))
            );
        }
        other => panic!("another chain's folder: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let first = start(config(&chain, dir.path(), &[])).await;
    let second =
        LightClient::start(config(&chain, dir.path(), &[]), CancellationToken::new()).await;
    assert!(
        matches!(second, Err(StartError::Store(StoreError::Open { .. }))),
        "{second:?}"
    );
    first.shutdown().await;
}
