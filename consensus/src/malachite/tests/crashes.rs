//! A node that is killed at any point sends the same messages again.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use weft_chain::Height;

use super::network::{PATIENCE, TestNetwork};
use crate::OrdererError;
use crate::malachite::MalachiteError;

/// Times the node is killed.
const KILLS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_replays_its_log_and_contradicts_nothing() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let network = TestNetwork::new(4);
    let mut others = Vec::new();
    // Only two others run, so no height is decided without the killed node.
    for index in [0, 1] {
        others.push(network.start(index).await);
    }
    for _ in 0..KILLS {
        let from = others[0].base.head();
        let (base, running) = network.start_killable(2).await;
        base.reaches(from.saturating_add(1)).await;
        // At any point of a height, which takes 200 ms.
        sleep(Duration::from_millis(rng.random_range(0..300))).await;
        running.engine.kill().await;
        base.stop().await;
    }
    let (base, running) = network.start_killable(2).await;
    let on = others[0].base.head().saturating_add(3);
    base.reaches(on).await;
    for other in &others {
        other.base.reaches(on).await;
        let store = other.base.ledger.store();
        assert_eq!(
            store.evidence_count().unwrap(),
            0,
            "{:?}",
            store.evidence(9)
        );
        assert_eq!(other.base.hash(on), base.hash(on));
    }
    running.engine.kill().await;
    base.stop().await;
    for other in others {
        other.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_cannot_write_its_log_ends_and_forbids_a_restart() {
    let network = TestNetwork::new(1);
    let (base, running) = network.start_killable(0).await;
    base.reaches(Height::new(2)).await;
    running.engine.lose_log();
    let never = CancellationToken::new();
    let ended = timeout(PATIENCE, running.run(&never)).await.unwrap();
    let error = OrdererError::from(ended.unwrap_err());
    assert!(
        matches!(error, OrdererError::Malachite(MalachiteError::Unsafe)),
        "{error}"
    );
    assert!(error.forbids_restart());
    assert!(!OrdererError::from(MalachiteError::Stopped).forbids_restart());
    base.stop().await;
}
