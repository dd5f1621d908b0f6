#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use prometheus::Registry;
use tokio_util::sync::CancellationToken;
use weft_chain::{BlockBody, CertifiedBlob, Height};
use weft_encoding::Fault;
use weft_network::identity::Keypair;
use weft_network::{Network, NetworkConfig};
use weft_test_chain::{TestChain, header};

use super::*;
use crate::store::Store;
use crate::testing::{TestLedger as _, build_on};
use crate::{Ledger, LedgerMetrics};

const TIME: u64 = 1_700_000_100_000;

struct Bench {
    chain: TestChain,
    ledger: Ledger,
    pool: Pool,
    shutdown: CancellationToken,
    folder: tempfile::TempDir,
}

async fn start(chain: TestChain, folder: tempfile::TempDir, config: PoolConfig) -> Bench {
    let registry = Registry::new();
    let store = Store::open(folder.path().join("pool.redb"), &chain.genesis).unwrap();
    let metrics = LedgerMetrics::register(&registry).unwrap();
    let ledger = Ledger::open(store, chain.genesis.clone(), metrics).unwrap();
    let shutdown = CancellationToken::new();
    let (network, _events, _task) = Network::start(
        NetworkConfig::new(chain.genesis.chain_id),
        Keypair::generate_ed25519(),
        shutdown.clone(),
    )
    .unwrap();
    let metrics = PoolMetrics::register(&registry).unwrap();
    let pool = Pool::open(ledger.clone(), network, config, metrics)
        .await
        .unwrap();
    Bench {
        chain,
        ledger,
        pool,
        shutdown,
        folder,
    }
}

async fn bench(config: PoolConfig) -> Bench {
    start(TestChain::new(4), tempfile::tempdir().unwrap(), config).await
}

impl Bench {
    /// Decides a block with these blobs on the head.
    async fn decide(&self, blobs: Vec<CertifiedBlob>) {
        let block = self.chain.block_on(&self.ledger.head(), TIME, blobs);
        let finality = self.chain.finalise(&block, &[0, 1, 2, 3]);
        self.ledger.commit(block, finality).await.unwrap();
    }

    fn waiting(&self) -> Vec<CertifiedBlob> {
        self.pool
            .pending()
            .iter()
            .map(|blob| (**blob).clone())
            .collect()
    }
}

fn limit(max_blobs: usize, per_namespace: usize) -> PoolConfig {
    PoolConfig {
        max_blobs: max_blobs.try_into().unwrap(),
        max_blobs_per_namespace: per_namespace.try_into().unwrap(),
        ..PoolConfig::default()
    }
}

#[tokio::test]
async fn blobs_wait_once_in_order_of_arrival() {
    let bench = bench(PoolConfig::default()).await;
    let blobs: Vec<_> = (1..=3)
        .map(|seed| bench.chain.certified(1, seed, 1))
        .collect();
    for blob in &blobs {
        assert_eq!(
            bench.pool.submit(blob.clone()).await.unwrap(),
            Admission::New
        );
    }
    assert_eq!(
        bench.pool.admit(blobs[0].clone()).await.unwrap(),
        Admission::Pending
    );
    assert_eq!(bench.waiting(), blobs);
    assert_eq!(*bench.pool.watch().borrow(), 3);
    assert!(bench.pool.contains(&blobs[1].header.id()));
}

#[tokio::test]
async fn a_later_certificate_replaces_an_earlier_one() {
    let bench = bench(PoolConfig::default()).await;
    let header = header(1, 1, 1);
    let early = bench.chain.certify(&header, Height::new(50));
    let late = bench.chain.certify(&header, Height::new(60));
    assert_eq!(
        bench.pool.admit(early.clone()).await.unwrap(),
        Admission::New
    );
    assert_eq!(
        bench.pool.admit(late.clone()).await.unwrap(),
        Admission::Pending
    );
    assert_eq!(bench.pool.admit(early).await.unwrap(), Admission::Pending);
    assert_eq!(bench.waiting(), [late]);
}

#[tokio::test]
async fn what_is_not_certified_is_refused() {
    let bench = bench(PoolConfig::default()).await;
    let good = bench.chain.certified(1, 1, 1);
    let other = bench.chain.certified(1, 2, 1);

    let mut moved = good.clone();
    moved.certificate = other.certificate.clone();
    let mut forged = good.clone();
    forged.certificate.signature = other.certificate.signature;
    let mut resized = good.clone();
    resized.header.byte_len += 1;
    for blob in [moved, forged, resized] {
        let error = bench.pool.admit(blob).await.unwrap_err();
        assert_eq!(error.fault(), Fault::Peer, "{error}");
    }

    let stranger = TestChain::new(5).certified(1, 1, 1);
    let error = bench.pool.admit(stranger).await.unwrap_err();
    assert!(matches!(error, PoolError::UnknownSet { .. }), "{error}");
    assert!(bench.waiting().is_empty());
}

