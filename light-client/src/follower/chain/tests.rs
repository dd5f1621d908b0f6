//! The chain's rule, case by case.

#![allow(clippy::unwrap_used)]

use weft_chain::CertificateError;
use weft_encoding::Fault;
use weft_test_chain::{GrowingChain, TestChain, signers};

use super::*;

fn setup() -> (GrowingChain, HeaderChain) {
    let mut validators = TestChain::new(4);
    validators.genesis.max_block_rows = 8;
    let mut chain = GrowingChain::of(validators);
    chain.push_empty();
    let mut followed = HeaderChain::new(&chain.genesis, &chain.validators.set);
    followed.append(&chain.blocks[0].signed).unwrap();
    (chain, followed)
}

#[test]
fn final_headers_in_order_are_followed() {
    let (mut chain, mut followed) = setup();
    for _ in 0..3 {
        let signed = chain.push_empty().signed.clone();
        assert_eq!(
            followed.append(&signed).unwrap().hash(),
            signed.header.hash()
        );
    }
    assert_eq!(followed.height(), Height::new(4));
}

#[test]
fn what_does_not_follow_is_refused_and_changes_nothing() {
    let (mut chain, mut followed) = setup();
    let refused = |change: fn(&mut weft_chain::BlockHeader)| {
        let signed = chain.next_header(change);
        followed.clone().append(&signed).unwrap_err()
    };
    let other = weft_chain::HeaderHash::from_bytes([9; 32]);
    for error in [
        refused(|header| header.height = Height::new(3)),
        refused(|header| header.height = Height::new(1)),
        refused(|header| header.time = 5),
        refused(|header| header.chain_id = "another-chain".parse().unwrap()),
        refused(|header| header.validator_set_root = Digest::from_bytes([3; 32])),
    ] {
        assert_eq!(error.fault(), Fault::Peer, "{error}");
    }
    let signed = chain.next_header(|header| header.parent = other);
    let error = followed.append(&signed).unwrap_err();
    assert!(
        matches!(error, FollowError::Header(HeaderError::WrongParent { .. })),
        "{error}"
    );
    let rows = chain.next_header(|header| {
        header.rows = 9;
        header.commitments_root = Digest::from_bytes([4; 32]);
        header.namespaces_root = Digest::from_bytes([5; 32]);
        header.body_root = Digest::from_bytes([6; 32]);
    });
    let error = followed.append(&rows).unwrap_err();
    assert_eq!(error, FollowError::TooManyRows { rows: 9, max: 8 });

    assert_eq!(followed.height(), Height::new(1));
    let signed = chain.push_empty().signed.clone();
    followed.append(&signed).unwrap();
}

/// A block of no rows is available to everybody, so its namespaces may list no blob.
#[test]
fn a_final_header_without_rows_that_lists_a_blob_is_refused() {
    let (chain, mut followed) = setup();
    let listed = Digest::from_bytes([5; 32]);
    for (field, signed) in [
        (
            "namespaces",
            chain.next_header(|h| h.namespaces_root = listed),
        ),
        (
            "commitments",
            chain.next_header(|h| h.commitments_root = listed),
        ),
        ("commitments", chain.next_header(|h| h.rows = 1)),
    ] {
        let error = followed.append(&signed).unwrap_err();
        let half_empty = matches!(
            &error,
            FollowError::Header(HeaderError::HalfEmpty { field: of, .. }) if *of == field
        );
        assert!(half_empty, "{error}");
        assert_eq!(error.fault(), Fault::Peer);
    }
}

#[test]
fn a_certificate_of_another_header_is_refused() {
    let (mut chain, mut followed) = setup();
    let mut signed = chain.push_empty().signed.clone();
    signed.header.time += 1;
    assert_eq!(followed.append(&signed).unwrap_err().fault(), Fault::Peer);
    // Even if it names the header: the signatures are over another.
    signed.finality.header_hash = signed.header.hash();
    let error = followed.append(&signed).unwrap_err();
    let invalid = matches!(
        &error,
        FollowError::Header(HeaderError::Certificate(
            CertificateError::InvalidAggregate { .. }
        ))
    );
    assert!(invalid, "{error:?}");
}

#[test]
fn half_of_the_stake_does_not_finalise() {
    let (mut chain, mut followed) = setup();
    let mut signed = chain.push_empty().signed.clone();
    signed.finality.signers = signers(4, &[0, 1]);
    let error = followed.append(&signed).unwrap_err();
    let unmet = matches!(
        &error,
        FollowError::Header(HeaderError::Certificate(
            CertificateError::NotEnoughStake { .. }
        ))
    );
    assert!(unmet, "{error:?}");
}

