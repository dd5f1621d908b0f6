//! Which validator sets' custodians may hold a blob.

use weft_chain::{Height, SetRoot, ValidatorHistory};
use weft_encoding::Digest;

/// The most validator sets whose custodians are asked for one blob. Where the validators changed more
/// often since the blob's block, the oldest sets between are left out.
pub const MAX_HOLDING_SETS: usize = 8;

/// The validator sets whose custodians may hold a blob, in the order in which to ask them, none twice.
///
/// 1. The current set, that of `next`, the height to come: custody follows it.
/// 2. The coming set: its custodians fetch what they will own.
/// 3. The set before the current one: its custodians are the last that handed over.
/// 4. The set with root `certified_by`: its custodians signed that they hold the blob.
/// 5. The set of the block at `placed`.
/// 6. The sets since that block, the newest first: each may hold what later ones have not fetched yet.
/// 7. The set before the block's own, unless set 4 is known: the block may have ordered its certificate.
///
/// Recent sets come before the blob's own: their validators run, and fetched the blob; those of an old
/// set may be gone. `placed` is `None` for a blob that no block has ordered; it may be above `next`.
/// Ask the first [`MAX_HOLDING_SETS`] that are known.
pub fn holding_sets<'a, S: SetRoot>(
    history: &'a ValidatorHistory<S>,
    next: Height,
    placed: Option<Height>,
    certified_by: Option<&Digest>,
) -> impl Iterator<Item = &'a S> {
    let of_certificate = certified_by.and_then(|root| history.by_root(root));
    let since = placed.into_iter().flat_map(move |placed| {
        let own = history.at(placed).into_iter();
        own.chain(history.in_force_during(placed, next))
    });
    let uncertified = placed.filter(|_| of_certificate.is_none()).into_iter();
    let before = uncertified.flat_map(move |placed| history.all_certifying(placed));
    let candidates = history
        .current_and_coming(next)
        .chain(history.all_certifying(next))
        .chain(of_certificate)
        .chain(since)
        .chain(before);
    let mut seen = Vec::new();
    candidates.filter(move |set| {
        let root = set.set_root();
        let is_new = !seen.contains(&root);
        if is_new {
            seen.push(root);
        }
        is_new
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(set: u8) -> Digest {
        Digest::from_bytes([set; 32])
    }

    /// Set 0 is in force from height 1 on, and another from each tenth height on.
    fn history(sets: u8) -> ValidatorHistory<Digest> {
        let mut history = ValidatorHistory::new(Height::FIRST, root(0));
        for set in 1..sets {
            history.schedule(Height::new(u64::from(set) * 10), root(set));
        }
        history
    }

    fn asked(
        history: &ValidatorHistory<Digest>,
        next: u64,
        placed: Option<u64>,
        certified_by: Option<u8>,
    ) -> Vec<u8> {
        let (placed, certified_by) = (placed.map(Height::new), certified_by.map(root));
        let sets = holding_sets(history, Height::new(next), placed, certified_by.as_ref());
        sets.map(|root| root.as_bytes()[0]).collect()
    }

    #[test]
    fn every_set_since_the_blob_may_hold_it() {
        let history = history(5);
        for (next, placed, certified_by, sets) in [
            // Current, the one before it, the block's own, and those between.
            (45, Some(5), None, &[4, 3, 0, 2, 1][..]),
            (45, Some(15), None, &[4, 3, 1, 2, 0]),
            (45, Some(15), Some(1), &[4, 3, 1, 2]),
            (45, Some(15), Some(0), &[4, 3, 0, 1, 2]),
            // The coming set comes second.
            (35, Some(35), None, &[3, 4, 2]),
            (35, Some(25), None, &[3, 4, 2, 1]),
            (35, None, None, &[3, 4, 2]),
            (35, None, Some(0), &[3, 4, 2, 0]),
            // A block above the head, as a hostile asker may name it.
            (35, Some(100), None, &[3, 4, 2]),
            (1, Some(1), None, &[0, 1]),
            (45, Some(45), Some(9), &[4, 3]),
        ] {
            let case = format!("next {next}, placed {placed:?}, certified by {certified_by:?}");
            assert_eq!(asked(&history, next, placed, certified_by), sets, "{case}");
        }
    }

    #[test]
    fn sets_that_return_and_changes_of_contacts_are_asked_once() {
        let mut history = history(3);
        history.schedule(Height::new(30), root(1));
        history.schedule(Height::new(40), root(1));
        assert_eq!(asked(&history, 45, Some(5), None), [1, 2, 0]);
        assert_eq!(asked(&history, 35, Some(35), None), [1, 2]);
    }

    #[test]
    fn sets_before_the_history_begins_are_not_asked() {
        let mut late = ValidatorHistory::new(Height::new(20), root(2));
        late.schedule(Height::new(30), root(3));
        assert_eq!(asked(&late, 35, Some(20), None), [3, 2]);
        assert_eq!(asked(&late, 35, Some(5), Some(0)), [3, 2]);
    }

    #[test]
    fn after_many_changes_the_likeliest_are_asked() {
        let asked = asked(&history(12), 115, Some(1), Some(0));
        assert_eq!(asked[..MAX_HOLDING_SETS], [11, 10, 0, 9, 8, 7, 6, 5]);
    }
}
