//! Two final headers of one height: found, kept, shown, and the end of following.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use weft_light_client::{ConflictingHeaders, FollowError, Height, SampleError};
use weft_test_chain::GrowingChain;

use crate::{
    PATIENCE, config, connected, halted, reached,
    server::{Behaviour, Server},
    soon, start,
};

/// Two histories of one chain, of `common` blocks that they share, and what each then pushes.
fn histories(
    common: usize,
    ours: impl FnOnce(&mut GrowingChain),
    theirs: impl FnOnce(&mut GrowingChain),
) -> [Arc<GrowingChain>; 2] {
    // Of the same genesis as `chain`.
    let mut chain = GrowingChain::new("light-test", 4);
    for _ in 0..common {
        chain.push_empty();
    }
    let mut fork = chain.clone();
    fork.step = 1001;
    ours(&mut chain);
    theirs(&mut fork);
    [Arc::new(chain), Arc::new(fork)]
}

fn push(blocks: usize) -> impl FnOnce(&mut GrowingChain) {
    move |chain| {
        for _ in 0..blocks {
            chain.push_empty();
        }
    }
}

/// Nodes of two histories that part at height 2.
pub(crate) async fn two_histories() -> [Server; 2] {
    let [ours, theirs] = histories(1, push(2), push(2));
    [
        Server::gateway(&ours, Behaviour::Honest).await,
        Server::gateway(&theirs, Behaviour::Honest).await,
    ]
}

/// Whether this is the evidence of a height in both histories.
fn check(evidence: &ConflictingHeaders, histories: &[Arc<GrowingChain>; 2], height: usize) {
    let [first, second] = histories
        .each_ref()
        .map(|chain| &chain.blocks[height - 1].signed);
    assert_eq!((evidence.first(), evidence.second()), (first, second));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_final_headers_of_one_height_stop_the_client_for_good() {
    let (histories, dir) = (histories(1, push(3), push(1)), tempfile::tempdir().unwrap());
    let honest = Server::gateway(&histories[0], Behaviour::Honest).await;
    honest.visible.store(3, Ordering::SeqCst);
    let mut by_gossip = config(&histories[0], dir.path(), &[&honest]);
    // So long that only gossip can bring the other header.
    by_gossip.poll = Duration::from_secs(3600);
    let client = start(by_gossip).await;
    reached(&client, 3).await;
    assert_eq!(client.evidence().unwrap(), None);

    let theirs = histories[1].blocks[1].signed.clone();
    let publish = async {
        while honest.handle.publish_header(theirs.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("a listener", publish).await;
    let stopped = FollowError::Conflicting {
        height: Height::new(2),
        first: histories[0].blocks[1].signed.header.hash(),
        second: theirs.header.hash(),
    };
    assert!(stopped.is_final());
    assert_eq!(halted(&client).await, stopped);
    check(&client.evidence().unwrap().unwrap(), &histories, 2);
    client.shutdown().await;

    // Started again, with more to be had and nobody to contradict it.
    honest.visible.store(4, Ordering::SeqCst);
    let client = start(config(&histories[0], dir.path(), &[&honest])).await;
    connected(&client, 1).await;
    assert_eq!(halted(&client).await, stopped);
    check(&client.evidence().unwrap().unwrap(), &histories, 2);
    for height in [2, 3] {
        let refused = soon("a refusal", client.sample(Height::new(height))).await;
        assert!(
            matches!(refused, Err(SampleError::Forked { forked_at, .. }) if forked_at.get() == 2),
            "{refused:?}"
        );
    }
    let before = soon("a verdict", client.sample(Height::new(1))).await;
    assert!(before.unwrap().verdict.is_available());
    assert!(client.report(Height::new(1)).unwrap().is_some());
    assert_eq!(client.report(Height::new(2)).unwrap(), None);
    assert_eq!(client.status().borrow().tip, Height::new(3));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_older_than_the_trusting_period_stops_nobody() {
    // Our header of height 2 is of 1970, as the other one is; the tip is of today.
    let mut histories = histories(1, push(1), push(1));
    let chain = Arc::get_mut(&mut histories[0]).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    chain.step = u64::try_from(now.as_millis()).unwrap() - chain.genesis.time_ms;
    chain.push_empty();
    chain.step = 1;
    chain.push_empty();
    let dir = tempfile::tempdir().unwrap();
    let honest = Server::gateway(&histories[0], Behaviour::Honest).await;
    let other = Server::gateway(&histories[1], Behaviour::Honest).await;
    honest.visible.store(3, Ordering::SeqCst);
    other.visible.store(0, Ordering::SeqCst);
    // Followed while every validator was relied on.
    let config = config(&histories[0], dir.path(), &[&honest, &other]);
    let client = start(config.clone()).await;
    reached(&client, 3).await;
    client.shutdown().await;

    let mut careful = config;
    careful.trusting_period = Some(Duration::from_secs(21 * 86_400));
    other.visible.store(2, Ordering::SeqCst);
    let client = start(careful).await;
    connected(&client, 2).await;
    let theirs = histories[1].blocks[1].signed.clone();
    let publish = async {
        while other.handle.publish_header(theirs.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("a listener", publish).await;
    honest.visible.store(4, Ordering::SeqCst);
    reached(&client, 4).await;
    assert!(client.status().borrow().halted.is_none());
    assert_eq!(client.evidence().unwrap(), None);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_parted_long_ago_is_found_where_it_parted() {
    // Other validators finalise the other history by now, which this client does not know.
    let theirs = |chain: &mut GrowingChain| {
        chain.change(&[1, 2, 4, 5], 2);
        push(22)(chain);
    };
    let (histories, dir) = (histories(2, push(20), theirs), tempfile::tempdir().unwrap());
    let honest = Server::gateway(&histories[0], Behaviour::Honest).await;
    let other = Server::gateway(&histories[1], Behaviour::Honest).await;
    other.visible.store(0, Ordering::SeqCst);
    let client = start(config(&histories[0], dir.path(), &[&honest, &other])).await;
    reached(&client, 22).await;
    other.visible.store(24, Ordering::SeqCst);
    let error = halted(&client).await;
    assert!(matches!(error, FollowError::Conflicting { .. }), "{error}");
    check(&client.evidence().unwrap().unwrap(), &histories, 3);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_only_says_it_has_another_history_stops_nobody() {
    let (histories, dir) = (histories(2, push(3), push(1)), tempfile::tempdir().unwrap());
    let honest = Server::gateway(&histories[0], Behaviour::Honest).await;
    // What it shows is signed by nobody.
    let liar = Server::gateway(&histories[1], Behaviour::LyingHeaders).await;
    honest.visible.store(4, Ordering::SeqCst);
    liar.visible.store(0, Ordering::SeqCst);
    let client = start(config(&histories[0], dir.path(), &[&honest, &liar])).await;
    reached(&client, 4).await;
    liar.visible.store(3, Ordering::SeqCst);
    let mut connections = client.connected();
    let honest_alone = |now: &Vec<_>| now.as_slice() == [honest.peer_id()];
    tokio::time::timeout(PATIENCE, connections.wait_for(honest_alone))
        .await
        .expect("a ban")
        .unwrap();
    honest.visible.store(5, Ordering::SeqCst);
    reached(&client, 5).await;
    assert!(client.status().borrow().halted.is_none());
    assert_eq!(client.evidence().unwrap(), None);
    client.shutdown().await;
}
