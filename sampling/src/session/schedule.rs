//! Who is asked for what, next.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use super::{
    machine::SamplingSession,
    peers::{Peer, Slot},
    sample::{Sample, Stage, Standing},
};

/// The outcome of one scheduling pass.
pub(super) struct Plan {
    /// Requests to make now, within all limits.
    pub(super) requests: Vec<(Slot, Vec<usize>)>,
    /// Whether some waiting sample has a peer that may be asked for it, now or later.
    pub(super) any_askable: bool,
    /// Whether every waiting sample has used up its attempts: new peers would change nothing.
    pub(super) all_given_up: bool,
    /// When the next waiting sample becomes askable through nothing but time.
    pub(super) next_askable: Option<Duration>,
}

/// Coordinates that each peer is about to be asked for.
type Load = BTreeMap<Slot, Vec<usize>>;

enum Choice {
    Now(Slot),
    /// A peer has to answer something else first.
    Full,
    Later(Duration),
    Nobody,
}

/// Gives every waiting sample to the best peer that may be asked for it now.
///
/// Best is: never asked for this sample; a custodian rather than a fallback; answering; least
/// loaded. So every peer that may have a cell is tried before any is tried again, and one peer sees
/// as few of a client's samples as the assignment allows.
pub(super) fn plan<P: Ord + Clone>(session: &SamplingSession<P>, now: Duration) -> Plan {
    let config = &session.config;
    let per_request = config.max_coords_per_request.max(1);
    let mut load = Load::new();
    let mut plan = Plan {
        requests: Vec::new(),
        any_askable: false,
        all_given_up: true,
        next_askable: None,
    };

    for (place, sample) in session.samples.iter().enumerate() {
        if sample.stage != Stage::Waiting || sample.is_given_up(config) {
            continue;
        }
        plan.all_given_up = false;
        match choose(session, sample, &load, now) {
            Choice::Now(slot) => {
                plan.any_askable = true;
                load.entry(slot).or_default().push(place);
            }
            Choice::Full => plan.any_askable = true,
            Choice::Later(at) => {
                plan.any_askable = true;
                plan.next_askable = Some(plan.next_askable.map_or(at, |next| next.min(at)));
            }
            Choice::Nobody => {}
        }
    }

    let mut requests: Vec<(Slot, Vec<usize>)> = load
        .into_iter()
        .flat_map(|(slot, places)| {
            places
                .chunks(per_request)
                .map(|places| (slot, places.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect();
    requests.sort_by_key(|(_, places)| Reverse(places.len()));
    requests.truncate(
        config
            .max_in_flight
            .max(1)
            .saturating_sub(session.requests.len()),
    );
    plan.requests = requests;
    plan
}

fn choose<P: Ord + Clone>(
    session: &SamplingSession<P>,
    sample: &Sample,
    load: &Load,
    now: Duration,
) -> Choice {
    let mut best = None;
    let mut full = false;
    let mut soonest: Option<Duration> = None;
    for (slot, peer) in session.peers.serving(sample.coord.column) {
        let (at, times) = match sample.standing(slot) {
            Standing::Closed => continue,
            Standing::Fresh => (peer.rests_until, 0),
            Standing::Later { at, times } => (at.max(peer.rests_until), times),
        };
        if at > now {
            soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
            continue;
        }
        let planned = load.get(&slot).map_or(0, Vec::len);
        if planned >= room(session, peer) {
            full = true;
            continue;
        }
        let key = (
            times,
            peer.tier,
            peer.unanswered,
            planned + peer.in_flight,
            slot,
        );
        if best.is_none_or(|best| key < best) {
            best = Some(key);
        }
    }
    match (best, full, soonest) {
        (Some((.., slot)), ..) => Choice::Now(slot),
        (None, true, _) => Choice::Full,
        (None, false, Some(at)) => Choice::Later(at),
        (None, false, None) => Choice::Nobody,
    }
}

/// How many more coordinates a peer can be asked for in this pass.
fn room<P>(session: &SamplingSession<P>, peer: &Peer<P>) -> usize {
    let requests = session
        .config
        .max_in_flight_per_peer
        .max(1)
        .saturating_sub(peer.in_flight);
    requests.saturating_mul(session.config.max_coords_per_request.max(1))
}
