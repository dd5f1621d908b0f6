#![allow(clippy::unwrap_used)]

use weft_chain::{BlockBody, CertifiedBlob};
use weft_encoding::Digest;

use super::*;
use crate::voting_fixture::{VotingChain, header, index};

const NOW: u64 = 1_700_000_100_000;
const DRIFT: Duration = Duration::from_secs(10);

/// Verifies a block on the genesis as a validator would whose store has ordered `ordered`.
fn verdict(
    chain: &VotingChain,
    block: Block,
    ordered: &[BlobId],
) -> Result<ValidBlock, BlockRefusal> {
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposer: index(0),
        now: NOW,
        drift: DRIFT,
    };
    verify(&standpoint, block, |blob| {
        Ok(ordered.contains(blob).then(|| Height::new(1)))
    })
}

fn label(chain: &VotingChain, block: Block) -> &'static str {
    verdict(chain, block, &[])
        .err()
        .map_or("valid", |error| error.label())
}

fn good(chain: &VotingChain) -> Block {
    let blobs = vec![chain.certified(1, 1, 2), chain.certified(2, 2, 1)];
    chain.block_on(&chain.head(), NOW, blobs)
}

/// The block with a header made again for a changed body, as a byzantine proposer would.
fn with_body(chain: &VotingChain, blobs: Vec<CertifiedBlob>) -> Block {
    chain.block_on(&chain.head(), NOW, blobs)
}

#[test]
fn a_right_block_is_valid() {
    let chain = VotingChain::new(4);
    let block = good(&chain);
    let valid = verdict(&chain, block.clone(), &[]).unwrap();
    assert_eq!(valid.hash(), block.header.hash());
    assert_eq!(valid.height(), Height::new(1));
}

#[test]
fn a_wrong_header_gets_no_vote() {
    let chain = VotingChain::new(4);
    let other = Digest::from_bytes([9; 32]);
    type Change = Box<dyn Fn(&mut Block)>;
    let cases: Vec<(&str, Change)> = vec![
        (
            "header",
            Box::new(|block| block.header.chain_id = "another".parse().unwrap()),
        ),
        (
            "ahead",
            Box::new(|block| block.header.height = Height::new(2)),
        ),
        (
            "header",
            Box::new(|block| block.header.height = Height::new(0)),
        ),
        (
            "parent",
            Box::new(|block| block.header.parent = HeaderHash::from_bytes([9; 32])),
        ),
        ("time", Box::new(|block| block.header.time = 1)),
        ("time", Box::new(|block| block.header.time = NOW + 10_001)),
        (
            "proposer",
            Box::new(|block| block.header.proposer = index(1)),
        ),
        (
            "header",
            Box::new(move |block| block.header.validator_set_root = other),
        ),
        (
            "header",
            Box::new(move |block| block.header.next_validator_set_root = other),
        ),
        ("body", Box::new(|block| block.header.rows += 1)),
        (
            "body",
            Box::new(move |block| block.header.commitments_root = other),
        ),
        (
            "body",
            Box::new(move |block| block.header.namespaces_root = other),
        ),
        (
            "body",
            Box::new(move |block| block.header.body_root = other),
        ),
        ("body", Box::new(|block| block.body = BlockBody::default())),
        ("body", Box::new(|block| block.body.blobs.reverse())),
        ("valid", Box::new(|block| block.header.time = NOW + 10_000)),
    ];
    for (expected, change) in cases {
        let mut block = good(&chain);
        change(&mut block);
        assert_eq!(label(&chain, block.clone()), expected, "{:?}", block.header);
    }
}

#[test]
fn a_body_that_breaks_a_rule_gets_no_vote() {
    let chain = VotingChain::new(4);
    let blob = chain.certified(1, 1, 2);

    let ordered = verdict(
        &chain,
        with_body(&chain, vec![blob.clone()]),
        &[blob.header.id()],
    );
    assert_eq!(ordered.unwrap_err().label(), "repeated_blob");

    // Too few signers, by putting another blob's certificate under this blob's name.
    let mut uncertified = chain.certified(1, 7, 2);
    uncertified.certificate.signature = blob.certificate.signature;
    assert_eq!(
        label(&chain, with_body(&chain, vec![blob.clone(), uncertified])),
        "certificate"
    );

    let stranger = VotingChain::new(5).certified(1, 3, 2);
    assert_eq!(
        label(&chain, with_body(&chain, vec![stranger])),
        "certificate"
    );

    let mut small = VotingChain::new(4);
    small.chain.genesis.max_block_rows = 1;
    let block = with_body(&small, vec![small.certified(1, 1, 2)]);
    assert_eq!(label(&small, block), "header");
}

#[test]
fn a_blob_twice_or_expired_gets_no_vote() {
    let chain = VotingChain::new(4);
    let blob = chain.certified(1, 1, 2);
    let mut block = with_body(&chain, vec![blob.clone()]);
    block.body.blobs.push(blob);
    assert_eq!(label(&chain, block), "repeated_blob");

    // At the head of height 5, a certificate until 5 has expired for the block at 6.
    let blob = chain.certify(&header(1, 1, 1), Height::new(5));
    let mut block = with_body(&chain, vec![blob]);
    let head = Head {
        height: Height::new(5),
        ..chain.head()
    };
    block.header.height = Height::new(6);
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head,
        proposer: index(0),
        now: NOW,
        drift: DRIFT,
    };
    let refusal = verify(&standpoint, block, |_| Ok(None)).unwrap_err();
    let expired = ExtensionError::Derivation(BlockError::ExpiredCertificate {
        position: 0,
        expiry: Height::new(5),
        height: Height::new(6),
    });
    assert_eq!(refusal.to_string(), expired.to_string());
}

#[test]
fn a_store_that_fails_is_no_verdict_on_the_block() {
    let chain = VotingChain::new(4);
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposer: index(0),
        now: NOW,
        drift: DRIFT,
    };
    let refusal = verify(&standpoint, good(&chain), |_| Err(StoreError::Stopped)).unwrap_err();
    assert_eq!(refusal.fault(), Fault::Local);
}
