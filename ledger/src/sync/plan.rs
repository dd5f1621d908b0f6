//! Whom to ask for which blocks, and when. Pure: the time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use weft_chain::Height;

use super::SyncConfig;

/// Tries in a row after which a height that a peer claims is no longer believed.
const TRIES: u32 = 4;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<P> {
    /// Ask `peer` for blocks.
    Fetch {
        /// Whom to ask.
        peer: P,
        /// First height missing.
        from: Height,
        /// How many, at most what the peer says it has.
        count: u16,
    },
    /// Somebody has more, and everybody who does pauses until this time.
    WaitUntil(Duration),
    /// Nobody is known to have more.
    Idle,
}

/// What peers say they have, and how they did so far. `P` names a peer.
///
/// A height that a peer states is a claim. It only decides whom to ask; a peer that does not
/// deliver pauses, longer each time, so a lie costs one request and then less and less.
#[derive(Debug)]
pub(crate) struct SyncPlan<P> {
    config: SyncConfig,
    peers: BTreeMap<P, Peer>,
    /// Where the last poll ended, so that polls go round.
    polled: Option<P>,
}

#[derive(Debug, Default)]
struct Peer {
    height: Height,
    failures: u32,
    not_before: Duration,
}

impl<P: Copy + Ord> SyncPlan<P> {
    /// A plan that knows nobody.
    #[must_use]
    pub(crate) fn new(config: SyncConfig) -> Self {
        Self {
            config,
            peers: BTreeMap::new(),
            polled: None,
        }
    }

    /// A peer is connected.
    pub(crate) fn joined(&mut self, peer: P) {
        self.peers.entry(peer).or_default();
    }

    /// A peer is no longer connected.
    pub(crate) fn left(&mut self, peer: &P) {
        self.peers.remove(peer);
    }

    /// Exactly these peers are connected.
    pub(crate) fn retain(&mut self, connected: &[P]) {
        self.peers.retain(|peer, _| connected.contains(peer));
        connected.iter().for_each(|peer| self.joined(*peer));
    }

