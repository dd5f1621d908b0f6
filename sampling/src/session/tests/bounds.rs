//! What bounds a session: time, retries, requests, and what it is made of.

use weft_encoding::CellCoord;

use super::{
    bench::{Bench, config, ms, requests, shortfall, verdict},
    matrix::{at, matrix},
};
use crate::{
    SamplingSession, Verdict,
    session::{
        BatchId, CellReply, Input, Output, RefusalKind, RequestFailure, RequestId, SessionError,
    },
};

#[test]
fn not_yet_backs_off_and_is_bounded() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let mut request = requests(&bench.offer(0, "a", &[3])).remove(0).0;
    for (now, again_at) in [(0, 100), (100, 300)] {
        assert!(bench.refuse(now, request, &[RefusalKind::Busy]).is_empty());
        assert_eq!(bench.session.next_wake(), Some(ms(again_at)));
        assert!(bench.step(again_at - 1, Input::Tick).is_empty());
        request = requests(&bench.step(again_at, Input::Tick)).remove(0).0;
    }
    assert!(bench.refuse(300, request, &[RefusalKind::Busy]).is_empty());
    // The third was the last: nobody is left, and after the patience that is the verdict.
    assert_eq!(bench.session.next_wake(), Some(ms(800)));
    let out = bench.step(800, Input::Tick);
    assert_eq!(
        (shortfall(&out).refused, shortfall(&out).unanswered),
        (1, 0)
    );
}

#[test]
fn timeouts_are_never_invalid_and_end_as_unanswered() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (first, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    let out = bench.step(1_000, Input::Tick);
    assert!(
        out.is_empty(),
        "given up at its deadline, resting, nobody penalised: {out:?}"
    );
    let late = vec![matrix().forged(at(0, 3))];
    assert!(
        bench
            .step(
                1_001,
                Input::Reply {
                    request: first,
                    replies: late
                }
            )
            .is_empty()
    );
    let (second, ..) = requests(&bench.step(1_100, Input::Tick)).remove(0);
    let failure = RequestFailure::Unreachable;
    assert!(
        bench
            .step(
                1_150,
                Input::Failed {
                    request: second,
                    failure
                }
            )
            .is_empty()
    );
    let out = bench.step(1_650, Input::Tick);
    assert_eq!(
        (shortfall(&out).unanswered, shortfall(&out).invalid),
        (1, 0)
    );
    assert!(
        !out.iter()
            .any(|output| matches!(output, Output::Penalise { .. }))
    );
}

#[test]
fn verification_that_did_not_come_about_is_nobodys_fault() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    let replies = vec![matrix().reply(at(0, 3))];
    let out = bench.step(
        1,
        Input::Reply {
            request: id,
            replies,
        },
    );
    let [Output::Verify { id, .. }] = out[..] else {
        panic!("{out:?}")
    };
    let out = bench.step(
        2,
        Input::Verified {
            batch: id,
            results: Vec::new(),
        },
    );
    assert!(out.is_empty(), "{out:?}");
    assert_eq!(
        requests(&bench.step(102, Input::Tick)).len(),
        1,
        "asked again"
    );
}

#[test]
fn limits_on_requests_hold() {
    let samples: Vec<CellCoord> = (0..60).map(|c| at(0, c)).collect();
    let columns: Vec<usize> = (0..60).collect();
    let mut bench = Bench::with(samples, config());
    let mut asked = requests(&bench.offer(0, "a", &columns));
    assert_eq!(asked.len(), 1, "one request in flight to one peer");
    assert_eq!(asked[0].2.len(), 8);
    for peer in ["b", "c", "d", "e", "f"] {
        asked.extend(requests(&bench.offer(1, peer, &columns)));
    }
    assert_eq!(asked.len(), 4, "four in flight in all");
    let (id, _, coords) = asked.remove(0);
    assert_eq!(
        requests(&bench.serve(2, id, &coords)).len(),
        1,
        "a place becomes free"
    );
}

#[test]
fn fallbacks_have_half_of_the_requests_in_flight() {
    let samples: Vec<CellCoord> = (0..60).map(|c| at(0, c)).collect();
    let mut bench = Bench::with(samples, config());
    let mut asked = Vec::new();
    for peer in ["a", "b", "c", "d", "e", "f"] {
        asked.extend(requests(&bench.fallback(1, peer)));
    }
    assert_eq!(asked.len(), 2);
    assert_eq!(requests(&bench.offer(2, "custodian", &[50])).len(), 1);
}

