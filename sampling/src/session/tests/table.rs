//! The machine step by step: an input, and what must come out.

use weft_encoding::VerifyError;

use super::{
    bench::{Bench, config, ms, requests, shortfall, verdict},
    matrix::{at, matrix},
};
use crate::{
    Verdict,
    session::{CellReply, Evidence, Input, Offence, Output, RefusalKind, RequestFailure, Tier},
};

#[test]
fn all_samples_verified_is_available_with_the_exact_confidence() {
    let mut bench = Bench::new();
    let out = bench.offer(0, "a", &[3]);
    let asked = requests(&out);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].2, [at(0, 3), at(1, 3)]);
    let out = bench.offer(5, "b", &[9]);
    let asked_b = requests(&out);
    assert_eq!((asked_b[0].1, &asked_b[0].2[..]), ("b", &[at(0, 9)][..]));

    assert!(bench.serve(10, asked[0].0, &asked[0].2).is_empty());
    assert_eq!(bench.session.progress().verified, 2);
    let out = bench.serve(20, asked_b[0].0, &asked_b[0].2);
    let expected = 1.0 - (126.0 * 125.0 * 124.0) / (256.0 * 255.0 * 254.0);
    let Verdict::Available {
        confidence,
        samples: 3,
    } = verdict(&out)
    else {
        panic!("{out:?}")
    };
    assert!((confidence - expected).abs() < 1e-12);
    assert_eq!(bench.session.next_wake(), None);
    assert!(
        bench.step(30, Input::Tick).is_empty(),
        "nothing follows the verdict"
    );
}

#[test]
fn a_cell_is_not_verified_before_verification_says_so() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, _, coords) = requests(&bench.offer(0, "a", &[3])).remove(0);
    let replies = vec![matrix().reply(coords[0])];
    let out = bench.step(
        1,
        Input::Reply {
            request: id,
            replies,
        },
    );
    assert!(matches!(out[..], [Output::Verify { .. }]));
    assert_eq!(bench.session.progress().verified, 0);
    // A verified cell of another place does not count for this one.
    let Output::Verify { id, .. } = &out[0] else {
        unreachable!()
    };
    let other = matrix().reply(at(0, 4));
    let CellReply::Cell { cell, proof } = other else {
        unreachable!()
    };
    let other = weft_encoding::UnverifiedCell {
        coord: at(0, 4),
        cell,
        proof,
    };
    bench.step(
        2,
        Input::Verified {
            batch: *id,
            results: vec![matrix().verify(&other)],
        },
    );
    assert_eq!(bench.session.progress().verified, 0);
}

#[test]
fn custodians_are_asked_before_fallbacks_and_each_other_before_again() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    bench.session.handle(ms(0), Input::Tick, &mut Vec::new());
    let (first, who, _) = requests(&bench.offer(0, "custodian", &[3])).remove(0);
    assert_eq!(who, "custodian");
    assert!(
        bench.fallback(1, "gateway").is_empty(),
        "it is already asked for"
    );
    let out = bench.refuse(2, first, &[RefusalKind::NotYet]);
    let (second, who, _) = requests(&out).remove(0);
    assert_eq!(who, "gateway");
    let out = bench.refuse(3, second, &[RefusalKind::NotHeld]);
    assert!(
        requests(&out).is_empty(),
        "the custodian rests, the gateway has said no"
    );
    assert_eq!(bench.session.next_wake(), Some(ms(102)));
    let (third, who, coords) = requests(&bench.step(102, Input::Tick)).remove(0);
    assert_eq!(who, "custodian");
    let out = bench.serve(110, third, &coords);
    assert!(verdict(&out).is_available());
}

#[test]
fn a_refused_sample_waits_for_new_peers_and_takes_them() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    assert!(bench.refuse(10, id, &[RefusalKind::NotHeld]).is_empty());
    let (id, who, coords) = requests(&bench.fallback(400, "late")).remove(0);
    assert_eq!(who, "late");
    assert!(verdict(&bench.serve(410, id, &coords)).is_available());
}

#[test]
fn a_peer_that_becomes_a_custodian_is_asked_again_once() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.fallback(0, "a")).remove(0);
    assert!(bench.refuse(10, id, &[RefusalKind::NotHeld]).is_empty());
    assert!(bench.fallback(20, "a").is_empty(), "nothing has changed");
    assert!(bench.offer(30, "a", &[9]).is_empty(), "another column");
    let (id, ..) = requests(&bench.offer(40, "a", &[3, 9])).remove(0);
    assert!(bench.refuse(50, id, &[RefusalKind::NotHeld]).is_empty());
    bench.fallback(60, "a");
    assert!(
        bench.offer(70, "a", &[3]).is_empty(),
        "it was the column's custodian when it refused"
    );
}

