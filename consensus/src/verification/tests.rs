#![allow(clippy::unwrap_used)]

use weft_chain::{BlockBody, CertifiedBlob};
use weft_encoding::Digest;
use weft_ledger::testing::TestLedger as _;
use weft_test_chain::{TestChain, header, index};

use super::*;

const NOW: u64 = 1_700_000_100_000;
const DRIFT: Duration = Duration::from_secs(10);

/// Round 0, in which validator 0 proposes.
fn first_round() -> RoundProposers {
    RoundProposers {
        round: 0,
        in_order: vec![index(0)],
    }
}

/// Verifies a block on the genesis as a validator would whose store has ordered `ordered`.
fn verdict(
    chain: &TestChain,
    block: Block,
    ordered: &[BlobId],
) -> Result<ValidBlock, BlockRefusal> {
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposers: &first_round(),
        now: NOW,
        drift: DRIFT,
    };
    let ordered = |blob: &_| Ok(ordered.contains(blob).then(|| place(100)));
    verify(&standpoint, block, ordered, |_| false)
}

/// A blob's location, under a certificate that expires at `expiry`.
fn place(expiry: u64) -> Location {
    Location {
        height: Height::new(1),
        first_row: 0,
        expiry: Height::new(expiry),
    }
}

fn label(chain: &TestChain, block: Block) -> &'static str {
    verdict(chain, block, &[])
        .err()
        .map_or("valid", |error| error.label())
}

fn good(chain: &TestChain) -> Block {
    let blobs = vec![chain.certified(1, 1, 2), chain.certified(2, 2, 1)];
    chain.block_on(&chain.head(), NOW, blobs)
}

/// The block with a header made again for a changed body, as a byzantine proposer would.
fn with_body(chain: &TestChain, blobs: Vec<CertifiedBlob>) -> Block {
    chain.block_on(&chain.head(), NOW, blobs)
}

#[test]
fn a_right_block_is_valid() {
    let chain = TestChain::new(4);
    let block = good(&chain);
    let valid = verdict(&chain, block.clone(), &[]).unwrap();
    assert_eq!(valid.hash(), block.header.hash());
    assert_eq!(valid.height(), Height::new(1));
}

#[test]
fn a_wrong_header_gets_no_vote() {
    let chain = TestChain::new(4);
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
            "proposer",
            Box::new(|block| block.header.proposer = index(4)),
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
    let chain = TestChain::new(4);
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

    let stranger = TestChain::new(5).certified(1, 3, 2);
    assert_eq!(
        label(&chain, with_body(&chain, vec![stranger])),
        "certificate"
    );

    let mut small = TestChain::new(4);
    small.genesis.max_block_rows = 1;
    let block = with_body(&small, vec![small.certified(1, 1, 2)]);
    assert_eq!(label(&small, block), "header");
}

#[test]
fn a_blob_twice_in_a_block_gets_no_vote() {
    let chain = TestChain::new(4);
    let blob = chain.certified(1, 1, 2);
    let mut block = with_body(&chain, vec![blob.clone()]);
    block.body.blobs.push(blob);
    assert_eq!(label(&chain, block), "repeated_blob");
}

#[test]
fn a_block_with_a_blob_again_too_soon_gets_no_vote() {
    let chain = TestChain::new(4);
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposers: &first_round(),
        now: NOW,
        drift: DRIFT,
    };
    // The retention is 80 blocks, and the next block is block 1.
    for (previous, soon) in [(0, false), (40, false), (41, true), (100, true)] {
        let block = with_body(&chain, vec![chain.certified(1, 1, 2)]);
        let ordered = |_: &_| Ok(Some(place(previous)));
        let verdict = verify(&standpoint, block, ordered, |_| false);
        let label = verdict.err().map_or("valid", |error| error.label());
        let expected = if soon { "repeated_blob" } else { "valid" };
        assert_eq!(label, expected, "{previous}");
    }
}

#[test]
fn a_block_with_a_short_lived_certificate_gets_no_vote() {
    let chain = TestChain::new(4);
    // Block 6 takes expiries within 40 of its retention's end, 86.
    for (expiry, refused) in [
        (5, true),
        (7, true),
        (45, true),
        (46, false),
        (126, false),
        (127, true),
        (u64::MAX, true),
    ] {
        let blob = chain.certify(&header(1, 1, 1), Height::new(expiry));
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
            proposers: &first_round(),
            now: NOW,
            drift: DRIFT,
        };
        let verdict = verify(&standpoint, block, |_| Ok(None), |_| true);
        let label = verdict.err().map_or("valid", |error| error.label());
        let expected = if refused { "expiry" } else { "valid" };
        assert_eq!(label, expected, "expiry {expiry}");
    }
}

#[test]
fn a_block_is_valid_in_every_round_from_its_proposer_s_on() {
    let chain = TestChain::new(4);
    let rules = chain.rules();
    let block = good(&chain);
    let mut in_order = Vec::new();
    for (round, place) in [3, 0, 2].into_iter().enumerate() {
        in_order.push(index(place));
        let proposers = RoundProposers {
            round: u32::try_from(round).unwrap(),
            in_order: in_order.clone(),
        };
        let standpoint = Standpoint {
            rules: &rules,
            head: chain.head(),
            proposers: &proposers,
            now: NOW,
            drift: DRIFT,
        };
        let verdict = verify(&standpoint, block.clone(), |_| Ok(None), |_| false);
        assert_eq!(verdict.is_ok(), round > 0, "round {round}: {verdict:?}");
    }
}

#[test]
fn a_certificate_that_was_verified_before_is_not_verified_again() {
    let chain = TestChain::new(4);
    let rules = chain.rules();
    let good = chain.certified(1, 1, 1);
    let mut forged = chain.certified(1, 2, 1);
    forged.certificate.signature = good.certificate.signature;
    let mut worse = chain.certified(1, 3, 1);
    worse.certificate.signature = good.certificate.signature;
    let stranger = TestChain::new(5).certified(1, 4, 1);
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposers: &first_round(),
        now: NOW,
        drift: DRIFT,
    };
    let verdict = |blobs: &[&CertifiedBlob], pooled: &CertifiedBlob| {
        let blobs = blobs.iter().map(|blob| (*blob).clone()).collect();
        let block = with_body(&chain, blobs);
        verify(&standpoint, block, |_| Ok(None), |blob| blob == pooled)
    };
    // Forged signatures show which certificates are verified.
    verdict(&[&good, &forged], &forged).unwrap();
    let refusal = verdict(&[&good, &forged, &worse], &forged).unwrap_err();
    let BlockRefusal::Uncertified(BlockError::Certificate(error)) = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(error.position, 2);
    // A set that does not count is refused even if the pool has the blob.
    let refusal = verdict(&[&stranger], &stranger).unwrap_err();
    assert_eq!(refusal.label(), "certificate");
}

#[test]
fn a_store_that_fails_is_no_verdict_on_the_block() {
    let chain = TestChain::new(4);
    let rules = chain.rules();
    let standpoint = Standpoint {
        rules: &rules,
        head: chain.head(),
        proposers: &first_round(),
        now: NOW,
        drift: DRIFT,
    };
    let failing = |_: &_| Err(StoreError::Stopped);
    let refusal = verify(&standpoint, good(&chain), failing, |_| false).unwrap_err();
    assert_eq!(refusal.fault(), Fault::Local);
}
