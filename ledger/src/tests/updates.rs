//! Changes of the validator set: offered, in a block, in effect, across restarts.

use weft_chain::{BlockBody, BlockError, SignedValidatorUpdate, ValidatorUpdateError};
use weft_encoding::Digest;
use weft_network::{GetValidatorUpdate, Offence, OfferUpdate};

use super::*;
use crate::sync::{HeaderVerdict, judge_header};
use crate::testing::build_on;

fn body(update: Option<SignedValidatorUpdate>) -> BlockBody {
    BlockBody {
        blobs: Vec::new(),
        update,
    }
}

impl Bench {
    /// A block on the head with this update, finalised by all of `validators`.
    async fn decide(
        &self,
        validators: &TestChain,
        update: Option<SignedValidatorUpdate>,
    ) -> Result<Block, LedgerError> {
        let block = build_on(self.ledger.rules(), &self.ledger.head(), TIME, body(update));
        let signers: Vec<usize> = (0..validators.keys.len()).collect();
        let finality = validators.finalise(&block, &signers);
        self.ledger.commit(block.clone(), finality).await?;
        Ok(block)
    }

    async fn offer(&self, update: SignedValidatorUpdate) -> Result<(), UpdateRefusal> {
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || ledger.offer_update(update))
            .await
            .unwrap()
    }

    fn reopen(self) -> Self {
        let Self {
            chain,
            ledger,
            folder,
        } = self;
        drop(ledger);
        let ledger = open(&chain, &folder);
        Self {
            chain,
            ledger,
            folder,
        }
    }

    fn set_sizes(&self, heights: std::ops::Range<u64>) -> Vec<usize> {
        let sets = self.ledger.validator_sets();
        heights.map(|at| sets.at(Height::new(at)).len()).collect()
    }
}

#[tokio::test]
async fn an_update_takes_effect_at_its_height_also_after_a_restart() {
    let (bench, five) = (bench(), TestChain::new(5));
    let update = bench.chain.update(&five, 3);
    let first = bench
        .decide(&bench.chain, Some(update.clone()))
        .await
        .unwrap();
    let (old, new) = (bench.chain.set.root(), five.set.root());
    assert_eq!(first.header.next_validator_set_root, old);
    assert_eq!(bench.set_sizes(0..5), [4, 4, 4, 5, 5]);
    assert_eq!(bench.ledger.directory().iter().count(), 5);

    let bench = bench.reopen();
    assert_eq!(bench.set_sizes(0..5), [4, 4, 4, 5, 5]);
    assert_eq!(bench.ledger.directory().iter().count(), 5);
    let sets = bench.ledger.validator_sets();
    assert_eq!(
        sets.coming(Height::new(1)),
        Some((Height::new(3), five.set.clone()))
    );
    let second = bench.decide(&bench.chain, None).await.unwrap();
    assert_eq!(second.header.validator_set_root, old);
    assert_eq!(second.header.next_validator_set_root, new);

    // From here on the old validators finalise nothing.
    let bench = bench.reopen();
    let error = bench.decide(&bench.chain, None).await.unwrap_err();
    assert!(matches!(error, LedgerError::Finality(_)), "{error}");
    let third = bench.decide(&five, None).await.unwrap();
    assert_eq!(third.header.validator_set_root, new);
    assert_eq!(bench.ledger.head().height, Height::new(3));
}

#[tokio::test]
async fn an_update_for_the_very_next_height_is_in_its_own_block_s_header() {
    let (bench, five) = (bench(), TestChain::new(5));
    let update = bench.chain.update(&five, 2);
    let block = bench.decide(&bench.chain, Some(update)).await.unwrap();
    assert_eq!(block.header.next_validator_set_root, five.set.root());
    bench.decide(&five, None).await.unwrap();
}

#[tokio::test]
async fn a_header_that_hides_a_change_is_refused() {
    let (bench, five) = (bench(), TestChain::new(5));
    let (old, new) = (bench.chain.set.root(), five.set.root());
    // (update in the body, next set in the header)
    let now = Some(bench.chain.update(&five, 2));
    let later = Some(bench.chain.update(&five, 9));
    for (update, root) in [(now, old), (later, new), (None, new)] {
        let mut block = build_on(
            bench.ledger.rules(),
            &bench.ledger.head(),
            TIME,
            body(update),
        );
        block.header.next_validator_set_root = root;
        let error = bench.commit(&block, &ALL).await.unwrap_err();
        assert!(
            matches!(
                error,
                LedgerError::Rule(BlockRuleError::NextValidatorSet { .. })
            ),
            "{error}"
        );
    }
    assert_eq!(bench.set_sizes(0..12), [4; 12]);
}