#[test]
fn a_refusal_on_its_way_while_custody_moves_does_not_count() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.fallback(0, "a")).remove(0);
    assert!(bench.offer(10, "a", &[3]).is_empty(), "it is being asked");
    let out = bench.refuse(20, id, &[RefusalKind::NotHeld]);
    let (id, _, coords) = requests(&out).remove(0);
    assert!(verdict(&bench.serve(30, id, &coords)).is_available());
}

#[test]
fn a_peer_that_is_no_custodian_any_more_is_asked_after_those_that_are() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    assert!(bench.refuse(10, id, &[RefusalKind::NotYet]).is_empty());
    let columns = [at(0, 3).column].into_iter().collect();
    let (peer, tier) = ("a", Tier::Fallback);
    let replaced = Input::Offer {
        peer,
        columns,
        tier,
    };
    assert!(bench.step(20, replaced).is_empty(), "it rests");
    let (id, who, _) = requests(&bench.offer(30, "b", &[3])).remove(0);
    assert_eq!(who, "b");
    assert!(bench.refuse(40, id, &[RefusalKind::NotHeld]).is_empty());
    let (_, who, _) = requests(&bench.step(110, Input::Tick)).remove(0);
    assert_eq!(who, "a");
}

#[test]
fn one_refused_sample_of_many_is_not_enough_and_the_confidence_says_how_much() {
    let mut bench = Bench::new();
    let (id, ..) = requests(&bench.offer(0, "a", &[3, 9])).remove(0);
    let replies = vec![
        matrix().reply(at(0, 3)),
        CellReply::Refused(RefusalKind::NotHeld),
        matrix().reply(at(0, 9)),
    ];
    let out = bench.step(
        10,
        Input::Reply {
            request: id,
            replies,
        },
    );
    assert!(bench.verify(10, out).is_empty());
    let out = bench.step(600, Input::Tick);
    let shortfall = shortfall(&out);
    assert_eq!(
        (shortfall.asked, shortfall.verified, shortfall.refused),
        (3, 2, 1)
    );
    let expected = 1.0 - crate::partial_miss_probability(1, 3, 2);
    assert!((shortfall.confidence - expected).abs() < 1e-12);
    assert!(
        shortfall.confidence < crate::confidence(1, 2),
        "two of three is worth less than two"
    );
}

#[test]
fn a_forged_cell_penalises_its_peer_and_is_asked_elsewhere() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "liar", &[3])).remove(0);
    bench.fallback(0, "honest");
    let out = bench.step(
        5,
        Input::Reply {
            request: id,
            replies: vec![matrix().forged(at(0, 3))],
        },
    );
    let out = bench.verify(6, out);
    let penalised = out.iter().any(|output| {
        matches!(output, Output::Penalise { peer: "liar", offence: Offence::InvalidCell { coord, .. } }
            if *coord == at(0, 3))
    });
    assert!(penalised, "{out:?}");
    let (id, who, coords) = requests(&out).remove(0);
    assert_eq!(who, "honest");
    assert!(verdict(&bench.serve(7, id, &coords)).is_available());
}

#[test]
fn an_expelled_peer_is_not_asked_again_even_if_offered_again() {
    let mut bench = Bench::new();
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    let out = bench.step(
        1,
        Input::Reply {
            request: id,
            replies: Vec::new(),
        },
    );
    assert!(matches!(
        out[0],
        Output::Penalise {
            peer: "a",
            offence: Offence::WrongCount {
                asked: 2,
                replied: 0
            }
        }
    ));
    assert!(requests(&bench.offer(2, "a", &[3, 9])).is_empty());
    let out = bench.step(502, Input::Tick);
    assert_eq!((shortfall(&out).invalid, shortfall(&out).unreached), (2, 1));
}

#[test]
fn malformed_answers_expel_without_a_second_penalty() {
    let mut bench = Bench::with(vec![at(0, 3)], config());
    let (id, ..) = requests(&bench.offer(0, "a", &[3])).remove(0);
    let failure = RequestFailure::Malformed;
    assert!(
        bench
            .step(
                1,
                Input::Failed {
                    request: id,
                    failure
                }
            )
            .is_empty()
    );
    assert_eq!(shortfall(&bench.step(501, Input::Tick)).invalid, 1);
}

#[test]
fn a_condemned_block_is_unavailable_with_its_evidence() {
    let mut bench = Bench::new();
    bench.offer(0, "a", &[3]);
    let evidence = Evidence::Commitments(VerifyError::InvalidProof { proofs: 1 });
    let out = bench.step(1, Input::Condemned(evidence.clone()));
    assert_eq!(*verdict(&out), Verdict::Invalid { evidence });
    assert_eq!(verdict(&out).as_str(), "unavailable");
}