#[test]
fn the_attempts_for_one_sample_are_bounded() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let peers = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut open: Vec<RequestId> = Vec::new();
    for peer in peers {
        open.extend(requests(&bench.offer(0, peer, &[3])).iter().map(|r| r.0));
    }
    let mut attempts = 0;
    while let Some(id) = open.pop() {
        attempts += 1;
        let out = bench.refuse(1, id, &[RefusalKind::NotHeld]);
        open.extend(requests(&out).iter().map(|r| r.0));
    }
    assert_eq!(attempts, 6);
    assert_eq!(shortfall(&bench.step(501, Input::Tick)).refused, 1);
}

#[test]
fn a_new_custodian_is_asked_although_the_attempts_are_used_up() {
    let mut bench = Bench::with(vec![at(0, 3), at(0, 9)], config());
    let (kept, ..) = requests(&bench.offer(0, "busy", &[9])).remove(0);
    for peer in ["a", "c", "d", "e", "f", "g"] {
        let (id, _, coords) = requests(&bench.offer(1, peer, &[3])).remove(0);
        assert_eq!(coords, [at(0, 3)]);
        assert!(bench.refuse(1, id, &[RefusalKind::NotHeld]).is_empty());
    }
    let (id, who, coords) = requests(&bench.offer(3, "b", &[3])).remove(0);
    assert_eq!(who, "b");
    assert!(bench.serve(4, id, &coords).is_empty());
    assert!(verdict(&bench.serve(5, kept, &[at(0, 9)])).is_available());
}

#[test]
fn the_deadline_ends_everything() {
    let mut bench = Bench::new();
    bench.offer(0, "a", &[3]);
    let out = bench.step(10_000, Input::Tick);
    let shortfall = shortfall(&out);
    assert_eq!(
        (
            shortfall.unanswered,
            shortfall.unreached,
            shortfall.verified
        ),
        (2, 1, 0)
    );
    assert!(shortfall.confidence.abs() < 1e-12);
}

#[test]
fn a_withdrawn_peer_is_not_asked() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    bench.step(1, Input::Withdraw { peer: "a" });
    bench.refuse(2, id, &[RefusalKind::NotYet]);
    assert!(requests(&bench.step(300, Input::Tick)).is_empty());
    assert_eq!(
        requests(&bench.offer(310, "a", &[3])).len(),
        1,
        "until it is offered again"
    );
}

#[test]
fn answers_to_questions_that_were_not_asked_change_nothing() {
    let mut bench = Bench::new();
    let replies = vec![CellReply::Refused(RefusalKind::NotHeld)];
    assert!(
        bench
            .step(
                0,
                Input::Reply {
                    request: RequestId(99),
                    replies
                }
            )
            .is_empty()
    );
    assert!(
        bench
            .step(
                0,
                Input::Verified {
                    batch: BatchId(99),
                    results: vec![]
                }
            )
            .is_empty()
    );
    let failure = RequestFailure::Malformed;
    assert!(
        bench
            .step(
                0,
                Input::Failed {
                    request: RequestId(99),
                    failure
                }
            )
            .is_empty()
    );
}

#[test]
fn an_empty_block_is_available_at_once() {
    let mut session = SamplingSession::<&str>::new(0, Vec::new(), config(), ms(0)).unwrap();
    let mut out = Vec::new();
    session.handle(ms(0), Input::Tick, &mut out);
    let Verdict::Available {
        confidence,
        samples: 0,
    } = verdict(&out)
    else {
        panic!("{out:?}")
    };
    assert!((confidence - 1.0).abs() < 1e-15);
}

#[test]
fn samples_that_prove_nothing_are_refused() {
    let new = |rows, samples| SamplingSession::<&str>::new(rows, samples, config(), ms(0)).err();
    assert_eq!(new(1, vec![]), Some(SessionError::NoSamples { rows: 1 }));
    assert_eq!(
        new(257, vec![at(0, 0)]),
        Some(SessionError::TooManyRows {
            rows: 257,
            max: 256
        })
    );
    assert_eq!(
        new(1, vec![at(2, 0)]),
        Some(SessionError::OutsideMatrix {
            row: 2,
            extended_rows: 2
        })
    );
    assert_eq!(
        new(1, vec![at(0, 1), at(0, 1)]),
        Some(SessionError::Duplicate(at(0, 1)))
    );
}