#[test]
fn a_set_that_is_not_known_is_missing_and_blames_nobody() {
    let (mut chain, mut followed) = setup();
    assert_eq!(followed.missing(), None);
    let before = chain.validators.set.clone();
    let update = chain.change(&[0, 1, 2, 4], 2);
    let root = update.update.validator_set().unwrap().root();
    for height in [2, 3] {
        assert_eq!(followed.missing(), None);
        followed.append(&chain.push_empty().signed).unwrap();
        assert_eq!(followed.height(), Height::new(height));
    }
    let height = Height::new(4);
    let missing = Missing { height, root };
    assert_eq!(followed.missing(), Some(missing));
    assert_eq!(followed.newest(), &before);

    let beyond = chain.push_empty().signed.clone();
    let error = followed.append(&beyond).unwrap_err();
    assert_eq!(error, FollowError::UnknownValidatorSet { height, root });
    assert_eq!(error.fault(), Fault::Retry);

    let shown = followed.verify_update(&missing, &update).unwrap();
    followed.learn(&shown.set);
    assert_eq!(followed.missing(), None);
    assert_eq!(followed.newest().root(), root);
    followed.append(&beyond).unwrap();
    assert_eq!(followed.height(), height);
}

#[test]
fn only_the_update_that_introduces_the_missing_set_is_taken() {
    let (mut chain, mut followed) = setup();
    // The block at height 2 has the update; the set begins at 3.
    let [early, late] = [2, 4].map(|height| chain.update(&[0, 1, 2, 4], height));
    let other = chain.update(&[0, 1, 2], 3);
    let mut few = chain.update(&[0, 1, 2, 4], 3);
    few.certificate.signers = signers(4, &[0, 1]);
    let update = chain.change(&[0, 1, 2, 4], 1);
    followed.append(&chain.push_empty().signed).unwrap();
    let missing = followed.missing().unwrap();
    let refused = |update| followed.verify_update(&missing, &update).unwrap_err();

    for update in [early, late] {
        let error = refused(update);
        assert!(matches!(error, UpdateError::OtherHeight { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Peer, "{error}");
    }
    let other = refused(other);
    assert!(matches!(other, UpdateError::OtherSet { .. }), "{other}");
    let few = refused(few);
    assert!(
        matches!(
            &few,
            UpdateError::Refused(ValidatorUpdateError::Certificate(
                CertificateError::NotEnoughStake { .. }
            ))
        ),
        "{few}"
    );
    let mut forged = update.clone();
    forged.update.validators[0].stake += 1;
    forged.certificate.update_id = forged.update.id();
    let forged = refused(forged);
    assert!(
        matches!(
            &forged,
            UpdateError::Refused(ValidatorUpdateError::Certificate(
                CertificateError::InvalidAggregate { .. }
            ))
        ),
        "{forged}"
    );
    let mut elsewhere = update.clone();
    elsewhere.update.replaces = Digest::from_bytes([8; 32]);
    let elsewhere = refused(elsewhere);
    assert!(
        matches!(
            &elsewhere,
            UpdateError::Refused(ValidatorUpdateError::WrongSet { .. })
        ),
        "{elsewhere}"
    );
    for error in [other, few, forged, elsewhere] {
        assert_eq!(error.fault(), Fault::Peer, "{error}");
    }
    followed.verify_update(&missing, &update).unwrap();
}

#[test]
fn stored_updates_are_verified_before_they_count() {
    let (mut chain, _) = setup();
    let genesis_set = chain.validators.set.clone();
    let first = chain.change(&[0, 1, 2, 4], 1);
    chain.push_empty();
    let second = chain.change(&[1, 2, 4, 5], 1);
    chain.push_empty();
    let tip = chain.push_empty().signed.clone();

    let [third, fourth] = [3, 4].map(Height::new);
    let in_force: Vec<_> = chain
        .blocks
        .iter()
        .filter_map(|block| block.signed.header.set_change())
        .collect();
    let mut fresh = HeaderChain::new(&chain.genesis, &genesis_set);
    let replaces = second.update.replaces;
    let unnamed = fresh.restore(third, &first).unwrap_err();
    assert!(
        matches!(unnamed, UpdateError::UnknownSet { .. }),
        "{unnamed}"
    );
    fresh.restore_in_force(in_force.clone());
    assert_eq!(
        fresh.restore(fourth, &second),
        Err(UpdateError::UnknownSet { replaces })
    );
    let mut forged = first.clone();
    forged.update.first_height = Height::new(9);
    assert!(fresh.restore(third, &forged).is_err());
    fresh.restore(third, &first).unwrap();
    fresh.restore(fourth, &second).unwrap();
    fresh.resume(&tip).unwrap();
    assert_eq!(fresh.height(), fourth);
    assert_eq!(fresh.newest(), &chain.validators.set);

    // Stopped where the next set is not known yet.
    let mut halted = HeaderChain::new(&chain.genesis, &genesis_set);
    halted.restore_in_force(in_force);
    halted.restore(third, &first).unwrap();
    halted.resume(&chain.blocks[2].signed).unwrap();
    let missing = halted.missing().unwrap();
    assert_eq!(missing.height, fourth);
    assert_eq!(halted.newest().root(), replaces);
    let shown = halted.verify_update(&missing, &second).unwrap();
    halted.learn(&shown.set);
    assert_eq!(halted.missing(), None);
}

#[test]
fn custodians_of_every_set_since_a_blocks_own_may_hold_it() {
    let mut chain = GrowingChain::new("holding-test", 4);
    let mut followed = HeaderChain::new(&chain.genesis, &chain.validators.set);
    let mut roots = vec![chain.validators.set.root()];
    for first in 1..10 {
        let update = chain.change(&[first, first + 1, first + 2, first + 3], 1);
        followed.append(&chain.push_empty().signed).unwrap();
        let missing = followed.missing().unwrap();
        let shown = followed.verify_update(&missing, &update).unwrap();
        followed.learn(&shown.set);
        roots.push(chain.validators.set.root());
    }
    let holding = |height: u64| -> Vec<Digest> {
        let sets = followed.holding_sets(Height::new(height));
        sets.into_iter().map(ValidatorSet::root).collect()
    };
    // Each set is in force at one height, the first at height 1.
    for (height, sets) in [
        (10, &[9, 8][..]),
        (9, &[9, 8, 7]),
        (7, &[9, 8, 6, 7, 5]),
        // The newest and its own are among those that are asked, however many came between.
        (1, &[9, 8, 0, 7, 6, 5, 4, 3]),
    ] {
        let expected: Vec<Digest> = sets.iter().map(|set| roots[*set]).collect();
        assert_eq!(holding(height), expected, "{height}");
    }
}

#[test]
fn a_stored_tip_is_verified_before_it_is_continued() {
    let (chain, _) = setup();
    let mut fresh = HeaderChain::new(&chain.genesis, &chain.validators.set);
    let mut forged = chain.blocks[0].signed.clone();
    forged.header.time += 1;
    assert!(fresh.resume(&forged).is_err());
    assert_eq!(fresh.height(), Height::GENESIS);
    fresh.resume(&chain.blocks[0].signed).unwrap();
    assert_eq!(fresh.height(), Height::new(1));
}

#[test]
fn a_retired_set_signs_nothing_until_it_is_named_again() {
    let (mut chain, mut followed) = setup();
    let first = chain.validators.set.clone();
    let mut follow = |chain: &mut GrowingChain, members: &[u8]| {
        let retired = chain.clone();
        let update = chain.change(members, 1);
        followed.append(&chain.push_empty().signed).unwrap();
        if let Some(missing) = followed.missing() {
            let shown = followed.verify_update(&missing, &update).unwrap();
            followed.learn(&shown.set);
        }
        followed.append(&chain.push_empty().signed).unwrap();
        (retired, followed.clone())
    };
    // Validators 0 to 3 finalise blocks 1 and 2, others 3 and 4, and the first again from 5 on.
    let (retired, replaced) = follow(&mut chain, &[0, 1, 2, 4]);
    let (_, returned) = follow(&mut chain, &[0, 1, 2, 3]);
    assert_eq!(returned.newest(), &first);
    let at = |height| retired.next_header(|header| header.height = Height::new(height));
    assert!(replaced.verify_final(&at(2)).is_ok());
    for chain in [&replaced, &returned] {
        for height in [3, 4] {
            let error = chain.verify_final(&at(height)).unwrap_err();
            let retired = matches!(
                &error,
                FollowError::Header(HeaderError::WrongValidatorSet { .. })
            );
            assert!(retired, "height {height}: {error:?}");
        }
    }
    assert!(returned.verify_final(&at(5)).is_ok());
}

#[test]
fn a_chain_that_begins_at_a_checkpoint_takes_sets_of_before_by_their_root() {
    let (mut chain, _) = setup();
    let genesis_set = chain.validators.set.clone();
    let first = chain.change(&[0, 1, 2, 4], 1);
    chain.push_empty();
    chain.push_empty();
    let second = chain.change(&[1, 2, 4, 5], 1);
    chain.push_empty();
    chain.push_empty();
    // The set that was introduced first comes back.
    let third = chain.change(&[0, 1, 2, 4], 1);
    chain.push_empty();
    chain.push_empty();
    let header = |height: usize| &chain.blocks[height - 1].signed;

    let mut fresh = HeaderChain::new(&chain.genesis, &genesis_set);
    fresh.begin(&header(5).header);
    let missing = fresh.missing().unwrap();
    assert_eq!(missing.height, Height::new(5));
    let refused = fresh.verify_update(&missing, &first).unwrap_err();
    assert!(matches!(refused, UpdateError::OtherSet { .. }), "{refused}");
    // Nobody's signature counts here.
    let mut unsigned = second.clone();
    unsigned.certificate.signers = signers(4, &[0, 1]);
    let shown = fresh.verify_update(&missing, &unsigned).unwrap();
    fresh.learn(&shown.set);
    assert!(
        fresh.append(header(6)).is_err(),
        "the checkpoint comes first"
    );
    let mut other = header(5).clone();
    other.header.time += 1;
    let error = fresh.append(&other).unwrap_err();
    assert!(
        matches!(error, FollowError::NotCheckpoint { .. }) && !error.is_final(),
        "{error}"
    );
    fresh.append(header(5)).unwrap();
    fresh.append(header(6)).unwrap();
    // What introduced it is of before the beginning; what names it again is not.
    let missing = fresh.missing().unwrap();
    assert_eq!(missing.root, first.update.validator_set().unwrap().root());
    fresh.verify_update(&missing, &third).unwrap();
    let shown = fresh.verify_update(&missing, &first).unwrap();
    fresh.learn(&shown.set);
    fresh.append(header(7)).unwrap();

    let mut restored = HeaderChain::new(&chain.genesis, &genesis_set);
    restored.begin(&header(5).header);
    assert!(
        restored.restore(Height::new(7), &first).is_err(),
        "nothing has named it"
    );
    restored.restore_in_force(header(6).header.set_change());
    restored.restore(Height::new(5), &second).unwrap();
    restored.restore(Height::new(7), &first).unwrap();
    restored.resume(header(7)).unwrap();
    assert_eq!(restored.newest(), fresh.newest());
    assert_eq!(restored.first(), Height::new(5));
    let error = restored.verify_final(header(4)).unwrap_err();
    assert!(matches!(error, FollowError::BeforeFirst { .. }), "{error}");
}

#[test]
fn validators_are_relied_on_for_the_trusting_period() {
    let (chain, followed) = setup();
    let time = chain.blocks[0].signed.header.time;
    let period = Duration::from_secs(10);
    let check = |period, now| followed.clone().trusting(period).check_age(now);
    assert_eq!(check(Some(period), time + 10_000), Ok(()));
    assert_eq!(check(Some(period), 0), Ok(()), "a clock that is behind");
    let error = check(Some(period), time + 10_001).unwrap_err();
    let (newest, age) = (Height::FIRST, Duration::from_millis(10_001));
    assert_eq!(
        error,
        FollowError::Expired {
            newest,
            age,
            period
        }
    );
    assert!(error.is_final());
    assert_eq!(check(None, u64::MAX), Ok(()));
}

#[test]
fn a_header_of_the_future_prolongs_no_trust() {
    let (chain, followed) = setup();
    let now = chain.blocks[0].signed.header.time;
    let period = Some(Duration::from_secs(10));
    let header = |ahead| chain.next_header(|header| header.time = now + ahead).header;
    let check = |period, ahead| {
        let chain = followed.clone().trusting(period);
        chain.check_clock(&header(ahead), now)
    };
    assert_eq!(check(period, 600_000), Ok(()), "clocks differ");
    let error = check(period, 600_001).unwrap_err();
    assert!(
        matches!(error, FollowError::AheadOfClock { ahead, .. } if ahead.as_millis() == 600_001),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(
        check(None, 600_001),
        Ok(()),
        "without a period it prolongs nothing"
    );
}
