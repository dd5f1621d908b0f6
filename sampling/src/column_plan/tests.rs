#![allow(clippy::unwrap_used)]

use weft_chain::ValidatorIndex;
use weft_encoding::DATA_COLUMNS;

use super::*;
use crate::{CustodyAssignment, holders::tests::set};

/// The holders of the columns of a set, and its assignment.
fn holders(validators: u8) -> (Holders, CustodyAssignment) {
    let set = set(0..validators);
    let assignment = CustodyAssignment::new(&set).unwrap();
    (Holders::new([(&set, &assignment)]), assignment)
}

/// What reading a blob takes.
fn reading(holders: &Holders) -> ColumnPlan<'_> {
    ColumnPlan::new(holders, ColumnSet::ALL, DATA_COLUMNS)
}

/// The columns that a holder owns.
fn owned(holders: &Holders, of: Holder) -> ColumnSet {
    ColumnIndex::all()
        .filter(|column| holders.of(*column).contains(&of))
        .collect()
}

fn column(index: usize) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

/// Who is asked for which columns.
fn columns_of(asks: &[Ask]) -> ColumnSet {
    asks.iter().flat_map(|ask| ask.columns.clone()).collect()
}

fn give(plan: &mut ColumnPlan<'_>, ask: &Ask) {
    ask.columns.iter().for_each(|column| plan.has(*column));
    plan.ended(ask);
}

fn lowest(count: usize, from: ColumnSet) -> ColumnSet {
    from.iter().take(count).collect()
}

#[test]
fn the_data_columns_are_asked_for_once_each_of_their_holders() {
    let (holders, _) = holders(4);
    let mut plan = reading(&holders);
    let asks = plan.next_asks();
    assert_eq!(columns_of(&asks), (0..64).map(column).collect());
    for ask in &asks {
        let owned = owned(&holders, ask.of);
        assert!(ask.columns.iter().all(|column| owned.contains(*column)));
    }
    assert!(
        plan.next_asks().is_empty(),
        "all that is missing is expected"
    );
    for ask in &asks {
        assert!(!plan.is_enough());
        give(&mut plan, ask);
    }
    assert!(plan.is_enough() && plan.next_asks().is_empty());
}

#[test]
fn what_is_at_hand_is_not_asked_for() {
    let (holders, _) = holders(4);
    let mut plan = reading(&holders);
    (60..100).for_each(|index| plan.has(column(index)));
    assert_eq!(columns_of(&plan.next_asks()), (0..24).map(column).collect());
}

#[test]
fn others_are_asked_in_the_place_of_a_slow_one_which_still_counts() {
    let (holders, _) = holders(4);
    let mut plan = reading(&holders);
    let asks = plan.next_asks();
    let (slow, others) = asks.split_first().unwrap();
    plan.slow(slow);
    let instead = plan.next_asks();
    assert!(instead.iter().all(|ask| ask.of != slow.of));
    let elsewhere = ColumnIndex::all()
        .skip(64)
        .collect::<ColumnSet>()
        .difference(owned(&holders, slow.of));
    assert_eq!(
        columns_of(&instead),
        lowest(slow.columns.len(), elsewhere),
        "as many of the next columns"
    );
    // The slow one answers before those that were asked instead.
    give(&mut plan, slow);
    others.iter().for_each(|ask| give(&mut plan, ask));
    assert!(plan.is_enough());
    // A clock that runs out after the answer changes nothing.
    plan.slow(&others[0]);
    assert!(!plan.avoided.contains(&others[0].of));
}

#[test]
fn those_that_failed_are_asked_last_and_nobody_twice_for_a_column() {
    let (holders, _) = holders(4);
    let mut plan = reading(&holders);
    let mut asked = Vec::new();
    loop {
        let asks = plan.next_asks();
        if asks.is_empty() {
            break;
        }
        for ask in asks {
            plan.failed(&ask);
            asked.extend(ask.columns.iter().map(|column| (*column, ask.of)));
        }
    }
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), count, "nobody twice");
    let all = ColumnIndex::all()
        .flat_map(|column| holders.of(column).iter().map(move |of| (column, *of)));
    assert_eq!(count, all.count(), "everybody once");
}

#[test]
fn all_of_the_columns_that_lack_are_asked_for_and_then_any_that_repair() {
    let (holders, assignment) = holders(4);
    let lacking = assignment.columns_of(ValidatorIndex::new(0).unwrap());
    let mut plan = ColumnPlan::new(&holders, lacking, lacking.len());
    let asks = plan.next_asks();
    assert_eq!(columns_of(&asks), lacking);
    assert_eq!(asks.len(), 1, "four validators hold each column once");
    plan.ended(&asks[0]);
    assert!(
        plan.next_asks().is_empty(),
        "the only holder has been asked"
    );
    assert!(!plan.is_enough());

    plan.want(ColumnSet::ALL, DATA_COLUMNS);
    let asks = plan.next_asks();
    let others = ColumnSet::ALL.difference(lacking);
    assert_eq!(columns_of(&asks), lowest(64, others));
    asks.iter().for_each(|ask| give(&mut plan, ask));
    assert!(plan.is_enough() && plan.next_asks().is_empty());
}
