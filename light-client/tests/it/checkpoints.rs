//! Checkpoints and the trusting period, against validators of long ago.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio_util::sync::CancellationToken;
use weft_light_client::{
    Checkpoint, FollowError, HeaderHash, Height, LightClient, SampleError, StartError,
};
use weft_test_chain::GrowingChain;

use crate::{
    config, connected, halted, reached,
    server::{Behaviour, Server},
    soon, start,
};

/// Seven blocks: validators 0 to 3 finalise 1 and 2, 0 to 2 and 4 finalise 3 and 4, 1, 2, 4 and 5
/// what comes then.
fn changing() -> GrowingChain {
    let mut chain = GrowingChain::new("checkpoint-chain", 4);
    chain.push_empty();
    for members in [[0, 1, 2, 4], [1, 2, 4, 5]] {
        chain.change(&members, 1);
        chain.push_empty();
        chain.push_rows(1, 10);
    }
    chain.push_empty();
    chain.push_empty();
    chain
}

fn checkpoint(chain: &GrowingChain, height: usize) -> Checkpoint {
    Checkpoint {
        height: Height::new(height as u64),
        hash: chain.blocks[height - 1].signed.header.hash(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_begins_at_its_checkpoint_and_needs_nobody_of_before() {
    let (chain, dir) = (Arc::new(changing()), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.visible.store(6, Ordering::SeqCst);
    let mut trusting = config(&chain, dir.path(), &[&server]);
    trusting.checkpoint = Some(checkpoint(&chain, 5));
    let client = start(trusting.clone()).await;
    reached(&client, 6).await;
    let root = chain.blocks[4].signed.header.validator_set_root;
    assert_eq!(*server.sets_asked.lock().unwrap(), [root]);
    let report = soon("a verdict", client.sample(Height::new(5))).await;
    assert!(report.unwrap().verdict.is_available());
    let before = client.sample(Height::new(4)).await;
    assert!(
        matches!(before, Err(SampleError::BeforeFirst { first, .. }) if first.get() == 5),
        "{before:?}"
    );
    client.shutdown().await;

    // It goes on from there, without being told again.
    server.visible.store(7, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    reached(&client, 7).await;
    client.shutdown().await;
    assert_eq!(*server.sets_asked.lock().unwrap(), [root]);

    // Nor does the same checkpoint change anything.
    let client = start(trusting.clone()).await;
    assert_eq!(client.status().borrow().tip, Height::new(7));
    assert_eq!(*server.sets_asked.lock().unwrap(), [root]);
    client.shutdown().await;

    // Another block at a height that it has is noticed at once.
    for height in [5, 7] {
        let hash = HeaderHash::from_bytes([9; 32]);
        let height = Height::new(height);
        trusting.checkpoint = Some(Checkpoint { height, hash });
        let refused = LightClient::start(trusting.clone(), CancellationToken::new()).await;
        assert!(
            matches!(
                &refused,
                Err(StartError::Checkpoint(FollowError::NotCheckpoint { .. }))
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retired_validators_lead_nobody_astray_who_has_a_checkpoint() {
    let chain = Arc::new(changing());
    // The first validators, long gone, sign a history of their own from the first block on.
    let mut fork = GrowingChain::new("checkpoint-chain", 4);
    fork.step = 2000;
    for _ in 0..9 {
        fork.push_empty();
    }
    let fork = Arc::new(fork);
    let liar = Server::gateway(&fork, Behaviour::Honest).await;
    let honest = Server::gateway(&chain, Behaviour::Honest).await;

    // Alone with the liar, a client that trusts the genesis for ever follows it.
    let dir = tempfile::tempdir().unwrap();
    let client = start(config(&chain, dir.path(), &[&liar])).await;
    reached(&client, 9).await;
    client.shutdown().await;

    let dir = tempfile::tempdir().unwrap();
    let mut trusting = config(&chain, dir.path(), &[&liar]);
    let checkpoint = checkpoint(&chain, 5);
    trusting.checkpoint = Some(checkpoint);
    let client = start(trusting.clone()).await;
    connected(&client, 1).await;
    let error = halted(&client).await;
    assert_eq!(error, FollowError::CheckpointNotShown { checkpoint });
    assert_eq!(client.status().borrow().tip, Height::GENESIS);
    client.shutdown().await;

    trusting.bootstrap.push(honest.address.clone());
    let client = start(trusting).await;
    reached(&client, 7).await;
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_the_checkpoints_block_is_not_followed_past_it() {
    let (chain, dir) = (Arc::new(changing()), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.visible.store(2, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    reached(&client, 2).await;
    client.shutdown().await;

    server.visible.store(7, Ordering::SeqCst);
    let mut trusting = config(&chain, dir.path(), &[&server]);
    let unknown = Checkpoint {
        height: Height::new(4),
        hash: HeaderHash::from_bytes([9; 32]),
    };
    trusting.checkpoint = Some(unknown);
    let client = start(trusting.clone()).await;
    let checkpoint = unknown;
    assert_eq!(
        halted(&client).await,
        FollowError::CheckpointNotShown { checkpoint }
    );
    assert_eq!(client.status().borrow().tip, Height::new(2));
    client.shutdown().await;

    // A newer one that there is begins the chain anew, and what it had before is not sampled.
    trusting.checkpoint = Some(self::checkpoint(&chain, 6));
    let client = start(trusting).await;
    reached(&client, 7).await;
    let before = client.sample(Height::new(2)).await;
    assert!(
        matches!(before, Err(SampleError::BeforeFirst { first, .. }) if first.get() == 6),
        "{before:?}"
    );
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_older_than_the_trusting_period_are_not_followed() {
    // The first block is of today, years after the genesis.
    let mut chain = GrowingChain::new("old-chain", 4);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    chain.step = u64::try_from(now.as_millis()).unwrap() - chain.genesis.time_ms;
    chain.push_empty();
    chain.step = 1;
    chain.push_empty();
    chain.push_empty();
    let (chain, dir) = (Arc::new(chain), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    let mut careful = config(&chain, dir.path(), &[&server]);
    careful.trusting_period = Some(Duration::from_secs(21 * 86_400));
    let client = start(careful.clone()).await;
    connected(&client, 1).await;
    let error = halted(&client).await;
    assert!(
        matches!(error, FollowError::Expired { newest, .. } if newest == Height::GENESIS),
        "{error}"
    );
    assert_eq!(client.status().borrow().tip, Height::GENESIS);
    client.shutdown().await;

    careful.checkpoint = Some(checkpoint(&chain, 2));
    let client = start(careful.clone()).await;
    reached(&client, 3).await;
    client.shutdown().await;

    // What it has followed is of today, so it goes on by itself.
    careful.checkpoint = None;
    let client = start(careful).await;
    assert_eq!(client.status().borrow().tip, Height::new(3));
    assert!(client.status().borrow().halted.is_none());
    client.shutdown().await;
}
