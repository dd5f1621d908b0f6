#![allow(clippy::unwrap_used)]

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn book() -> ScoreBook<u8> {
    ScoreBook::new(ScoreConfig {
        ban_at: 100,
        half_life: seconds(100),
        first_ban: seconds(10),
        longest_ban: seconds(35),
        remembered_peers: NonZeroUsize::new(2).unwrap(),
    })
}

#[test]
fn offences_add_up_to_a_ban_that_ends() {
    let mut book = book();
    assert_eq!(
        book.record(seconds(0), 1, Offence::InvalidProof),
        Sentence::Noted
    );
    assert!(!book.is_banned(&1));
    let sentence = book.record(seconds(0), 1, Offence::InvalidProof);
    assert_eq!(
        sentence,
        Sentence::Banned {
            until: seconds(10),
            released: None
        }
    );
    assert!(book.is_banned(&1));
    assert_eq!(
        book.record(seconds(1), 1, Offence::Malformed),
        Sentence::AlreadyBanned
    );
    assert!(book.expire(seconds(9)).is_empty());
    assert_eq!(book.expire(seconds(10)), vec![1]);
    assert!(!book.is_banned(&1));
}

#[test]
fn a_score_halves_in_the_half_life() {
    let mut book = book();
    book.record(seconds(0), 1, Offence::InvalidProof);
    assert!((book.score(seconds(100), &1) - 25.0).abs() < 1e-9);
    assert!((book.score(seconds(200), &1) - 12.5).abs() < 1e-9);
    assert_eq!(
        book.record(seconds(100), 1, Offence::InvalidProof),
        Sentence::Noted,
        "25 + 50 is below the threshold"
    );
}

#[test]
fn each_ban_is_twice_as_long_up_to_the_longest() {
    let mut book = book();
    let mut now = Duration::ZERO;
    for expected in [10, 20, 35, 35] {
        book.record(now, 1, Offence::InvalidProof);
        let Sentence::Banned { until, .. } = book.record(now, 1, Offence::InvalidProof) else {
            panic!("two bad proofs are a ban");
        };
        assert_eq!(until - now, seconds(expected));
        now = until;
        assert_eq!(book.expire(now), vec![1]);
    }
}

#[test]
fn memory_is_bounded_however_many_peers_offend() {
    let mut book = book();
    for peer in 1..=3u8 {
        book.record(seconds(u64::from(peer)), peer, Offence::InvalidProof);
    }
    assert_eq!(
        book.score(seconds(3), &1),
        0.0,
        "the least recent offender is forgotten"
    );
    for peer in 11..=13u8 {
        book.record(seconds(20), peer, Offence::InvalidProof);
        let sentence = book.record(seconds(20), peer, Offence::InvalidProof);
        let Sentence::Banned { released, .. } = sentence else {
            panic!("a ban, not {sentence:?}")
        };
        assert_eq!(released.is_some(), peer == 13, "the third ban releases one");
    }
    assert_eq!(book.banned(), 2);
    assert!(book.is_banned(&13));
}

#[test]
fn every_offence_is_the_peers_fault_and_counts() {
    for offence in Offence::ALL {
        assert_eq!(offence.fault(), Fault::Peer);
        assert!(offence.weight() > 0);
    }
}

#[test]
fn a_config_without_sense_is_refused() {
    let fine = ScoreConfig::default();
    assert!(fine.check().is_ok());
    for bad in [
        ScoreConfig { ban_at: 0, ..fine },
        ScoreConfig {
            half_life: Duration::ZERO,
            ..fine
        },
        ScoreConfig {
            longest_ban: seconds(1),
            ..fine
        },
    ] {
        assert!(
            matches!(bad.check(), Err(NetworkError::Limit { .. })),
            "{bad:?}"
        );
    }
}

#[test]
fn by_default_offences_some_seconds_apart_still_add_up() {
    for (offence, needed) in [
        (Offence::InvalidProof, 2),
        (Offence::Malformed, 4),
        (Offence::InvalidGossip, 5),
    ] {
        let mut book = ScoreBook::new(ScoreConfig::default());
        for count in 1..=needed {
            let sentence = book.record(seconds(10 * count), 1, offence);
            let banned = matches!(sentence, Sentence::Banned { .. });
            assert_eq!(
                banned,
                count == needed,
                "{offence:?}, the {count}th: {sentence:?}"
            );
        }
    }
}
