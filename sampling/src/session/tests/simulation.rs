//! Whole sessions against a simulated network in virtual time: thousands of peers, most of them
//! useless or worse.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    time::Duration,
};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use weft_encoding::{CellCoord, ColumnIndex};

use super::matrix::matrix;
use crate::{
    ColumnSet, SamplingSession, SessionConfig, Verdict,
    adversary::WorstPattern,
    choose_samples,
    session::{BatchId, CellReply, Input, Output, RefusalKind, RequestFailure, RequestId, Tier},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    Honest,
    Silent,
    Gone,
    Lying,
    /// Serves from this time on, in milliseconds, and says "not yet" before.
    Late(u64),
    Empty,
}

type Peer = u32;

struct Network {
    behaviours: Vec<Behaviour>,
    withheld: WorstPattern,
    rng: ChaCha20Rng,
    most_in_flight: usize,
    in_flight: BTreeMap<RequestId, Peer>,
    penalised: BTreeSet<Peer>,
}

enum Event {
    Input(Input<Peer>),
    Verify(BatchId, Vec<weft_encoding::UnverifiedCell>),
}

impl Network {
    fn new(behaviours: Vec<Behaviour>, withheld: WorstPattern, seed: u64) -> Self {
        Self {
            behaviours,
            withheld,
            rng: ChaCha20Rng::seed_from_u64(seed),
            most_in_flight: 0,
            in_flight: BTreeMap::new(),
            penalised: BTreeSet::new(),
        }
    }

    fn answer(
        &mut self,
        now: Duration,
        peer: Peer,
        id: RequestId,
        coords: &[CellCoord],
    ) -> Option<Input<Peer>> {
        let reply = |cells: &dyn Fn(CellCoord) -> CellReply| {
            Some(Input::Reply {
                request: id,
                replies: coords.iter().map(|&c| cells(c)).collect(),
            })
        };
        let serve = |coord: CellCoord| {
            if self.withheld.withholds(coord) {
                CellReply::Refused(RefusalKind::NotHeld)
            } else {
                matrix().reply(coord)
            }
        };
        match self.behaviours[peer as usize] {
            Behaviour::Honest => reply(&serve),
            Behaviour::Late(from) if now.as_millis() >= u128::from(from) => reply(&serve),
            Behaviour::Late(_) => reply(&|_| CellReply::Refused(RefusalKind::NotYet)),
            Behaviour::Empty => reply(&|_| CellReply::Refused(RefusalKind::NotHeld)),
            Behaviour::Lying => reply(&|coord| matrix().forged(coord)),
            Behaviour::Gone => Some(Input::Failed {
                request: id,
                failure: RequestFailure::Unreachable,
            }),
            Behaviour::Silent => None,
        }
    }

    /// Runs a session to its verdict; answers it and the virtual time it took.
    fn run(&mut self, samples: usize, config: SessionConfig) -> (Verdict, Duration) {
        let chosen = choose_samples(1, samples, &mut self.rng);
        let mut session = SamplingSession::new(1, chosen, config.clone(), Duration::ZERO).unwrap();
        let mut events: BTreeMap<u64, (Duration, Event)> = BTreeMap::new();
        let mut queue = BinaryHeap::new();
        let mut next = 0u64;
        let mut schedule = |events: &mut BTreeMap<_, _>, queue: &mut BinaryHeap<_>, at, event| {
            events.insert(next, (at, event));
            queue.push(Reverse((at, next)));
            next += 1;
        };
        for (peer, columns) in self.offers() {
            let offer = Input::Offer {
                peer,
                columns,
                tier: Tier::Custodian,
            };
            schedule(&mut events, &mut queue, Duration::ZERO, Event::Input(offer));
        }

        let mut now;
        for _ in 0..1_000_000 {
            let wake = session
                .next_wake()
                .expect("a session that is not over has a next wake");
            let due = queue
                .peek()
                .map(|Reverse((at, _))| *at)
                .filter(|&at| at <= wake);
            let input = match due {
                Some(_) => {
                    let Reverse((at, id)) = queue.pop().unwrap();
                    now = at;
                    match events.remove(&id).unwrap().1 {
                        Event::Input(input) => input,
                        Event::Verify(batch, cells) => Input::Verified {
                            batch,
                            results: matrix().verify_each(&cells),
                        },
                    }
                }
                None => {
                    now = wake;
                    Input::Tick
                }
            };
            if let Input::Reply { request, .. } | Input::Failed { request, .. } = &input {
                self.in_flight.remove(request);
            }
            let mut out = Vec::new();
            session.handle(now, input, &mut out);
            for output in out {
                match output {
                    Output::Request {
                        id,
                        peer,
                        coords,
                        deadline,
                    } => {
                        assert!(!coords.is_empty());
                        assert!(coords.len() <= config.max_coords_per_request);
                        assert!(deadline > now);
                        assert!(!self.penalised.contains(&peer), "an expelled peer is asked");
                        let delay = Duration::from_millis(self.rng.random_range(5..150));
                        if let Some(answer) = self.answer(now, peer, id, &coords) {
                            self.in_flight.insert(id, peer);
                            self.most_in_flight = self.most_in_flight.max(self.in_flight.len());
                            schedule(&mut events, &mut queue, now + delay, Event::Input(answer));
                        }
                    }
                    Output::Verify { id, cells } => {
                        let at = now + Duration::from_millis(3);
                        schedule(&mut events, &mut queue, at, Event::Verify(id, cells));
                    }
                    Output::Penalise { peer, .. } => {
                        self.penalised.insert(peer);
                    }
                    Output::Done(verdict) => return (verdict, now),
                }
            }
        }
        panic!("the session does not end");
    }

