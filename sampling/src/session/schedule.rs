//! The next requests of a session.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use super::{
    Tier,
    machine::SamplingSession,
    peers::{Peer, Slot},
    sample::{Sample, Standing},
};

/// The outcome of one scheduling pass.
pub(super) struct Plan {
    /// Requests to make now, within all limits.
    pub(super) requests: Vec<(Slot, Vec<usize>)>,
    /// Whether some sample has a peer that may be asked for it, now or later.
    pub(super) any_askable: bool,
    /// When the next sample becomes askable through nothing but time.
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

/// Assigns every sample to the best custodian that may be asked for it now, and to the best fallback
/// where [`Sample::is_open_to`] allows it.
///
/// Tiers come first: no number of fallbacks comes between a sample and its custodians. Within a tier the
/// order is: fewest earlier requests for this sample; fewest unanswered requests; least load. So every
/// custodian is tried before any is tried again, and each peer sees as few of a client's samples as the
/// assignment allows.
pub(super) fn plan<P: Ord + Clone>(session: &SamplingSession<P>, now: Duration) -> Plan {
    let config = &session.config;
    let per_request = config.max_coords_per_request.max(1);
    let mut load = Load::new();
    let mut plan = Plan {
        requests: Vec::new(),
        any_askable: false,
        next_askable: None,
    };

    for (place, sample) in session.samples.iter().enumerate() {
        if sample.verified {
            continue;
        }
        for tier in [Tier::Custodian, Tier::Fallback] {
            if !sample.is_open_to(tier, config) {
                continue;
            }
            match choose(session, sample, tier, &load, now) {
                Choice::Now(slot) => {
                    plan.any_askable = true;
                    load.entry(slot).or_default().push(place);
                    if !sample.is_let_down() {
                        break;
                    }
                }
                Choice::Full => plan.any_askable = true,
                Choice::Later(at) => {
                    plan.any_askable = true;
                    plan.next_askable = Some(plan.next_askable.map_or(at, |next| next.min(at)));
                }
                Choice::Nobody => {}
            }
        }
    }

    let tier_of = |slot: Slot| session.peers.get(slot).tier;
    let mut requests: Vec<(Slot, Vec<usize>)> = load
        .into_iter()
        .flat_map(|(slot, places)| {
            places
                .chunks(per_request)
                .map(|places| (slot, places.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect();
    requests.sort_by_key(|(slot, places)| (tier_of(*slot), Reverse(places.len())));

    let in_flight = |tier| session.requests.values().filter(|r| r.tier == tier).count();
    let (custodians, fallbacks) = (in_flight(Tier::Custodian), in_flight(Tier::Fallback));
    let most = config.max_in_flight.max(1);
    let mut for_all = most.saturating_sub(custodians + fallbacks);
    let mut for_fallbacks = most.div_ceil(2).saturating_sub(fallbacks);
    requests.retain(|(slot, _)| {
        let fallback = tier_of(*slot) == Tier::Fallback;
        if for_all == 0 || (fallback && for_fallbacks == 0) {
            return false;
        }
        for_all -= 1;
        for_fallbacks -= usize::from(fallback);
        true
    });
    plan.requests = requests;
    plan
}

fn choose<P: Ord + Clone>(
    session: &SamplingSession<P>,
    sample: &Sample,
    tier: Tier,
    load: &Load,
    now: Duration,
) -> Choice {
    let mut best = None;
    let mut full = false;
    let mut soonest: Option<Duration> = None;
    for (slot, peer) in session.peers.serving(sample.coord.column) {
        if peer.tier != tier || sample.is_with(slot) {
            continue;
        }
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
        let key = (times, peer.unanswered, planned + peer.in_flight, slot);
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
