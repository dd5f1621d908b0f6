//! Rounds of one height: the same block again, and one vote in each.

use weft_ledger::LedgerError;
use weft_ledger::pool::Admission;
use weft_ledger::store::MAX_PROPOSALS;

use super::*;

#[tokio::test]
async fn a_block_is_proposed_again_in_later_rounds_and_after_a_restart() {
    let bench = bench(0).await;
    bench.pooled(1, 1).await;
    let first = bench.propose(&[0]).await;
    assert_eq!(first.block().body.blobs.len(), 1);
    // More waits now; the block stays as it is.
    bench.pooled(2, 2).await;
    for proposers in [&[0][..], &[0, 3, 0], &[1, 0]] {
        assert_eq!(bench.propose(proposers).await.hash(), first.hash());
    }
    let bench = bench.restart(0).await;
    assert_eq!(bench.propose(&[0, 1, 0]).await.hash(), first.hash());
}

#[tokio::test]
async fn another_s_block_that_was_not_decided_is_proposed_again() {
    // This node is validator 1; validators 0 and 2 proposed before it.
    let bench = bench(1).await;
    let block = bench.block(vec![bench.pooled(1, 1).await]);
    let hash = block.header.hash();
    bench
        .application
        .verify(&proposed_by(&[0]), block.clone())
        .await
        .unwrap();
    // A validator that has not been proposer yet cannot have built this round's block.
    let mut later = bench.block(Vec::new());
    later.header.proposer = index(2);
    let early = bench
        .application
        .verify(&proposed_by(&[0]), later.clone())
        .await;
    assert_eq!(early.unwrap_err().label(), "proposer");
    bench
        .application
        .verify(&proposed_by(&[0, 2]), later)
        .await
        .unwrap();

    // The oldest block whose proposer has had a round.
    assert_eq!(bench.propose(&[0, 2, 1]).await.hash(), hash);
    let bench = bench.restart(1).await;
    assert_eq!(bench.propose(&[0, 2, 1]).await.hash(), hash);
    let kept = bench.application.proposal(Height::new(1), hash).await;
    assert_eq!(kept.unwrap(), Some(block));
}

#[tokio::test]
async fn an_own_block_comes_before_those_of_others() {
    let bench = bench(1).await;
    let theirs = bench.block(Vec::new());
    let own = bench.propose(&[1]).await;
    bench
        .application
        .verify(&proposed_by(&[1, 0]), theirs)
        .await
        .unwrap();
    assert_eq!(bench.propose(&[1, 0, 1]).await.hash(), own.hash());
}

#[tokio::test]
async fn one_header_has_this_node_s_vote_in_a_round() {
    let bench = bench(1).await;
    let application = &bench.application;
    let one = bench.block(vec![bench.chain.certified(1, 1, 1)]);
    let other = bench.block(vec![bench.chain.certified(1, 2, 1)]);
    let height = Height::new(1);
    let hashes = [one.header.hash(), other.header.hash()];
    for block in [one, other] {
        application.verify(&proposed_by(&[0]), block).await.unwrap();
    }
    let set = &bench.chain.set;
    let key = &set.get(index(1)).unwrap().public_key;
    let chain_id = application.chain_id();
    // A lock holds for one round: after an undecided round, the vote is free.
    for (round, hash) in [(0, hashes[0]), (1, hashes[1]), (2, hashes[0])] {
        for _ in 0..2 {
            let signature = application.sign(height, round, hash).await.unwrap();
            let message = finality_message(&chain_id, &hash, round, &set.root());
            signature.verify(&message, key).unwrap();
        }
    }
    let refused = application.sign(height, 1, hashes[0]).await.unwrap_err();
    assert!(
        matches!(
            refused,
            SignError::Lock(StoreError::VoteConflict { round: 1, .. })
        ),
        "{refused}"
    );
    let bench = bench.restart(1).await;
    let application = &bench.application;
    assert!(application.sign(height, 1, hashes[0]).await.is_err());
    application.sign(height, 1, hashes[1]).await.unwrap();
}

