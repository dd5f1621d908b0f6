#![allow(clippy::unwrap_used)]

mod updates;

use std::time::Duration;

use prometheus::Registry;
use weft_chain::{Block, BlockError, Height, SignedHeader, verify_blob_headers};
use weft_encoding::Fault;
use weft_network::{GetBlobHeaders, GetBody, GetHeaders, Refusal};
use weft_test_chain::TestChain;

use super::*;
use crate::store::Store;
use crate::testing::{TestLedger as _, await_ordered};

const TIME: u64 = 1_700_000_100_000;
const ALL: [usize; 4] = [0, 1, 2, 3];

struct Bench {
    chain: TestChain,
    ledger: Ledger,
    folder: tempfile::TempDir,
}

fn open(chain: &TestChain, folder: &tempfile::TempDir) -> Ledger {
    let store = Store::open(folder.path().join("ledger.redb"), &chain.genesis).unwrap();
    let metrics = LedgerMetrics::register(&Registry::new()).unwrap();
    Ledger::open(store, chain.genesis.clone(), metrics).unwrap()
}

fn bench() -> Bench {
    let chain = TestChain::new(4);
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&chain, &folder);
    Bench {
        chain,
        ledger,
        folder,
    }
}

impl Bench {
    /// A block on the head with one blob.
    fn next(&self, seed: u8) -> Block {
        let blob = self.chain.certified(1, seed, 2);
        self.chain.block_on(&self.ledger.head(), TIME, vec![blob])
    }

    async fn commit(&self, block: &Block, signers: &[usize]) -> Result<Committed, LedgerError> {
        let finality = self.chain.finalise(block, signers);
        self.ledger.commit(block.clone(), finality).await
    }
}

#[tokio::test]
async fn a_decided_block_becomes_the_head_and_is_announced() {
    let bench = bench();
    let mut head = bench.ledger.watch_head();
    let mut decided = bench.ledger.subscribe();
    let block = bench.next(1);
    let blob = block.body.blobs[0].header.id();
    let ledger = bench.ledger.clone();
    let ordered = tokio::spawn(async move { await_ordered(&ledger, blob).await });

    assert_eq!(
        bench.commit(&block, &[0, 1, 3]).await.unwrap(),
        Committed::New
    );
    assert!(head.has_changed().unwrap());
    assert_eq!(*head.borrow_and_update(), Head::of(&block.header));
    assert_eq!(decided.recv().await.unwrap().block, block);
    assert_eq!(ordered.await.unwrap().height, Height::new(1));
}

#[tokio::test]
async fn the_same_block_again_is_known() {
    let bench = bench();
    let block = bench.next(1);
    bench.commit(&block, &ALL).await.unwrap();
    assert_eq!(
        bench.commit(&block, &[0, 1, 2]).await.unwrap(),
        Committed::Known
    );
    assert_eq!(bench.ledger.head().height, Height::new(1));
}

#[tokio::test]
async fn two_finalised_blocks_at_a_height_are_a_fork() {
    let bench = bench();
    let (first, second) = (bench.next(1), bench.next(2));
    bench.commit(&first, &ALL).await.unwrap();
    let error = bench.commit(&second, &ALL).await.unwrap_err();
    assert!(matches!(error, LedgerError::Fork { .. }), "{error}");
    // A second block that is not final is an error, not a fork.
    let mut finality = bench.chain.finalise(&second, &ALL);
    finality.signature = bench.chain.finalise(&first, &ALL).signature;
    let error = bench.ledger.commit(second, finality).await.unwrap_err();
    assert!(matches!(error, LedgerError::Finality(_)), "{error}");
    assert_eq!(bench.ledger.head(), Head::of(&first.header));
}