#[tokio::test]
async fn updates_that_a_block_may_not_have_are_refused() {
    let (bench, five) = (bench(), TestChain::new(5));
    let chain = &bench.chain;
    let signed_by_three = chain.sign_update(chain.unsigned_update(&five, 9), &[0, 1, 2]);

    let mut two_of_four = signed_by_three.clone();
    two_of_four.certificate.signers = weft_chain::SignerBitmap::new(4).unwrap();
    for place in 0..2 {
        let place = weft_test_chain::index(place);
        two_of_four.certificate.signers.insert(place).unwrap();
    }
    let mut forged = signed_by_three.clone();
    forged.certificate.signature = chain.update(&five, 10).certificate.signature;
    let strangers = five.sign_update(
        {
            let mut update = five.unsigned_update(&five, 9);
            update.replaces = chain.set.root();
            update
        },
        &[1, 2, 3, 4],
    );

    for (name, update) in [
        ("two of four", two_of_four),
        ("forged", forged),
        ("signed by others", strangers),
    ] {
        let error = bench.decide(chain, Some(update)).await.unwrap_err();
        assert!(
            matches!(
                error,
                LedgerError::Rule(BlockRuleError::Update(UpdateError::Invalid(
                    ValidatorUpdateError::Certificate(_)
                )))
            ),
            "{name}: {error}"
        );
        assert_eq!(error.fault(), Fault::Peer);
    }

    // A header built for a valid body, with a body that the rules of a block refuse.
    let good = build_on(
        bench.ledger.rules(),
        &bench.ledger.head(),
        TIME,
        body(Some(signed_by_three)),
    );
    let mut late = chain.unsigned_update(&five, 1);
    let past = chain.sign_update(late.clone(), &ALL);
    late.first_height = Height::new(100_002);
    let far = chain.sign_update(late.clone(), &ALL);
    late.first_height = Height::new(9);
    late.replaces = five.set.root();
    let other_set = chain.sign_update(late.clone(), &ALL);
    late.chain_id = "another".parse().unwrap();
    let other_chain = chain.sign_update(late, &ALL);
    for update in [past, far, other_set, other_chain] {
        let mut block = good.clone();
        block.body.update = Some(update);
        block.header.body_root = block.body.root();
        let error = bench.commit(&block, &ALL).await.unwrap_err();
        assert!(
            matches!(
                error,
                LedgerError::Rule(BlockRuleError::Derivation(BlockError::Update(_)))
            ),
            "{error}"
        );
    }
    assert_eq!(bench.ledger.head().height, Height::new(0));
    bench.commit(&good, &ALL).await.unwrap();
}

#[tokio::test]
async fn one_update_waits_at_a_time() {
    let (bench, five, six) = (bench(), TestChain::new(5), TestChain::new(6));
    let second = bench.chain.update(&six, 20);
    bench
        .decide(&bench.chain, Some(bench.chain.update(&five, 3)))
        .await
        .unwrap();
    let error = bench.decide(&bench.chain, Some(second)).await.unwrap_err();
    assert!(
        matches!(
            error,
            LedgerError::Rule(BlockRuleError::Update(UpdateError::Waiting { .. }))
        ),
        "{error}"
    );
    bench.decide(&bench.chain, None).await.unwrap();
    // The first has taken effect: its set may be replaced from its own first block on.
    let update = five.update(&six, 4);
    bench.decide(&five, Some(update)).await.unwrap();
    assert_eq!(bench.set_sizes(1..6), [4, 4, 5, 6, 6]);
    let bench = bench.reopen();
    assert_eq!(bench.set_sizes(1..6), [4, 4, 5, 6, 6]);
    bench.decide(&six, None).await.unwrap();
}