/// An engine that lost its log starts at round 0 again, without its earlier messages.
#[tokio::test]
async fn beside_a_signed_header_no_other_block_of_its_round_is_proposed_or_valid() {
    // This node is validator 1. It signed validator 0's block in round 1, not its own.
    let bench = bench(1).await;
    let theirs = bench.block(Vec::new());
    let (height, hash) = (Height::new(1), theirs.header.hash());
    let own = bench.propose(&[1]).await;
    bench
        .application
        .verify(&proposed_by(&[1, 0]), theirs)
        .await
        .unwrap();
    bench.application.sign(height, 1, hash).await.unwrap();

    let bench = bench.restart(1).await;
    let application = &bench.application;
    assert_eq!(bench.propose(&[0, 1]).await.hash(), hash);
    let other = bench.block(vec![bench.chain.certified(1, 1, 1)]);
    let refused = application
        .verify(&proposed_by(&[0, 1]), other.clone())
        .await;
    assert_eq!(refused.unwrap_err().label(), "voted");
    // Other rounds are free, and the block is stored for them.
    let kept = application.proposal(height, other.header.hash()).await;
    assert_eq!(kept.unwrap().as_ref(), Some(&other));
    application
        .verify(&proposed_by(&[0, 1, 0]), other)
        .await
        .unwrap();
    assert_eq!(bench.propose(&[0, 0, 1]).await.hash(), own.hash());
    // A signed block whose proposer has had no round is not replaced by another block.
    let nothing = application.propose(&proposed_by(&[1, 1]), true).await;
    let error = nothing.unwrap_err();
    assert!(
        matches!(error, ProposeError::LostProposal { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn only_what_was_verified_and_is_undecided_is_signed() {
    let bench = bench(1).await;
    let application = &bench.application;
    let block = bench.block(Vec::new());
    let (height, hash) = (Height::new(1), block.header.hash());
    let unverified = application.sign(height, 0, hash).await.unwrap_err();
    assert!(
        matches!(unverified, SignError::NotVerified { .. }),
        "{unverified}"
    );
    assert_eq!(bench.ledger.store().vote_lock(height, 0).unwrap(), None);

    application
        .verify(&proposed_by(&[0]), block.clone())
        .await
        .unwrap();
    bench.decide(&bench.chain, &block).await;
    assert!(application.sign(height, 0, hash).await.is_err());
    // The decided block is still given to a peer that asks for it.
    let decided = application.proposal(height, hash).await.unwrap();
    assert_eq!(decided.as_ref(), Some(&block));
    let other = HeaderHash::from_bytes([9; 32]);
    assert_eq!(application.proposal(height, other).await.unwrap(), None);
}

#[tokio::test]
async fn a_node_that_is_no_validator_proposes_and_signs_nothing() {
    let bench = bench(9).await;
    let error = bench
        .application
        .propose(&proposed_by(&[0]), true)
        .await
        .unwrap_err();
    assert!(
        matches!(error, ProposeError::NotValidator { .. }),
        "{error}"
    );
    let block = bench.block(Vec::new());
    let valid = bench
        .application
        .verify(&proposed_by(&[0]), block)
        .await
        .unwrap();
    let refused = bench
        .application
        .sign(valid.height(), 0, valid.hash())
        .await;
    assert!(matches!(refused, Err(SignError::NotValidator { .. })));
}

#[tokio::test]
async fn nothing_is_proposed_while_nothing_waits_unless_empty_blocks_are_wanted() {
    let bench = bench(0).await;
    let nothing = bench.application.propose(&proposed_by(&[0]), false).await;
    assert!(nothing.unwrap().is_none());
    assert!(bench.propose(&[0]).await.block().body.blobs.is_empty());
}

#[tokio::test]
async fn an_expiring_certificate_is_not_proposed() {
    let bench = bench(0).await;
    let header = weft_test_chain::header(1, 1, 1);
    let short = bench.chain.certify(&header, Height::new(41));
    bench.pool.admit(short).await.unwrap();
    let long = bench.pooled(1, 2).await;
    // The pool's loop does not run here, so the first one still waits at height 2.
    let empty = bench.block(Vec::new());
    bench.decide(&bench.chain, &empty).await;
    assert_eq!(bench.pool.pending().len(), 2);
    assert_eq!(bench.propose(&[0]).await.block().body.blobs, [long]);
}

#[tokio::test]
async fn a_blob_is_proposed_again_when_half_of_its_retention_is_over() {
    let bench = bench(0).await;
    let header = weft_test_chain::header(1, 1, 1);
    let until = |expiry| bench.chain.certify(&header, Height::new(expiry));
    let first = bench.block(vec![until(42)]);
    bench.decide(&bench.chain, &first).await;
    // Block 2 is too soon: 40 blocks are left. In block 3 it is 39.
    let again = until(90);
    assert_eq!(
        bench.pool.admit(again.clone()).await.unwrap(),
        Admission::Ordered
    );
    assert!(bench.propose(&[0]).await.block().body.blobs.is_empty());
    let empty = bench.block(Vec::new());
    bench.decide(&bench.chain, &empty).await;
    assert_eq!(
        bench.pool.admit(again.clone()).await.unwrap(),
        Admission::New
    );
    let proposed = bench.propose(&[0]).await;
    assert_eq!(proposed.block().body.blobs, [again]);
    bench.decide(&bench.chain, proposed.block()).await;
    let location = bench.ledger.store().location(&header.id()).unwrap();
    assert_eq!(location.unwrap().height, Height::new(3));
}

#[tokio::test]
async fn a_flood_of_blocks_does_not_push_out_what_was_signed() {
    let bench = bench(1).await;
    let signed = bench.block(Vec::new());
    let (height, hash) = (Height::new(1), signed.header.hash());
    bench
        .application
        .verify(&proposed_by(&[0]), signed)
        .await
        .unwrap();
    bench.application.sign(height, 0, hash).await.unwrap();
    let head = bench.ledger.head();
    for later in 0..MAX_PROPOSALS as u64 + 3 {
        let time = head.time + 2 + later;
        let body = BlockBody::default();
        let block = build_on(bench.ledger.rules(), &head, time, body);
        let verdict = bench.application.verify(&proposed_by(&[0, 0]), block).await;
        verdict.unwrap();
    }
    let kept = bench.ledger.store().proposals(height).unwrap();
    assert_eq!(kept.len(), MAX_PROPOSALS);
    assert_eq!(kept[0].header.hash(), hash);
}

#[tokio::test]
async fn a_decision_counts_how_long_the_pool_s_blobs_waited() {
    let bench = bench(0).await;
    let here = bench.pooled(1, 1).await;
    let elsewhere = bench.chain.certified(1, 2, 1);
    let block = bench.block(vec![here, elsewhere]);
    bench.decide(&bench.chain, &block).await;
    let signers = [0, 1, 2];
    let finality = bench.chain.finalise(&block, &signers);
    let again = bench
        .application
        .decided(Arrival::Decided, block, finality)
        .await;
    assert!(matches!(again, Ok::<_, LedgerError>(Committed::Known)));
    for name in [
        "weft_orderer_certified_to_ordered_seconds",
        "weft_orderer_certified_to_final_seconds",
    ] {
        let families = bench.registry.gather();
        let family = families.iter().find(|family| family.name() == name);
        let histogram = family.unwrap().get_metric()[0].get_histogram();
        assert_eq!(histogram.get_sample_count(), 1, "{name}");
    }
}