#[tokio::test]
async fn a_blob_larger_than_any_block_is_refused() {
    let mut chain = TestChain::new(4);
    chain.genesis.max_block_rows = 2;
    let bench = start(chain, tempfile::tempdir().unwrap(), PoolConfig::default()).await;
    bench
        .pool
        .admit(bench.chain.certified(1, 1, 2))
        .await
        .unwrap();
    let error = bench
        .pool
        .admit(bench.chain.certified(1, 1, 3))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PoolError::TooLarge { rows: 3, max: 2 }),
        "{error}"
    );
}

#[tokio::test]
async fn limits_bound_the_pool_and_each_namespace() {
    let bench = bench(limit(3, 2)).await;
    for (namespace, seed) in [(1, 1), (1, 2), (2, 3)] {
        bench
            .pool
            .admit(bench.chain.certified(namespace, seed, 1))
            .await
            .unwrap();
    }
    let error = bench
        .pool
        .admit(bench.chain.certified(3, 4, 1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PoolError::Full { count: 3, max: 3 }),
        "{error}"
    );

    bench.decide(vec![bench.chain.certified(2, 3, 1)]).await;
    bench.pool.reconcile().unwrap();
    let error = bench
        .pool
        .admit(bench.chain.certified(1, 5, 1))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PoolError::NamespaceFull {
                count: 2,
                max: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    bench
        .pool
        .admit(bench.chain.certified(3, 6, 1))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_ordered_blob_never_waits_again() {
    let bench = bench(PoolConfig::default()).await;
    let running = tokio::spawn(bench.pool.clone().run(bench.shutdown.clone()));
    let blob = bench.chain.certified(1, 1, 1);
    bench.pool.admit(blob.clone()).await.unwrap();
    bench.decide(vec![blob.clone()]).await;
    bench
        .pool
        .watch()
        .wait_for(|count| *count == 0)
        .await
        .unwrap();
    assert_eq!(bench.pool.submit(blob).await.unwrap(), Admission::Ordered);
    assert!(bench.waiting().is_empty());
    bench.shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn an_expired_blob_leaves_the_pool_and_the_store() {
    let bench = bench(PoolConfig::default()).await;
    let short = bench.chain.certify(&header(1, 1, 1), Height::new(41));
    let long = bench.chain.certify(&header(1, 2, 1), Height::new(42));
    bench.pool.admit(short.clone()).await.unwrap();
    bench.pool.admit(long.clone()).await.unwrap();
    bench.decide(Vec::new()).await;
    bench.pool.reconcile().unwrap();
    assert_eq!(bench.waiting(), std::slice::from_ref(&long));
    assert_eq!(bench.ledger.store().pending().unwrap(), [long]);
    let error = bench.pool.admit(short).await.unwrap_err();
    assert!(matches!(error, PoolError::Expiry(_)), "{error}");
}

#[tokio::test]
async fn the_pool_refuses_a_certificate_that_the_next_block_may_not_have() {
    let bench = bench(PoolConfig::default()).await;
    // The retention is 80 blocks and its slack 40.
    for (expiry, fits) in [
        (1, false),
        (2, false),
        (40, false),
        (121, true),
        (122, false),
    ] {
        let blob = bench.chain.certify(&header(1, 3, 1), Height::new(expiry));
        match bench.pool.submit(blob).await {
            Ok(admission) => assert!(fits, "{expiry}: {admission:?}"),
            Err(error) => {
                assert!(!fits, "{expiry}: {error}");
                assert!(matches!(error, PoolError::Expiry(_)), "{error}");
                assert_eq!(error.fault(), Fault::Retry);
            }
        }
    }
}

#[tokio::test]
async fn a_blob_that_expires_soon_waits_again_and_one_that_does_not_never() {
    let bench = bench(PoolConfig::default()).await;
    let until = |seed, expiry| {
        let header = header(1, seed, 1);
        bench.chain.certify(&header, Height::new(expiry))
    };
    bench.decide(vec![until(1, 41), until(2, 42)]).await;
    let soon = until(1, 82);
    assert_eq!(
        bench.pool.admit(soon.clone()).await.unwrap(),
        Admission::New
    );
    assert_eq!(
        bench.pool.admit(until(2, 82)).await.unwrap(),
        Admission::Ordered
    );
    bench.pool.reconcile().unwrap();
    assert_eq!(bench.waiting(), std::slice::from_ref(&soon));
    assert_eq!(
        bench.ledger.store().pending().unwrap(),
        std::slice::from_ref(&soon)
    );
    bench.decide(vec![soon.clone()]).await;
    bench.pool.reconcile().unwrap();
    assert!(bench.waiting().is_empty());
    let later = until(1, 83);
    assert_eq!(bench.pool.admit(later).await.unwrap(), Admission::Ordered);
    assert!(bench.ledger.store().pending().unwrap().is_empty());
}

#[tokio::test]
async fn a_certificate_outlives_one_change_of_the_validators_and_not_two() {
    let bench = bench(PoolConfig::default()).await;
    let (five, six) = (TestChain::new(5), TestChain::new(6));
    let blob = bench.chain.certified(1, 1, 1);
    bench.pool.admit(blob.clone()).await.unwrap();
    let steps = [
        (&bench.chain, bench.chain.update(&five, 2), true),
        (&five, five.update(&six, 3), false),
    ];
    for (validators, update, waits) in steps {
        let body = BlockBody {
            blobs: Vec::new(),
            update: Some(update),
        };
        let head = bench.ledger.head();
        let block = build_on(bench.ledger.rules(), &head, TIME, body);
        let finality = validators.finalise(&block, &[0, 1, 2, 3]);
        bench.ledger.commit(block, finality).await.unwrap();
        bench.pool.reconcile().unwrap();
        assert_eq!(bench.pool.contains(&blob.header.id()), waits);
    }
    assert!(bench.ledger.store().pending().unwrap().is_empty());
    let error = bench.pool.admit(blob).await.unwrap_err();
    assert!(matches!(error, PoolError::UnknownSet { .. }), "{error}");
    let recertified = six.certified(1, 1, 1);
    assert_eq!(bench.pool.admit(recertified).await.unwrap(), Admission::New);
}

#[tokio::test]
async fn what_was_taken_waits_after_reopening_and_is_gossiped_again() {
    let bench = bench(PoolConfig::default()).await;
    let blobs: Vec<_> = (1..=3)
        .map(|seed| bench.chain.certified(1, seed, 1))
        .collect();
    for blob in &blobs {
        bench.pool.admit(blob.clone()).await.unwrap();
    }
    assert!(bench.pool.own_after(0, 10).0.is_empty());
    let Bench {
        chain,
        ledger,
        pool,
        shutdown,
        folder,
    } = bench;
    shutdown.cancel();
    drop((ledger, pool));

    let bench = start(chain, folder, PoolConfig::default()).await;
    assert_eq!(bench.waiting(), blobs);
    // Admission times are not stored.
    let body = BlockBody {
        blobs,
        update: None,
    };
    assert!(bench.pool.admitted(&body).is_empty());
    let (own, _) = bench.pool.own_after(0, 10);
    assert_eq!(own.len(), 3);
}

#[tokio::test]
async fn what_waits_is_known_to_be_verified_and_when_it_came() {
    let bench = bench(PoolConfig::default()).await;
    let before = tokio::time::Instant::now();
    let blob = bench.chain.certified(1, 1, 1);
    let other = bench.chain.certified(1, 2, 1);
    bench.pool.admit(blob.clone()).await.unwrap();
    assert!(bench.pool.has_verified(&blob));
    assert!(!bench.pool.has_verified(&other));
    let mut recertified = blob.clone();
    recertified.certificate.signature = other.certificate.signature;
    assert!(!bench.pool.has_verified(&recertified));

    let body = BlockBody {
        blobs: vec![blob, other],
        update: None,
    };
    let admitted = bench.pool.admitted(&body);
    assert_eq!(admitted.len(), 1);
    assert!(admitted[0] >= before);
}

#[tokio::test]
async fn an_offered_update_wakes_whoever_waits_for_something_to_propose() {
    let bench = bench(PoolConfig::default()).await;
    let running = tokio::spawn(bench.pool.clone().run(bench.shutdown.clone()));
    let mut pending = bench.pool.watch();
    pending.mark_unchanged();
    let update = bench.chain.update(&TestChain::new(5), 9);
    let ledger = bench.ledger.clone();
    tokio::task::spawn_blocking(move || ledger.offer_update(update))
        .await
        .unwrap()
        .unwrap();
    pending.changed().await.unwrap();
    bench.shutdown.cancel();
    running.await.unwrap();
}

#[test]
fn own_blobs_are_gossiped_in_turns() {
    let chain = TestChain::new(4);
    let mut pending = pending::Pending::default();
    let blobs: Vec<_> = (1..=5).map(|seed| chain.certified(1, seed, 1)).collect();
    for (place, blob) in blobs.iter().enumerate() {
        // The third came by gossip. So did the fourth, which was then certified here.
        let own = place < 2 || place == 4;
        pending.put(blob.header.id(), blob.clone(), own, None);
    }
    pending.adopt(&blobs[3].header.id());
    let turn = |pending: &pending::Pending, after: u64| {
        let (turn, next) = pending.own_after(after, 2);
        let places: Vec<usize> = turn
            .iter()
            .map(|blob: &Arc<CertifiedBlob>| blobs.iter().position(|own| *own == **blob).unwrap())
            .collect();
        (places, next)
    };
    assert_eq!(turn(&pending, 0), (vec![0, 1], 2));
    assert_eq!(turn(&pending, 2), (vec![3, 4], 5));
    assert_eq!(turn(&pending, 5), (vec![], 0));
    pending.remove(&blobs[4].header.id());
    assert_eq!(turn(&pending, 2), (vec![3], 0));
}