#[tokio::test]
async fn a_node_that_syncs_follows_the_change() {
    let (source, five) = (bench(), TestChain::new(5));
    let blocks = [
        source
            .decide(&source.chain, Some(source.chain.update(&five, 3)))
            .await
            .unwrap(),
        source.decide(&source.chain, None).await.unwrap(),
        source.decide(&five, None).await.unwrap(),
    ];
    let signed = |block: &Block| {
        let store = source.ledger.store();
        store.signed_header(block.header.height).unwrap().unwrap()
    };
    let late = bench();
    let rules = late.ledger.rules();
    let verdict = |block: &Block| judge_header(rules, &late.ledger.head(), &signed(block));
    // A header of a set that is not known here yet is ignored, not rejected.
    let before: Vec<_> = blocks.iter().map(verdict).collect();
    assert_eq!(
        before,
        [
            HeaderVerdict::Accept,
            HeaderVerdict::Accept,
            HeaderVerdict::Ignore
        ]
    );
    for block in &blocks {
        assert_eq!(verdict(block), HeaderVerdict::Accept);
        let finality = signed(block).finality;
        let committed = late.ledger.commit(block.clone(), finality).await;
        assert_eq!(committed.unwrap(), Committed::New);
    }
    // A header at the next height by the old validators is rejected.
    let head = Head {
        height: Height::new(2),
        ..late.ledger.head()
    };
    let mut block = blocks[2].clone();
    block.header.validator_set_root = source.chain.set.root();
    let signed = SignedHeader {
        finality: source.chain.finalise(&block, &ALL),
        header: block.header,
    };
    assert_eq!(judge_header(rules, &head, &signed), HeaderVerdict::Reject);
}

#[tokio::test]
async fn an_offered_update_waits_until_a_block_has_it() {
    let (bench, five) = (bench(), TestChain::new(5));
    let update = bench.chain.update(&five, 3);
    let mut offered = bench.ledger.watch_offered();
    bench.offer(update.clone()).await.unwrap();
    bench.offer(update.clone()).await.unwrap();
    assert_eq!(*offered.borrow_and_update(), 1);
    let bench = bench.reopen();
    assert_eq!(
        bench.ledger.offered_updates(),
        std::slice::from_ref(&update)
    );
    bench
        .decide(&bench.chain, Some(update.clone()))
        .await
        .unwrap();
    assert!(bench.ledger.offered_updates().is_empty());
    // Offering a decided update is not an error and changes nothing.
    bench.offer(update).await.unwrap();
    let bench = bench.reopen();
    assert!(bench.ledger.offered_updates().is_empty());
}

#[tokio::test]
async fn an_offered_update_that_no_block_can_have_any_more_is_dropped() {
    let (bench, five) = (bench(), TestChain::new(5));
    let (soon, later) = (
        bench.chain.update(&five, 2),
        bench.chain.update(&TestChain::new(6), 50),
    );
    bench.offer(soon).await.unwrap();
    bench.offer(later.clone()).await.unwrap();
    bench.decide(&bench.chain, None).await.unwrap();
    assert_eq!(bench.ledger.offered_updates(), std::slice::from_ref(&later));
    // Another update replaces the same set.
    let other = bench.chain.update(&five, 5);
    bench.decide(&bench.chain, Some(other)).await.unwrap();
    assert!(bench.ledger.offered_updates().is_empty());
    assert!(bench.ledger.store().offered_updates().unwrap().is_empty());
    let error = bench.offer(later).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Caller, "{error}");
}

#[tokio::test]
async fn an_update_of_the_coming_set_may_be_offered_before_it_stands() {
    let (bench, five, six) = (bench(), TestChain::new(5), TestChain::new(6));
    bench
        .decide(&bench.chain, Some(bench.chain.update(&five, 3)))
        .await
        .unwrap();
    let update = five.update(&six, 5);
    bench.offer(update.clone()).await.unwrap();
    bench.decide(&bench.chain, None).await.unwrap();
    assert_eq!(bench.ledger.offered_updates(), [update]);
    let early = five.update(&six, 3);
    assert!(bench.offer(early).await.is_err());
}

