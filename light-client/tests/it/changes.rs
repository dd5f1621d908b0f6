//! Changes of the validators: followed, kept, refused, waited for, and the custody that moves.

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use weft_light_client::{
    FollowError, Height, HeightVerdict, LightClient, LightConfig, SampleTarget,
};
use weft_network::RequestKind;
use weft_test_chain::GrowingChain;

use crate::{
    PATIENCE, chain, config, connected, reached,
    server::{Behaviour, Server, free_address},
    soon, start,
};

/// Six blocks: validators 0 to 3 finalise 1 and 2, 0 to 2 and 4 finalise 3 and 4, 1, 2, 4 and 5
/// what comes then.
fn changing() -> Arc<GrowingChain> {
    let mut chain = GrowingChain::new("changing-chain", 4);
    chain.push_empty();
    for members in [[0, 1, 2, 4], [1, 2, 4, 5]] {
        chain.change(&members, 1);
        chain.push_empty();
        chain.push_empty();
    }
    chain.push_empty();
    Arc::new(chain)
}

/// Waits until the client says that nobody shows the set of a height.
async fn halted(client: &LightClient, height: u64) -> FollowError {
    let mut status = client.status();
    let halted = soon("a halt", status.wait_for(|status| status.halted.is_some()))
        .await
        .unwrap()
        .clone();
    assert_eq!(halted.tip, Height::new(height - 1));
    (*halted.halted.unwrap()).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_are_followed_and_the_first_is_known_after_a_restart() {
    let (chain, dir) = (changing(), tempfile::tempdir().unwrap());
    let roots: Vec<_> = chain
        .updates
        .iter()
        .map(|update| update.update.validator_set().unwrap().root())
        .collect();
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.visible.store(3, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    reached(&client, 3).await;
    client.shutdown().await;
    assert_eq!(server.sets_asked.lock().unwrap().as_slice(), &roots[..1]);

    server.visible.store(6, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    assert_eq!(client.status().borrow().tip, Height::new(3));
    reached(&client, 6).await;
    assert!(client.status().borrow().halted.is_none());
    client.shutdown().await;
    assert_eq!(server.sets_asked.lock().unwrap().as_slice(), roots);

    // Alone, it still knows all of them: the blocks of each set are verified again.
    let client = start(config(&chain, dir.path(), &[])).await;
    assert_eq!(client.status().borrow().tip, Height::new(6));
    for height in 1..=6 {
        let report = soon("the verdict", client.sample(Height::new(height)));
        assert!(report.await.unwrap().verdict.is_available());
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_nobody_shows_halts_the_chain_until_somebody_does() {
    let (chain, dir) = (changing(), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    server.showing.store(false, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&server])).await;
    let root = chain.blocks[2].signed.header.validator_set_root;
    let height = Height::new(3);
    let expected = FollowError::UnknownValidatorSet { height, root };
    assert_eq!(halted(&client, 3).await, expected);
    // Asked again and again: who shows nothing is not blamed for it.
    let asked = || server.sets_asked.lock().unwrap().len();
    let several = async {
        while asked() < 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("more questions", several).await;
    assert_eq!(client.connected().borrow().as_slice(), [server.peer_id()]);
    assert_eq!(client.status().borrow().tip, Height::new(2));

    server.showing.store(true, Ordering::SeqCst);
    reached(&client, 6).await;
    let mut status = client.status();
    let resumed = status.wait_for(|status| status.halted.is_none());
    soon("no halt", resumed).await.unwrap();
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_a_false_set_is_banned_and_another_is_asked() {
    let (chain, dir) = (changing(), tempfile::tempdir().unwrap());
    let liar = Server::gateway(&chain, Behaviour::LyingUpdates).await;
    let honest = Server::gateway(&chain, Behaviour::Honest).await;
    honest.showing.store(false, Ordering::SeqCst);
    let client = start(config(&chain, dir.path(), &[&liar, &honest])).await;
    connected(&client, 2).await;
    halted(&client, 3).await;
    let mut connections = client.connected();
    let honest_alone = |now: &Vec<_>| now.as_slice() == [honest.peer_id()];
    soon("a ban", connections.wait_for(honest_alone))
        .await
        .unwrap();
    assert_eq!(client.status().borrow().tip, Height::new(2));

    honest.showing.store(true, Ordering::SeqCst);
    reached(&client, 6).await;
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_block_is_sampled_from_its_new_custodians() {
    let mut chain = GrowingChain::new("moving-chain", 4);
    chain.push_rows(2, 30);
    chain.addresses = (1..=4).map(|i| (i, free_address())).collect();
    chain.change(&[1, 2, 3, 4], 1);
    chain.push_empty();
    chain.push_rows(1, 40);
    let (chain, dir) = (Arc::new(chain), tempfile::tempdir().unwrap());

    // Validator 0 has gone for good. The others have the columns that are theirs by now, and no
    // others; where validator 4 is found, only the update says.
    let mut servers = Vec::new();
    for i in 1..=4 {
        servers.push(Server::custodian(&chain, i, Behaviour::Honest).await);
    }
    let known: Vec<_> = servers.iter().take(3).collect();
    let client = start(config(&chain, dir.path(), &known)).await;
    reached(&client, 3).await;
    connected(&client, 4).await;
    for height in [1, 3] {
        let report = soon("a verdict", client.sample(Height::new(height)))
            .await
            .unwrap();
        assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
        assert_eq!(report.invalid, 0);
        let newcomer = servers[3].served.swap(0, Ordering::SeqCst);
        assert!(newcomer > 0, "height {height}: the newcomer was not asked");
    }
    client.shutdown().await;

    // After a restart the contacts are known, although nobody is configured.
    let client = start(config(&chain, dir.path(), &[])).await;
    connected(&client, 4).await;
    client.shutdown().await;
}

/// A block with rows and `blanks` without; then validator 4 comes, and then validator 0 leaves.
fn moved(name: &str, blanks: usize) -> Arc<GrowingChain> {
    let mut chain = GrowingChain::new(name, 4);
    chain.push_rows(2, 30);
    for _ in 0..blanks {
        chain.push_empty();
    }
    chain.addresses = (1..=4).map(|i| (i, free_address())).collect();
    for members in [&[0, 1, 2, 3, 4][..], &[1, 2, 3, 4]] {
        chain.change(members, 1);
        chain.push_empty();
        chain.push_empty();
    }
    Arc::new(chain)
}

/// Validators 1 to 4 of a [`moved`] chain, with the columns that are theirs in the end, and a
/// client that knows nothing of the changes. Validator 0 is gone from where the genesis has it.
async fn stayed(chain: &Arc<GrowingChain>, data_dir: &Path) -> (Vec<Server>, LightConfig) {
    let mut servers = Vec::new();
    for i in 1..=4 {
        servers.push(Server::custodian(chain, i, Behaviour::Honest).await);
    }
    let known: Vec<_> = servers.iter().take(3).collect();
    let mut config = config(chain, data_dir, &known);
    config.genesis.validators[0].addresses = vec![free_address()];
    // So many that some are of columns that have moved.
    config.target = SampleTarget::Count(NonZeroU32::new(200).unwrap());
    (servers, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn custody_that_moves_while_a_block_is_sampled_is_followed() {
    let (chain, dir) = (moved("moved-chain", 0), tempfile::tempdir().unwrap());
    let (servers, mut config) = stayed(&chain, dir.path()).await;
    for server in &servers {
        server.visible.store(1, Ordering::SeqCst);
    }
    config.session.patience = config.session.deadline;
    let client = start(config).await;
    connected(&client, 3).await;
    let ticket = client.request(Height::FIRST).await.unwrap();
    let mut progress = ticket.progress();
    let refused = progress.wait_for(|progress| progress.refused > 0);
    soon("a refusal of a column that has moved", refused)
        .await
        .unwrap();

    for server in &servers {
        let height = chain.blocks.len() as u64;
        server.visible.store(height, Ordering::SeqCst);
    }
    let report = soon("a verdict", ticket.report()).await.unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    assert_eq!((report.attempt, report.invalid), (1, 0), "{report:?}");
    let newcomer = servers[3].served.load(Ordering::SeqCst);
    assert!(newcomer > 0, "the newcomer was not asked");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_block_is_not_given_up_before_the_client_has_caught_up() {
    let (chain, dir) = (moved("slow-chain", 20), tempfile::tempdir().unwrap());
    let (servers, mut config) = stayed(&chain, dir.path()).await;
    for server in &servers {
        server.headers_to.send_replace(1);
    }
    config.deadlines = config.deadlines.with(RequestKind::Headers, PATIENCE);
    let client = start(config).await;
    let ticket = client.request(Height::FIRST).await.unwrap();
    let mut progress = ticket.progress();
    // The samples of columns that have moved are not to be had from those the client knows.
    for sampling in [true, false] {
        let reached = progress.wait_for(|progress| (progress.asked > 0) == sampling);
        soon("the first samples, and their end", reached)
            .await
            .unwrap();
    }
    assert_eq!(client.status().borrow().tip, Height::FIRST);
    for server in &servers {
        server.headers_to.send_replace(u64::MAX);
    }
    let report = soon("a verdict", ticket.report()).await.unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    assert_eq!((report.attempt, report.invalid), (2, 0), "{report:?}");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_height_that_nobody_has_holds_no_verdict_up() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let mut servers = Vec::new();
    for claimed in [3, u64::MAX] {
        let server = Server::gateway(&chain, Behaviour::Honest).await;
        server.visible.store(claimed, Ordering::SeqCst);
        server.holding.store(false, Ordering::SeqCst);
        // Who claims too much leaves it open for as long as it can that there is more to come.
        server.headers_to.send_replace(3);
        servers.push(server);
    }
    let servers: Vec<_> = servers.iter().collect();
    let mut config = config(&chain, dir.path(), &servers);
    let deadline = Duration::from_secs(2);
    config.deadlines = config.deadlines.with(RequestKind::Headers, deadline);
    let client = start(config).await;
    connected(&client, 2).await;
    let mut status = client.status();
    let claimed = status.wait_for(|status| status.claimed == Height::new(u64::MAX));
    soon("the claim", claimed).await.unwrap();
    let limit = Duration::from_secs(15);
    let report = tokio::time::timeout(limit, client.sample(Height::FIRST));
    let report = report.await.expect("a verdict").unwrap();
    assert_eq!(report.verdict, HeightVerdict::NotEnough, "{report:?}");
    client.shutdown().await;
}
