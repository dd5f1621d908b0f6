//! Updates of the validator set, proposed and voted on.

use weft_chain::SignedValidatorUpdate;

use super::*;

impl Bench {
    async fn offer(&self, update: SignedValidatorUpdate) {
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || ledger.offer_update(update))
            .await
            .unwrap()
            .unwrap();
    }

    fn block_with(&self, update: SignedValidatorUpdate) -> Block {
        self.block_of(BlockBody {
            blobs: Vec::new(),
            update: Some(update),
        })
    }
}

#[tokio::test]
async fn an_offered_update_is_proposed_though_no_blob_waits() {
    let bench = bench(0).await;
    let five = TestChain::new(5);
    let update = bench.chain.update(&five, 2);
    bench.offer(update.clone()).await;
    let proposed = bench.application.propose(&proposed_by(&[0]), false).await;
    let proposed = proposed.unwrap().unwrap();
    assert_eq!(proposed.block().body.update, Some(update));
    assert_eq!(
        proposed.block().header.next_validator_set_root,
        five.set.root()
    );
    bench.decide(&bench.chain, proposed.block()).await;

    // The set of the next height decides who proposes, and its finality counts.
    let next = bench.propose(&[0]).await;
    assert_eq!(next.block().header.validator_set_root, five.set.root());
    assert_eq!(next.block().body.update, None);
    let signed = bench.application.sign(next.height(), 0, next.hash()).await;
    let chain_id = bench.application.chain_id();
    let message = finality_message(&chain_id, &next.hash(), 0, &five.set.root());
    let key = bench.chain.keys[0].public_key();
    signed.unwrap().verify(&message, &key).unwrap();
    bench.decide(&five, next.block()).await;
}

#[tokio::test]
async fn an_observer_votes_once_its_set_begins() {
    // Validator 4 is not in the set of four.
    let five = TestChain::new(5);
    let keys = five.keys.clone();
    let mut chain = TestChain::new(4);
    chain.keys = keys;
    let bench = start(chain, 4, tempfile::tempdir().unwrap()).await;
    let four = TestChain::new(4);
    assert_eq!(bench.application.validator(), None);
    let block = bench.block_with(four.update(&five, 3));
    bench.decide(&four, &block).await;
    assert_eq!(bench.application.validator(), None);
    assert_eq!(bench.application.directory().iter().count(), 5);
    let block = bench.block(Vec::new());
    bench.decide(&four, &block).await;
    assert_eq!(bench.application.validator(), Some(index(4)));
    let proposed = bench.propose(&[4]).await;
    assert_eq!(proposed.block().header.proposer, index(4));
}

#[tokio::test]
async fn updates_that_break_a_rule_get_no_vote() {
    let bench = bench(1).await;
    let (five, six) = (TestChain::new(5), TestChain::new(6));
    let label = async |block: Block| {
        let verdict = bench.application.verify(&proposed_by(&[0]), block).await;
        verdict.err().map_or("valid", |error| error.label())
    };
    // Not signed by more than two thirds: another update's signatures under this one's name.
    let mut unsigned = bench.chain.update(&five, 9);
    unsigned.certificate.signature = bench.chain.update(&five, 8).certificate.signature;
    assert_eq!(label(bench.block_with(unsigned)).await, "update");

    let mut hidden = bench.block_with(bench.chain.update(&five, 2));
    hidden.header.next_validator_set_root = bench.chain.set.root();
    assert_eq!(label(hidden).await, "header");

    let mut past = bench.block_with(bench.chain.update(&five, 9));
    past.body.update = Some(bench.chain.update(&five, 1));
    past.header.body_root = past.body.root();
    assert_eq!(label(past).await, "update");

    let good = bench.block_with(bench.chain.update(&five, 9));
    assert_eq!(label(good.clone()).await, "valid");
    bench.decide(&bench.chain, &good).await;
    // A second one while the first waits, and one that does not replace the current set.
    let second = bench.block_with(bench.chain.update(&six, 20));
    assert_eq!(label(second).await, "update");
}

#[tokio::test]
async fn a_certificate_of_the_set_before_still_counts_after_a_change() {
    let bench = bench(0).await;
    let five = TestChain::new(5);
    let before = bench.pooled(1, 1).await;
    let block = bench.block_with(bench.chain.update(&five, 2));
    bench.decide(&bench.chain, &block).await;
    let after = five.certified(1, 2, 1);
    bench.pool.admit(after.clone()).await.unwrap();
    let proposed = bench.propose(&[0]).await;
    assert_eq!(proposed.block().body.blobs, [before, after]);
}