#[tokio::test]
async fn offers_are_verified_and_bounded() {
    let (bench, five) = (bench(), TestChain::new(5));
    let mut forged = bench.chain.update(&five, 9);
    forged.certificate.signature = bench.chain.update(&five, 8).certificate.signature;
    let mut contacts = bench.chain.unsigned_update(&five, 9);
    contacts.validators[4].peer_id = "nobody".into();
    let contacts = bench.chain.sign_update(contacts, &ALL);
    let far = bench.chain.update(&five, 200_000);
    for (update, named) in [
        (forged, "certificate"),
        (contacts, "peer id"),
        (far, "200000"),
    ] {
        let error = bench.offer(update).await.unwrap_err();
        assert_eq!(error.fault(), Fault::Caller);
        assert!(error.to_string().contains(named), "{error}");
    }
    for first in 0..4 {
        let update = bench.chain.update(&five, 10 + first);
        bench.offer(update).await.unwrap();
    }
    let error = bench.offer(bench.chain.update(&five, 9)).await.unwrap_err();
    assert!(
        matches!(
            error,
            UpdateRefusal::Full {
                max: MAX_OFFERED_UPDATES
            }
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(bench.ledger.offered_updates().len(), 4);
}

#[tokio::test]
async fn an_update_that_waits_is_not_verified_again() {
    let (bench, five) = (bench(), TestChain::new(5));
    let first = bench.chain.update(&five, 9);
    bench.offer(first.clone()).await.unwrap();
    // Verifying it would fail and cost one signature verification per validator.
    let mut other_signers = first.clone();
    other_signers.certificate.signature = bench.chain.update(&five, 8).certificate.signature;
    bench.offer(other_signers).await.unwrap();
    assert_eq!(bench.ledger.offered_updates(), [first]);
}

#[tokio::test]
async fn peers_are_served_updates_by_the_set_that_they_first_introduced() {
    let (bench, five) = (bench(), TestChain::new(5));
    let server = LedgerServer::new(bench.ledger.clone());
    let first = bench.chain.update(&five, 2);
    let offered = server
        .offer_update(OfferUpdate {
            update: first.clone(),
        })
        .await;
    assert_eq!(offered, Ok(()));
    bench
        .decide(&bench.chain, Some(first.clone()))
        .await
        .unwrap();
    // There, back and there again.
    let back = five.update(&bench.chain, 3);
    bench.decide(&five, Some(back)).await.unwrap();
    let again = bench.chain.update(&five, 4);
    bench.decide(&bench.chain, Some(again)).await.unwrap();
    bench.decide(&five, None).await.unwrap();

    let get = |root: Digest| server.validator_update(GetValidatorUpdate { root });
    assert_eq!(get(five.set.root()).await, Ok(first));
    assert_eq!(get(bench.chain.set.root()).await, Err(Refusal::Unknown));
    let mut forged = five.update(&TestChain::new(6), 9);
    forged.certificate.signature = five.update(&bench.chain, 9).certificate.signature;
    let refused = server.offer_update(OfferUpdate { update: forged }).await;
    let OfferRefused { refusal, offence } = refused.unwrap_err();
    assert!(matches!(refusal, Refusal::Invalid(_)), "{refusal:?}");
    assert_eq!(offence, Some(Offence::InvalidSignature));
}

#[tokio::test]
async fn a_set_that_came_back_is_shown_with_the_update_that_brought_it_back() {
    let (bench, five) = (bench(), TestChain::new(5));
    let there = bench.chain.update(&five, 2);
    bench
        .decide(&bench.chain, Some(there.clone()))
        .await
        .unwrap();
    let back = five.update(&bench.chain, 3);
    bench.decide(&five, Some(back.clone())).await.unwrap();
    let again = bench.chain.update(&five, 4);
    bench
        .decide(&bench.chain, Some(again.clone()))
        .await
        .unwrap();

    let (genesis, other) = (bench.chain.set.root(), five.set.root());
    let by = |root: &Digest, height| bench.ledger.update_until(root, Height::new(height));
    for (root, height, expected) in [
        (genesis, 1, None),
        (other, 1, None),
        (other, 2, Some(&there)),
        (genesis, 2, None),
        (genesis, 3, Some(&back)),
        (other, 3, None),
        (other, 4, Some(&again)),
        (other, 1_000, Some(&again)),
        (genesis, 4, None),
    ] {
        let found = by(&root, height).unwrap();
        assert_eq!(found.as_ref(), expected, "{root} at {height}");
    }
}

#[tokio::test]
async fn a_change_of_contacts_alone_brings_no_set() {
    let (bench, five) = (bench(), TestChain::new(5));
    let same = bench.chain.update(&bench.chain, 2);
    bench.decide(&bench.chain, Some(same)).await.unwrap();
    let there = bench.chain.update(&five, 3);
    bench
        .decide(&bench.chain, Some(there.clone()))
        .await
        .unwrap();
    let same = five.update(&five, 4);
    bench.decide(&five, Some(same)).await.unwrap();
    let by = |root: &Digest, height| bench.ledger.update_until(root, Height::new(height));
    assert_eq!(by(&bench.chain.set.root(), 2).unwrap(), None);
    assert_eq!(by(&five.set.root(), 5).unwrap(), Some(there));
}
