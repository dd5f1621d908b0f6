//! Sequences of changes, in every order of becoming known.

use super::*;

fn set(name: u8) -> Digest {
    Digest::from_bytes([name; 32])
}

const A: u8 = 1;
const B: u8 = 2;
const C: u8 = 3;

/// A change to `next` at `first`, which `replaced` decided.
type Change = (u64, u8, u8);

fn history(changes: &[Change]) -> ProvenHistory {
    let mut history = ProvenHistory::new(set(A));
    for &(first, replaced, next) in changes {
        history.add(Height::new(first), set(replaced), set(next));
    }
    history
}

fn in_force(history: &ProvenHistory, height: u64) -> u8 {
    let at = Height::new(height);
    let found = [A, B, C]
        .into_iter()
        .filter(|name| history.is_in_force(&set(*name), at));
    let found: Vec<u8> = found.collect();
    assert_eq!(found.len(), 1, "one set at {height}: {found:?}");
    found[0]
}

#[test]
fn a_set_is_in_force_until_it_is_replaced_and_again_when_it_is_back() {
    let history = history(&[(10, A, B), (20, B, A)]);
    for (height, expected) in [(1, A), (9, A), (10, B), (19, B), (20, A), (99, A)] {
        assert_eq!(in_force(&history, height), expected, "{height}");
    }
    assert!(history.came_after(&set(A), Height::new(10)));
    assert!(history.came_after(&set(B), Height::new(20)));
    assert!(!history.came_after(&set(B), Height::new(19)));
    assert_eq!(
        history.absence(&set(A), Height::new(15)),
        Absence::Replaced(Height::new(10))
    );
    assert_eq!(
        history.absence(&set(B), Height::new(5)),
        Absence::Early(Height::new(10))
    );
    assert_eq!(history.absence(&set(C), Height::new(5)), Absence::Unknown);
}

#[test]
fn a_change_that_a_replaced_set_decided_counts_once_its_return_is_known() {
    // As long as nobody has shown that B replaced A, A may be followed by C.
    let ignorant = history(&[(30, A, C)]);
    assert_eq!(in_force(&ignorant, 30), C);
    let knowing = history(&[(30, A, C), (10, A, B)]);
    assert_eq!(in_force(&knowing, 30), B);
    assert!(!knowing.has(&set(C)));
    let whole = history(&[(30, A, C), (10, A, B), (20, B, A)]);
    assert_eq!(in_force(&whole, 29), A);
    assert_eq!(in_force(&whole, 30), C);
}

#[test]
fn no_set_before_a_checkpoint_is_in_force_after_it() {
    let mut history = history(&[(10, A, B), (30, A, C)]);
    history.begin(Height::new(20), set(B));
    for (height, expected) in [(9, A), (19, B), (20, B), (40, B)] {
        assert_eq!(in_force(&history, height), expected, "{height}");
    }
    assert!(history.has(&set(A)) && history.has(&set(B)) && !history.has(&set(C)));
    assert_eq!(
        history.absence(&set(A), Height::new(40)),
        Absence::Replaced(Height::new(20))
    );
}