#[tokio::test]
async fn a_decided_block_with_a_blob_again_too_soon_or_a_tiny_expiry_is_refused() {
    let bench = bench();
    let header = weft_test_chain::header(1, 1, 2);
    let block = |expiry| {
        let blob = bench.chain.certify(&header, Height::new(expiry));
        bench.chain.block_on(&bench.ledger.head(), TIME, vec![blob])
    };
    let tiny = bench.commit(&block(2), &ALL).await.unwrap_err();
    let is_expiry = matches!(
        tiny,
        LedgerError::Rule(BlockRuleError::Derivation(BlockError::Expiry { .. }))
    );
    assert!(is_expiry, "{tiny}");
    bench.commit(&block(42), &ALL).await.unwrap();
    let soon = bench.commit(&block(90), &ALL).await.unwrap_err();
    assert!(
        matches!(soon, LedgerError::Rule(BlockRuleError::Ordered { .. })),
        "{soon}"
    );
    assert_eq!(soon.fault(), Fault::Peer);

    bench.commit(&bench.next(2), &ALL).await.unwrap();
    bench.commit(&block(90), &ALL).await.unwrap();
    let again = await_ordered(&bench.ledger, header.id()).await;
    assert_eq!(again.height, Height::new(3));
}

#[tokio::test]
async fn a_block_that_does_not_extend_the_head_is_refused() {
    let bench = bench();
    let first = bench.next(1);
    bench.commit(&first, &ALL).await.unwrap();

    let ahead = Head {
        height: Height::new(4),
        ..bench.ledger.head()
    };
    let block = bench.chain.block_on(&ahead, TIME, Vec::new());
    let error = bench.commit(&block, &ALL).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Rule(BlockRuleError::Ahead { .. })),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);

    let beside = Head {
        hash: bench.ledger.genesis_hash(),
        ..bench.ledger.head()
    };
    let block = bench.chain.block_on(&beside, TIME, Vec::new());
    let error = bench.commit(&block, &ALL).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Rule(BlockRuleError::Header(_))),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Peer);

    let mut block = bench.next(2);
    block.body.blobs.clear();
    let error = bench.commit(&block, &ALL).await.unwrap_err();
    assert!(
        matches!(error, LedgerError::Rule(BlockRuleError::Derivation(_))),
        "{error}"
    );
    assert_eq!(bench.ledger.head(), Head::of(&first.header));
}

#[tokio::test]
async fn a_certificate_of_another_header_is_refused() {
    let bench = bench();
    let (block, other) = (bench.next(1), bench.next(2));
    let finality = bench.chain.finalise(&other, &ALL);
    let error = bench.ledger.commit(block, finality).await.unwrap_err();
    assert!(matches!(error, LedgerError::Finality(_)), "{error}");
    assert_eq!(bench.ledger.head().height, Height::new(0));
}

#[tokio::test]
async fn the_chain_is_there_after_reopening() {
    let bench = bench();
    for seed in 1..=3 {
        bench.commit(&bench.next(seed), &ALL).await.unwrap();
    }
    let head = bench.ledger.head();
    let Bench {
        chain,
        ledger,
        folder,
    } = bench;
    drop(ledger);
    assert_eq!(open(&chain, &folder).head(), head);
}

