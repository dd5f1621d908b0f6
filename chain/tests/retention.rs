//! Which expiries a height takes, and when a blob may come again.

#![allow(clippy::unwrap_used)]

use weft_chain::{BlockBody, BlockError, Height, Retention};
use weft_test_chain::{TestChain, header};

/// Retentions with their slacks.
const SLACKS: [(u64, u64); 9] = [
    (1, 0),
    (2, 1),
    (100, 50),
    (127, 63),
    (128, 64),
    (640, 64),
    (649, 64),
    (1_000, 100),
    (2_592_000, 259_200),
];

#[test]
fn the_slack_is_a_tenth_and_in_short_retentions_more() {
    for (blocks, slack) in SLACKS {
        assert_eq!(Retention::new(blocks).slack(), slack, "{blocks}");
    }
}

#[test]
fn an_expiry_is_within_the_slack_of_the_retention() {
    for (blocks, slack) in SLACKS {
        let retention = Retention::new(blocks);
        let height = Height::new(7);
        let (least, greatest) = (7 + blocks - slack, 7 + blocks + slack);
        assert!(least > height.get(), "what is ordered is still kept");
        for (expiry, fits) in [
            (0, false),
            (8, least == 8),
            (least - 1, false),
            (least, true),
            (retention.expiry(height).get(), true),
            (greatest, true),
            (greatest + 1, false),
            (u64::MAX, false),
        ] {
            let checked = retention.check_expiry(Height::new(expiry), height);
            assert_eq!(checked.is_ok(), fits, "{blocks}: {expiry}");
            if let Err(error) = checked {
                let range = format!("{expiry} is not within {least} to {greatest}");
                assert!(error.to_string().contains(&range), "{error}");
            }
        }
    }
}

#[test]
fn a_certificate_can_wait_for_its_block_as_long_as_the_slack() {
    for (blocks, slack) in SLACKS {
        let retention = Retention::new(blocks);
        let next = Height::new(40);
        let expiry = retention.expiry(next);
        let last = retention.last_order(expiry);
        assert_eq!(last, Height::new(40 + slack));
        retention.check_expiry(expiry, last).unwrap();
        let late = last.saturating_add(1);
        assert!(retention.check_expiry(expiry, late).is_err());
    }
    let tiny = Retention::new(1_000).last_order(Height::new(3));
    assert_eq!(tiny, Height::GENESIS);
}

#[test]
fn a_blob_comes_again_only_with_a_later_expiry() {
    for (blocks, _) in SLACKS {
        let retention = Retention::new(blocks);
        let height = Height::new(1_000_000);
        let half = height.get() + blocks / 2;
        for (previous, again) in [
            (height.get() - 1, true),
            (half - 1, true),
            (half, false),
            (half + 1, false),
        ] {
            let previous = Height::new(previous);
            assert_eq!(retention.may_be_ordered_again(previous, height), again);
            if again {
                assert!(retention.least_expiry(height) > previous, "{blocks}");
            }
        }
        // Not in the same block, and not with the certificate that was just ordered.
        for expiry in [retention.least_expiry(height), retention.expiry(height)] {
            assert!(!retention.may_be_ordered_again(expiry, height), "{blocks}");
        }
    }
}

#[test]
fn a_body_names_the_certificate_that_does_not_fit() {
    const EXPIRY: Height = Height::new(1000);
    let chain = TestChain::new(4);
    let retention = chain.genesis.retention();
    let certified = |seed| chain.certify(&header(1, seed, 1), EXPIRY);
    let mut body = BlockBody {
        blobs: vec![certified(1), certified(2), certified(3)],
        update: None,
    };
    let height = Height::new(EXPIRY.get() - retention.blocks());
    body.check_expiries(retention, height).unwrap();
    assert_eq!(body.latest_expiry(), Some(EXPIRY));

    body.blobs[1].certificate.expiry = height.saturating_add(1);
    body.blobs[2].certificate.expiry = EXPIRY.saturating_add(1);
    assert_eq!(body.latest_expiry(), Some(EXPIRY.saturating_add(1)));
    let refused = body.check_expiries(retention, height).unwrap_err();
    let BlockError::Expiry { position, source } = refused else {
        panic!("{refused}");
    };
    assert_eq!(position, 1);
    assert_eq!(source.expiry, body.blobs[1].certificate.expiry);
    assert_eq!(BlockBody::default().latest_expiry(), None);
}
