//! Attacks by peers that need not have a cell: anybody can be one, in any number.

use std::collections::VecDeque;

use weft_encoding::CellCoord;

use super::{
    bench::{Bench, requests, shortfall},
    matrix::{at, matrix},
};
use crate::{
    ColumnSet, SessionConfig, Verdict,
    session::{CellReply, Input, Output, RefusalKind, Tier},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stranger {
    Refuses,
    SaysBusy,
    Lies,
    Stalls,
}

impl Stranger {
    const ALL: [Self; 4] = [Self::Refuses, Self::SaysBusy, Self::Lies, Self::Stalls];

    fn reply(self, coord: CellCoord) -> Option<CellReply> {
        match self {
            Self::Refuses => Some(CellReply::Refused(RefusalKind::NotHeld)),
            Self::SaysBusy => Some(CellReply::Refused(RefusalKind::Busy)),
            Self::Lies => Some(matrix().forged(coord)),
            Self::Stalls => None,
        }
    }
}

fn offer(peer: &'static str, tier: Tier) -> Input<&'static str> {
    Input::Offer {
        peer,
        columns: ColumnSet::ALL,
        tier,
    }
}

/// Runs a session over `samples` to its verdict, and says when that was.
///
/// The strangers answer at once. The custodian is offered at `found_at` and has the cells from
/// `ready_at` on, "not yet" before; times are in milliseconds.
fn run(
    samples: Vec<CellCoord>,
    strangers: (usize, Stranger),
    found_at: u64,
    ready_at: u64,
) -> (Verdict, u64) {
    let mut bench = Bench::with(samples, SessionConfig::default());
    let mut now = 0;
    let mut out = VecDeque::new();
    let mut found = found_at == 0;
    if found {
        out.extend(bench.step(now, offer("custodian", Tier::Custodian)));
    }
    for stranger in 0..strangers.0 {
        let name = format!("stranger {stranger}").leak();
        out.extend(bench.step(now, offer(name, Tier::Fallback)));
    }
    loop {
        let Some(output) = out.pop_front() else {
            let wake = bench.session.next_wake().expect("not over");
            now = now.max(u64::try_from(wake.as_millis()).expect("within the deadline"));
            let input = if !found && now >= found_at {
                found = true;
                now = found_at;
                offer("custodian", Tier::Custodian)
            } else {
                Input::Tick
            };
            out.extend(bench.step(now, input));
            continue;
        };
        match output {
            Output::Request {
                id, peer, coords, ..
            } => {
                let reply = |&coord: &CellCoord| match peer {
                    "custodian" if now >= ready_at => Some(matrix().reply(coord)),
                    "custodian" => Some(CellReply::Refused(RefusalKind::NotYet)),
                    _ => strangers.1.reply(coord),
                };
                if let Some(replies) = coords.iter().map(reply).collect() {
                    out.extend(bench.step(
                        now,
                        Input::Reply {
                            request: id,
                            replies,
                        },
                    ));
                }
            }
            Output::Verify { id, cells } => {
                let results = matrix().verify_each(&cells);
                out.extend(bench.step(now, Input::Verified { batch: id, results }));
            }
            Output::Penalise { peer, .. } => assert_ne!(peer, "custodian"),
            Output::Done(verdict) => return (verdict, now),
        }
    }
}

fn cells(count: usize) -> Vec<CellCoord> {
    (0..count).map(|i| at(i % 2, i * 128 / count)).collect()
}

#[test]
fn twelve_strangers_that_refuse_do_not_turn_not_yet_into_not_enough() {
    for strangers in [12, 200] {
        for count in [1, 70] {
            let (verdict, _) = run(cells(count), (strangers, Stranger::Refuses), 0, 1_000);
            assert!(verdict.is_available(), "{strangers} strangers: {verdict:?}");
        }
    }
}

/// A custodian that gets the cells is heard within its own longest wait, whatever strangers do.
#[test]
fn no_number_of_strangers_shields_a_custodian() {
    let longest_wait = 2_000;
    for behaviour in Stranger::ALL {
        for strangers in [1, 12, 200] {
            for count in [1, 4] {
                let (verdict, at) = run(cells(count), (strangers, behaviour), 0, 5_000);
                assert!(
                    verdict.is_available() && at <= 5_000 + longest_wait,
                    "{strangers} x {behaviour:?}: {verdict:?} at {at} ms"
                );
            }
        }
    }
}

#[test]
fn strangers_cannot_end_a_session_before_its_custodian_is_found() {
    for behaviour in Stranger::ALL {
        let (verdict, _) = run(cells(8), (200, behaviour), 1_900, 1_900);
        assert!(verdict.is_available(), "{behaviour:?}: {verdict:?}");
    }
}

/// Every stranger is asked a bounded number of times, and the session ends without a custodian too.
#[test]
fn a_session_of_strangers_ends() {
    for behaviour in Stranger::ALL {
        let (verdict, at) = run(cells(3), (20, behaviour), u64::MAX, 0);
        assert!(
            matches!(verdict, Verdict::NotEnough(_)) && at <= 60_000,
            "{behaviour:?}: {verdict:?} at {at} ms"
        );
        if matches!(behaviour, Stranger::Refuses | Stranger::Lies) {
            assert_eq!(at, 2_000, "the patience for new peers, and no more");
        }
    }
}

/// The other way round: custodians that say "not yet" for ever do not keep a gateway from giving.
#[test]
fn a_custodian_that_puts_off_does_not_shield_a_gateway() {
    let mut bench = Bench::with(vec![at(0, 3)], SessionConfig::default());
    let (id, who, _) = requests(&bench.offer(0, "custodian", &[3])).remove(0);
    assert_eq!(who, "custodian");
    assert!(bench.fallback(0, "gateway").is_empty(), "one at a time");
    let out = bench.refuse(5, id, &[RefusalKind::NotYet]);
    let (id, who, coords) = requests(&out).remove(0);
    assert_eq!(who, "gateway");
    // The custodian is asked again although the gateway has not answered.
    let (_, who, _) = requests(&bench.step(105, Input::Tick)).remove(0);
    assert_eq!(who, "custodian");
    let out = bench.serve(200, id, &coords);
    assert!(matches!(
        out.last(),
        Some(Output::Done(Verdict::Available { .. }))
    ));
}

#[test]
fn custodians_use_up_attempts_and_strangers_none() {
    let config = SessionConfig {
        max_attempts: 2,
        ..SessionConfig::default()
    };
    let mut bench = Bench::with(vec![at(0, 3)], config);
    for stranger in ["a", "b", "c", "d"] {
        let (id, ..) = requests(&bench.fallback(0, stranger)).remove(0);
        assert!(bench.refuse(0, id, &[RefusalKind::NotHeld]).is_empty());
    }
    let (mut id, ..) = requests(&bench.offer(0, "e", &[3])).remove(0);
    for custodian in ["f", "g"] {
        assert!(bench.offer(0, custodian, &[3]).is_empty());
    }
    let out = bench.refuse(1, id, &[RefusalKind::NotHeld]);
    id = requests(&out).remove(0).0;
    assert!(bench.refuse(2, id, &[RefusalKind::NotHeld]).is_empty());
    assert_eq!(shortfall(&bench.step(2_002, Input::Tick)).refused, 1);
}