#[tokio::test]
async fn peers_are_served_what_is_decided_and_no_more() {
    let bench = bench();
    let server = LedgerServer::new(bench.ledger.clone());
    assert_eq!(server.status().height, Height::new(0));
    assert_eq!(server.status().header_hash, bench.ledger.genesis_hash());
    for seed in 1..=3 {
        bench.commit(&bench.next(seed), &ALL).await.unwrap();
    }
    assert_eq!(server.status().height, Height::new(3));
    let at = Height::new;
    let heights = |headers: Vec<SignedHeader>| -> Vec<u64> {
        headers
            .iter()
            .map(|signed| signed.header.height.get())
            .collect()
    };
    let headers = server
        .headers(GetHeaders {
            from: at(2),
            count: 64,
        })
        .await;
    assert_eq!(heights(headers), [2, 3]);
    let headers = server
        .headers(GetHeaders {
            from: at(1),
            count: 2,
        })
        .await;
    assert_eq!(heights(headers), [1, 2]);
    assert!(
        server
            .headers(GetHeaders {
                from: at(4),
                count: 1
            })
            .await
            .is_empty()
    );

    let body = server.body(GetBody { height: at(2) }).await.unwrap();
    let headers = server
        .blob_headers(GetBlobHeaders { height: at(2) })
        .await
        .unwrap();
    let block = server
        .headers(GetHeaders {
            from: at(2),
            count: 1,
        })
        .await
        .remove(0)
        .header;
    let commitments = verify_blob_headers(&block, &headers).unwrap();
    assert_eq!(body.commitments(), commitments);
    assert_eq!(commitments.len(), 2);
    assert_eq!(
        server.body(GetBody { height: at(4) }).await,
        Err(Refusal::NotYet)
    );
    assert_eq!(
        server.body(GetBody { height: at(0) }).await,
        Err(Refusal::Unknown)
    );
}

#[test]
fn sets_stand_from_the_height_they_are_scheduled_at() {
    let (genesis, later, last) = (TestChain::new(4), TestChain::new(5), TestChain::new(6));
    let sets = ValidatorSets::constant(genesis.set.clone());
    let clone = sets.clone();
    let mut changes = clone.changes();
    sets.schedule(Height::new(10), later.set.clone());
    sets.schedule(Height::new(20), last.set.clone());
    assert_eq!(*changes.borrow_and_update(), 2);
    let expected = [
        (0, 4),
        (1, 4),
        (9, 4),
        (10, 5),
        (19, 5),
        (20, 6),
        (u64::MAX, 6),
    ];
    for (height, validators) in expected {
        assert_eq!(
            clone.at(Height::new(height)).len(),
            validators,
            "at {height}"
        );
    }
    let counts = |chain: &TestChain, height: u64| {
        sets.certifying(&chain.set.root(), Height::new(height))
            .is_some()
    };
    assert!(counts(&genesis, 9) && !counts(&later, 9));
    assert!(counts(&genesis, 10) && counts(&later, 10));
    assert!(!counts(&genesis, 20) && counts(&later, 20) && counts(&last, 20));

    let coming = |after| {
        sets.coming(Height::new(after))
            .map(|(first, set)| (first.get(), set.len()))
    };
    assert_eq!(coming(0), Some((10, 5)));
    assert_eq!(coming(9), Some((10, 5)));
    assert_eq!(coming(10), Some((20, 6)));
    assert_eq!(coming(20), None);
    assert_eq!(coming(u64::MAX), None);
    assert_eq!(sets.by_root(&later.set.root()), Some(later.set.clone()));
    assert_eq!(sets.by_root(&TestChain::new(3).set.root()), None);
}

#[test]
fn a_change_of_contacts_alone_is_no_other_set() {
    let (genesis, later) = (TestChain::new(4), TestChain::new(5));
    let sets = ValidatorSets::constant(genesis.set.clone());
    sets.schedule(Height::new(10), later.set.clone());
    sets.schedule(Height::new(20), later.set.clone());
    let root = genesis.set.root();
    assert!(sets.certifying(&root, Height::new(20)).is_some());
    assert_eq!(sets.all_certifying(Height::new(25)).len(), 2);
}

#[test]
fn the_clock_bounds_only_the_future() {
    let drift = Duration::from_secs(10);
    assert!(header_rules::check_clock(20_000, 10_000, drift).is_ok());
    assert!(header_rules::check_clock(0, 10_000, drift).is_ok());
    let error = header_rules::check_clock(20_001, 10_000, drift).unwrap_err();
    assert!(matches!(
        error,
        BlockRuleError::TimeAhead {
            found: 20_001,
            limit: 20_000
        }
    ));
    assert!(header_rules::check_clock(u64::MAX, u64::MAX, Duration::MAX).is_ok());
}
