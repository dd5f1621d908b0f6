//! The bounds on what proposers may send.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::*;

fn part(height: u64, round: u32, header: u8) -> BlockPart {
    BlockPart {
        height: Height::new(height).into(),
        round,
        header_hash: HeaderHash::from_bytes([header; 32]),
        signature: Signature::from_bytes([header; 96]),
        block: Bytes::new(),
    }
}

fn book(height: u64, round: u32) -> (PartBook, Height) {
    let mut book = PartBook::default();
    book.started(Height::new(height), round);
    (book, Height::new(height))
}

#[test]
fn a_round_has_place_for_two_headers() {
    let (mut book, next) = book(5, 0);
    for header in [1, 2] {
        assert_eq!(book.admit(next, &part(5, 0, header)), Admission::Verify);
        assert!(book.begin(&part(5, 0, header)));
    }
    assert_eq!(book.admit(next, &part(5, 0, 3)), Admission::Ignore);
    assert!(!book.begin(&part(5, 0, 3)));
    assert!(!book.begin(&part(5, 0, 1)));
    // Another round has its own slots.
    assert_eq!(book.admit(next, &part(5, 1, 3)), Admission::Verify);
}

#[test]
fn an_outcome_is_told_again_but_not_for_ever() {
    let (mut book, next) = book(5, 0);
    let part = part(5, 0, 1);
    assert!(book.begin(&part));
    assert_eq!(
        book.admit(next, &part),
        Admission::Ignore,
        "still verifying"
    );
    book.settle(next, 0, &part.header_hash, Some(Validity::Valid));
    assert_eq!(
        book.settled(next, 0),
        vec![(part.header_hash, Validity::Valid)]
    );
    for _ in 1..DELIVERIES {
        assert_eq!(book.admit(next, &part), Admission::Known(Validity::Valid));
    }
    assert_eq!(book.admit(next, &part), Admission::Ignore);
    assert_eq!(
        book.signature(next, 0, &part.header_hash),
        Some(part.signature)
    );
}

#[test]
fn a_part_without_outcome_gives_its_place_back() {
    let (mut book, next) = book(5, 0);
    let part = part(5, 0, 1);
    assert!(book.begin(&part));
    book.settle(next, 0, &part.header_hash, None);
    assert_eq!(book.admit(next, &part), Admission::Verify);
}

#[test]
fn rounds_and_heights_out_of_reach_are_ignored() {
    let (mut book, next) = book(5, 3);
    assert_eq!(book.admit(next, &part(4, 0, 1)), Admission::Ignore);
    assert_eq!(book.admit(next, &part(5, 13, 1)), Admission::Verify);
    assert_eq!(book.admit(next, &part(5, 14, 1)), Admission::Ignore);
    assert_eq!(book.admit(next, &part(5, u32::MAX, 1)), Admission::Ignore);
    assert_eq!(book.admit(next, &part(8, 1, 1)), Admission::Early);
    assert_eq!(book.admit(next, &part(8, 2, 1)), Admission::Ignore);
    assert_eq!(book.admit(next, &part(9, 0, 1)), Admission::Ignore);
    assert_eq!(book.admit(next, &part(u64::MAX, 0, 1)), Admission::Ignore);
    // The height is decided, but the engine has not started the next one.
    assert_eq!(
        book.admit(Height::new(6), &part(6, 10, 1)),
        Admission::Verify
    );
    assert_eq!(
        book.admit(Height::new(6), &part(6, 11, 1)),
        Admission::Ignore
    );
}

#[test]
fn early_parts_wait_for_their_height_one_a_round() {
    let (mut book, next) = book(5, 0);
    for (height, round) in [(6, 0), (6, 1), (7, 0)] {
        let part = part(height, round, 1);
        assert_eq!(book.admit(next, &part), Admission::Early);
        assert_eq!(book.keep_early(part), None);
    }
    assert_eq!(book.admit(next, &part(6, 0, 2)), Admission::Ignore);
    book.started(Height::new(6), 0);
    let taken = book.take_early(Height::new(6));
    assert_eq!(taken, vec![part(6, 0, 1), part(6, 1, 1)]);
    assert!(book.take_early(Height::new(6)).is_empty());
    assert_eq!(book.take_early(Height::new(7)), vec![part(7, 0, 1)]);
}

#[test]
fn an_early_part_whose_height_began_meanwhile_is_not_kept_for_nobody() {
    let (mut book, next) = book(5, 0);
    let part = part(6, 0, 1);
    assert_eq!(book.admit(next, &part), Admission::Early);
    // Its signature is being verified when the height begins.
    book.started(Height::new(6), 0);
    assert!(book.take_early(Height::new(6)).is_empty());
    assert_eq!(book.keep_early(part.clone()), Some(part));
}

#[test]
fn heights_below_are_forgotten() {
    let (mut book, next) = book(5, 0);
    let old = part(5, 0, 1);
    assert!(book.begin(&old));
    book.settle(next, 0, &old.header_hash, Some(Validity::Valid));
    book.started(Height::new(6), 0);
    assert!(book.settled(next, 0).is_empty());
    assert_eq!(book.signature(next, 0, &old.header_hash), None);
}
