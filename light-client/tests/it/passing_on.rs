//! What a client sampled is had by whoever asks it.

use std::{
    num::NonZeroU32,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use weft_chain::Height;
use weft_light_client::{HeightVerdict, LightClient, LightConfig, Multiaddr, SampleTarget};
use weft_network::{GetSampledCells, GetStatus, Refusal, RequestError, with_peer};
use weft_sampling::adversary::WorstPattern;
use weft_test_chain::GrowingChain;

use crate::{
    chain, config, connected,
    server::{Behaviour, Server, free_address},
    soon, start,
};

/// The cells that the client gives of a block, each checked to be the block's; why it gives none.
async fn passed_on(
    asker: &Server,
    client: &LightClient,
    chain: &Arc<GrowingChain>,
    height: u64,
) -> Result<usize, RequestError> {
    let question = GetSampledCells {
        height: Height::new(height),
    };
    let asked = asker.handle.request(client.peer_id(), question);
    let cells = soon("an answer", asked).await?;
    let block = &chain.blocks[usize::try_from(height).unwrap() - 1];
    for cell in &cells {
        assert_eq!(
            block.cell(cell.coord),
            Some((cell.cell.clone(), cell.proof))
        );
    }
    Ok(cells.len())
}

fn not_held(outcome: Result<usize, RequestError>) {
    assert!(
        matches!(outcome, Err(RequestError::Refused(Refusal::NotHeld))),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sampled_is_passed_on_whatever_the_verdict() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let percent = 60.0;
    let pattern = WorstPattern::new(3, percent, 5);
    let gateway = Server::gateway(&chain, Behaviour::Withholding(pattern)).await;
    let honest = Server::gateway(&chain, Behaviour::Honest).await;
    let mut first = config(&chain, &dir.path().join("first"), &[&gateway]);
    first.session.deadline = std::time::Duration::from_secs(5);
    let client = start(first).await;
    connected(&client, 1).await;
    not_held(passed_on(&gateway, &client, &chain, 3).await);
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::NotEnough, "{report:?}");
    let given = passed_on(&gateway, &client, &chain, 3).await.unwrap();
    assert_eq!(given, report.verified as usize);
    assert!(given > 0, "some cells were not withheld");
    // Another attempt adds its samples to those of before.
    let report = soon("a verdict", client.sample(Height::new(3)))
        .await
        .unwrap();
    let more = passed_on(&gateway, &client, &chain, 3).await.unwrap();
    assert!(more > given && more <= given + report.verified as usize);
    not_held(passed_on(&gateway, &client, &chain, 1).await);

    // Nothing else is served.
    let other = soon(
        "an answer",
        gateway.handle.request(client.peer_id(), GetStatus),
    )
    .await;
    assert!(
        matches!(other, Err(RequestError::Refused(Refusal::NotServed))),
        "{other:?}"
    );
    client.shutdown().await;

    let client = start(config(&chain, &dir.path().join("second"), &[&honest])).await;
    let report = soon("a verdict", client.sample(Height::new(1)))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    let given = passed_on(&honest, &client, &chain, 1).await.unwrap();
    assert_eq!(given, report.asked as usize);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_evicts_the_oldest_block() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    let mut config = config(&chain, dir.path(), &[&server]);
    // Room for one of the blocks, not for both.
    config.kept_cells_bytes = 80 * 1024;
    let client = start(config).await;
    for height in [1, 3] {
        let report = soon("a verdict", client.sample(Height::new(height)))
            .await
            .unwrap();
        assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
        let given = passed_on(&server, &client, &chain, height).await.unwrap();
        assert_eq!(given, report.asked as usize, "of height {height}");
    }
    not_held(passed_on(&server, &client, &chain, 1).await);
    client.shutdown().await;
}

/// Has the client listen, and says where.
fn listen(config: &mut LightConfig) -> Multiaddr {
    let address: Multiaddr = free_address().parse().unwrap();
    config.listen = vec![address.clone()];
    with_peer(address, config.keypair.public().to_peer_id()).unwrap()
}

fn count(samples: u32) -> SampleTarget {
    SampleTarget::Count(NonZeroU32::new(samples).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_custodians_give_to_nobody_more_is_had_from_a_client_that_was_given_it() {
    let mut chain = GrowingChain::new("passing-on", 4);
    chain.push_rows(1, 30);
    let (chain, dir) = (Arc::new(chain), tempfile::tempdir().unwrap());
    let server = Server::gateway(&chain, Behaviour::Honest).await;
    let mut first = config(&chain, &dir.path().join("first"), &[&server]);
    first.target = count(256);
    let address = listen(&mut first);
    let first = start(first).await;
    let report = soon("a verdict", first.sample(Height::FIRST))
        .await
        .unwrap();
    assert_eq!((report.verified, report.asked), (256, 256), "{report:?}");

    server.holding.store(false, Ordering::SeqCst);
    let before = server.served.load(Ordering::SeqCst);
    let mut second = config(&chain, &dir.path().join("second"), &[&server]);
    second.target = count(60);
    second.bootstrap.push(address);
    let second = start(second).await;
    connected(&second, 2).await;
    let report = soon("a verdict", second.sample(Height::FIRST))
        .await
        .unwrap();
    assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
    assert_eq!(server.served.load(Ordering::SeqCst), before);
    second.shutdown().await;
    first.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_requests_for_sampled_cells_is_limited_and_holds_nobody_up() {
    let (chain, dir) = (chain(), tempfile::tempdir().unwrap());
    let loud = Server::gateway(&chain, Behaviour::Honest).await;
    let quiet = Server::gateway(&chain, Behaviour::Honest).await;
    let client = start(config(&chain, dir.path(), &[&loud, &quiet])).await;
    connected(&client, 2).await;
    soon("a verdict", client.sample(Height::FIRST))
        .await
        .unwrap();

    let begun = Instant::now();
    let flood = (0..200).map(|_| passed_on(&loud, &client, &chain, 1));
    let outcomes = futures::future::join_all(flood).await;
    let given = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    for outcome in &outcomes {
        assert!(
            matches!(outcome, Ok(_) | Err(RequestError::Refused(Refusal::Busy))),
            "{outcome:?}"
        );
    }
    // Sixteen at once, and two come back each second.
    let most = 17.0 + begun.elapsed().as_secs_f64() * 2.0;
    assert!(
        given > 0 && given as f64 <= most,
        "{given} of 200, at most {most}"
    );
    assert!(passed_on(&quiet, &client, &chain, 1).await.unwrap() > 0);
    client.shutdown().await;
}