    /// Every peer holds a quarter of the columns.
    fn offers(&self) -> Vec<(Peer, ColumnSet)> {
        (0u32..)
            .zip(&self.behaviours)
            .map(|(peer, _)| {
                let holds = |c: &ColumnIndex| c.get() % 4 == (peer % 4) as usize;
                (peer, ColumnIndex::all().filter(holds).collect())
            })
            .collect()
    }
}

fn nothing_withheld() -> WorstPattern {
    WorstPattern::new(1, 0.0, 0)
}

#[test]
fn three_thousand_peers_of_whom_a_third_is_honest() {
    let seed = 1_000;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    for round in 0..5 {
        let behaviours: Vec<Behaviour> = (0..3_000)
            .map(|_| match rng.random_range(0..9) {
                0..3 => Behaviour::Honest,
                3 => Behaviour::Silent,
                4 => Behaviour::Gone,
                5 => Behaviour::Lying,
                6 => Behaviour::Late(1_500),
                _ => Behaviour::Empty,
            })
            .collect();
        let liars = |b: &Behaviour| *b == Behaviour::Lying;
        let mut network = Network::new(behaviours, nothing_withheld(), seed + round);
        let config = SessionConfig {
            max_in_flight: 16,
            max_attempts: 64,
            ..Default::default()
        };
        let (verdict, took) = network.run(27, config.clone());
        assert!(
            verdict.is_available(),
            "seed {seed}, round {round}: {verdict:?}"
        );
        assert!(took < config.deadline);
        assert!(network.most_in_flight <= config.max_in_flight);
        let penalised = network.penalised.clone();
        assert!(
            penalised
                .iter()
                .all(|&p| liars(&network.behaviours[p as usize])),
            "seed {seed}: only liars are penalised"
        );
    }
}

#[test]
fn custodians_that_are_late_with_their_proofs_are_waited_for() {
    let mut network = Network::new(vec![Behaviour::Late(9_000); 4], nothing_withheld(), 2);
    let (verdict, took) = network.run(27, SessionConfig::default());
    assert!(verdict.is_available(), "{verdict:?}");
    assert!((9_000..13_000).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn an_unrepairable_block_is_never_called_available() {
    for seed in 0..200 {
        let withheld = WorstPattern::new(1, 51.0, seed);
        assert!(withheld.is_unrepairable());
        let mut network = Network::new(vec![Behaviour::Honest; 8], withheld, seed);
        let (verdict, _) = network.run(27, SessionConfig::default());
        let Verdict::NotEnough(shortfall) = verdict else {
            panic!("seed {seed}: {verdict:?}")
        };
        assert_eq!(
            shortfall.asked,
            shortfall.verified + shortfall.refused,
            "seed {seed}"
        );
        assert!(shortfall.refused > 0);
    }
}

/// How often a sampler with few samples is fooled agrees with the formula.
#[test]
fn the_miss_rate_is_what_the_formula_says() {
    let (samples, rounds, seed) = (3, 3_000u32, 9_000);
    let mut missed = 0u32;
    for round in 0..u64::from(rounds) {
        let withheld = WorstPattern::new(1, 130.0 * 100.0 / 256.0, seed + round);
        let mut network = Network::new(vec![Behaviour::Honest; 4], withheld, seed + round);
        let (verdict, _) = network.run(samples, SessionConfig::default());
        missed += u32::from(verdict.is_available());
    }
    let expected = crate::miss_probability(1, samples) * f64::from(rounds);
    let deviation = expected.sqrt();
    assert!(
        (f64::from(missed) - expected).abs() < 5.0 * deviation,
        "seed {seed}: {missed} of {rounds} missed, {expected:.0} expected"
    );
}

#[test]
fn silence_ends_in_time_and_blames_nobody() {
    let mut network = Network::new(vec![Behaviour::Silent; 40], nothing_withheld(), 3);
    let config = SessionConfig::default();
    let (verdict, took) = network.run(27, config.clone());
    let Verdict::NotEnough(shortfall) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!((shortfall.unanswered, shortfall.invalid), (27, 0));
    assert!(took <= config.deadline);
    assert!(network.penalised.is_empty());
}