    /// A connected peer says that its chain goes to `height`. Peers that are not connected are not
    /// remembered.
    pub(crate) fn heard(&mut self, peer: &P, height: Height) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.height = known.height.max(height);
        }
    }

    /// A peer delivered blocks.
    pub(crate) fn delivered(&mut self, peer: &P) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.failures = 0;
            known.not_before = Duration::ZERO;
        }
    }

    /// A peer did not deliver.
    pub(crate) fn failed(&mut self, peer: &P, now: Duration) {
        let Some(known) = self.peers.get_mut(peer) else {
            return;
        };
        let doublings = known.failures.min(16);
        known.failures = known.failures.saturating_add(1);
        let pause = self.config.first_pause.saturating_mul(1 << doublings);
        known.not_before = now.saturating_add(pause.min(self.config.longest_pause));
    }

    /// A peer had no header above `head`.
    ///
    /// Peers forward a header a moment before they have committed its block, so the claim stands
    /// for a few tries. After that it is withdrawn, and counts again when it is made again.
    pub(crate) fn had_none(&mut self, peer: &P, head: Height, now: Duration) {
        self.failed(peer, now);
        if let Some(known) = self.peers.get_mut(peer)
            && known.failures >= TRIES
        {
            known.height = known.height.min(head);
        }
    }

    /// Peers to ask for their status now: the next few in turn.
    pub(crate) fn poll(&mut self) -> Vec<P> {
        let after = self.polled;
        let (before, behind): (Vec<P>, Vec<P>) = self
            .peers
            .keys()
            .partition(|peer| after.is_some_and(|after| **peer <= after));
        let turn: Vec<P> = behind
            .into_iter()
            .chain(before)
            .take(self.config.polled_peers.get())
            .collect();
        self.polled = turn.last().copied().or(after);
        turn
    }

    /// What to do at time `now` with the chain at `head`: of the peers that have more, the one
    /// that failed least, then the one that has most.
    #[must_use]
    pub(crate) fn next(&self, head: Height, now: Duration) -> Step<P> {
        let ahead = || self.peers.iter().filter(|(_, known)| known.height > head);
        let ready = ahead()
            .filter(|(_, known)| known.not_before <= now)
            .min_by_key(|(_, known)| (known.failures, std::cmp::Reverse(known.height)));
        if let Some((peer, known)) = ready {
            let missing = known.height.since(head);
            let count = u16::try_from(missing)
                .unwrap_or(u16::MAX)
                .min(self.config.headers_at_once.get());
            return Step::Fetch {
                peer: *peer,
                from: head.saturating_add(1),
                count,
            };
        }
        match ahead().map(|(_, known)| known.not_before).min() {
            Some(at) => Step::WaitUntil(at),
            None => Step::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> SyncPlan<u8> {
        let mut plan = SyncPlan::new(SyncConfig::default());
        (1..=3).for_each(|peer| plan.joined(peer));
        plan
    }

    const fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn height(height: u64) -> Height {
        Height::new(height)
    }

    #[test]
    fn nothing_is_fetched_from_peers_that_have_no_more() {
        let mut plan = plan();
        assert_eq!(plan.next(height(0), at(0)), Step::Idle);
        plan.heard(&1, height(5));
        assert_eq!(plan.next(height(5), at(0)), Step::Idle);
    }

    #[test]
    fn asks_the_highest_for_what_is_missing_within_the_limit() {
        let mut plan = plan();
        plan.heard(&1, height(5));
        plan.heard(&2, height(9));
        let step = plan.next(height(4), at(0));
        assert_eq!(
            step,
            Step::Fetch {
                peer: 2,
                from: height(5),
                count: 5
            }
        );
        plan.heard(&3, height(100_000));
        let step = plan.next(height(4), at(0));
        assert_eq!(
            step,
            Step::Fetch {
                peer: 3,
                from: height(5),
                count: 64
            }
        );
    }

    #[test]
    fn a_failed_peer_pauses_and_others_are_asked() {
        let mut plan = plan();
        plan.heard(&1, height(5));
        plan.heard(&2, height(9));
        plan.failed(&2, at(0));
        let step = plan.next(height(4), at(1));
        assert_eq!(
            step,
            Step::Fetch {
                peer: 1,
                from: height(5),
                count: 1
            }
        );
        plan.failed(&1, at(1));
        assert_eq!(plan.next(height(4), at(2)), Step::WaitUntil(at(250)));
        let step = plan.next(height(4), at(250));
        assert_eq!(
            step,
            Step::Fetch {
                peer: 2,
                from: height(5),
                count: 5
            }
        );
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_a_delivery() {
        let mut plan = plan();
        plan.heard(&1, height(9));
        let expected = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
        for pause in expected {
            plan.failed(&1, at(0));
            assert_eq!(plan.next(height(0), at(0)), Step::WaitUntil(at(pause)));
        }
        plan.delivered(&1);
        assert!(matches!(
            plan.next(height(0), at(0)),
            Step::Fetch { peer: 1, .. }
        ));
    }

    #[test]
    fn a_withdrawn_claim_and_a_lost_peer_are_not_asked() {
        let mut plan = plan();
        plan.heard(&1, height(9));
        for pause in [250, 500, 1_000] {
            plan.had_none(&1, height(4), at(0));
            assert_eq!(plan.next(height(4), at(0)), Step::WaitUntil(at(pause)));
        }
        plan.had_none(&1, height(4), at(0));
        assert_eq!(plan.next(height(4), at(0)), Step::Idle);
        plan.heard(&2, height(9));
        plan.left(&2);
        plan.heard(&2, height(9));
        assert_eq!(plan.next(height(4), at(0)), Step::Idle);
    }

    #[test]
    fn polls_go_round() {
        let config = SyncConfig {
            polled_peers: 2.try_into().expect("not zero"),
            ..SyncConfig::default()
        };
        let mut plan = SyncPlan::new(config);
        assert!(plan.poll().is_empty());
        (1..=5).for_each(|peer| plan.joined(peer));
        let polls: Vec<Vec<u8>> = (0..4).map(|_| plan.poll()).collect();
        assert_eq!(polls, [vec![1, 2], vec![3, 4], vec![5, 1], vec![2, 3]]);
    }
}
