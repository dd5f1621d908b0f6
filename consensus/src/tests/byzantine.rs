//! Blocks of a byzantine proposer: none is stored, none gets a vote, and the chain goes on.

use super::*;

/// Offers a block as that of its proposer, in its proposer's round. Returns the label of its
/// refusal.
async fn refused(bench: &Bench, block: Block) -> &'static str {
    let (height, hash) = (block.header.height, block.header.hash());
    let verdict = bench.application.verify(&proposed_by(&[0]), block).await;
    let label = verdict.expect_err("a lie").label();
    let store = bench.ledger.store();
    assert_eq!(store.proposal(height, &hash).unwrap(), None, "{label}");
    let vote = bench.application.sign(height, 0, hash).await;
    assert!(
        matches!(vote, Err(SignError::NotVerified { .. })),
        "{label}"
    );
    assert_eq!(store.vote_lock(height, 0).unwrap(), None, "{label}");
    label
}

#[tokio::test]
async fn a_lying_proposer_gets_no_vote_and_an_honest_block_does() {
    let bench = bench(1).await;
    let ordered = bench.chain.certified(1, 1, 1);
    let first = bench.block(vec![ordered.clone()]);
    bench.decide(&bench.chain, &first).await;

    let blob = bench.pooled(1, 2).await;
    let good = bench.block(vec![blob.clone()]);
    let mut forged = bench.chain.certified(1, 3, 1);
    forged.certificate.signature = blob.certificate.signature;
    assert_eq!(
        refused(&bench, bench.block(vec![forged])).await,
        "certificate"
    );
    // A pooled blob under another certificate than the pool's is verified.
    let mut swapped = blob.clone();
    swapped.certificate.signature = ordered.certificate.signature;
    assert_eq!(
        refused(&bench, bench.block(vec![swapped])).await,
        "certificate"
    );
    assert_eq!(
        refused(&bench, bench.block(vec![ordered])).await,
        "repeated_blob"
    );
    let mut twice = good.clone();
    twice.body.blobs.push(blob);
    assert_eq!(refused(&bench, twice).await, "repeated_blob");

    type Change = fn(&mut Block);
    let changes: [(&str, Change); 9] = [
        ("parent", |block| {
            block.header.parent = HeaderHash::from_bytes([9; 32]);
        }),
        ("time", |block| block.header.time = u64::MAX),
        ("time", |block| block.header.time = 0),
        ("proposer", |block| block.header.proposer = index(2)),
        ("proposer", |block| block.header.proposer = index(1_000)),
        ("header", |block| {
            block.header.next_validator_set_root = weft_chain::Digest::from_bytes([9; 32]);
        }),
        ("header", |block| {
            block.header.validator_set_root = weft_chain::Digest::from_bytes([9; 32]);
        }),
        ("ahead", |block| block.header.height = Height::new(3)),
        ("body", |block| block.body.blobs.clear()),
    ];
    for (expected, change) in changes {
        let mut block = good.clone();
        change(&mut block);
        assert_eq!(refused(&bench, block).await, expected);
    }

    let hash = good.header.hash();
    let application = &bench.application;
    application
        .verify(&proposed_by(&[0]), good.clone())
        .await
        .unwrap();
    application.sign(Height::new(2), 0, hash).await.unwrap();
    bench.decide(&bench.chain, &good).await;
    let reasons = bench.registry.gather();
    let family = reasons
        .iter()
        .find(|family| family.name() == "weft_orderer_refused_blocks_total");
    assert_eq!(family.unwrap().get_metric().len(), 8);
}

#[tokio::test]
async fn another_body_under_a_verified_header_is_refused() {
    let bench = bench(1).await;
    let good = bench.block(vec![bench.pooled(1, 1).await]);
    bench
        .application
        .verify(&proposed_by(&[0]), good.clone())
        .await
        .unwrap();
    let mut other = good.clone();
    other.body.blobs = vec![bench.chain.certified(1, 2, 1)];
    let error = bench
        .application
        .verify(&proposed_by(&[0]), other)
        .await
        .unwrap_err();
    assert_eq!(error.label(), "body");
    // The proposer is checked even if the block was verified before.
    let again = bench.application.verify(&proposed_by(&[2]), good).await;
    assert_eq!(again.unwrap_err().label(), "proposer");
}
