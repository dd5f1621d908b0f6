//! Which peer to ask for which blocks, and when. Pure: the time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use weft_chain::Height;

use super::SyncConfig;

/// Consecutive failures after which a peer's claimed height is discarded.
const TRIES: u32 = 4;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<P> {
    /// Ask `peer` for blocks.
    Fetch {
        /// The peer to ask.
        peer: P,
        /// First height missing.
        from: Height,
        /// How many, at most as many as the peer claims to have.
        count: u16,
    },
    /// Every peer that is ahead is in backoff, the first of them until this time.
    WaitUntil(Duration),
    /// No peer is known to be ahead.
    Idle,
}

/// The heights that peers claim, and how often each peer failed. `P` identifies a peer.
///
/// A peer's height is a claim, used only to choose the peer to ask. A peer that does not deliver is
/// backed off, longer each time, so a false claim costs few requests.
#[derive(Debug)]
pub(crate) struct SyncPlan<P> {
    config: SyncConfig,
    peers: BTreeMap<P, Peer>,
    /// The last peer polled; the next poll continues after it.
    polled: Option<P>,
}

#[derive(Debug, Default)]
struct Peer {
    height: Height,
    failures: u32,
    not_before: Duration,
}

impl<P: Copy + Ord> SyncPlan<P> {
    /// A plan without peers.
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

    /// A connected peer claims that its chain reaches `height`. Claims of other peers are ignored.
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
    /// Peers forward a header shortly before they commit its block, so the claim is kept for a few
    /// tries. Then it is discarded until the peer repeats it.
    pub(crate) fn had_none(&mut self, peer: &P, head: Height, now: Duration) {
        self.failed(peer, now);
        if let Some(known) = self.peers.get_mut(peer)
            && known.failures >= TRIES
        {
            known.height = known.height.min(head);
        }
    }

    /// The next few peers to ask for their status, in rotation.
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

    /// What to do at time `now` with the chain at `head`. Of the peers that are ahead, asks the one
    /// that failed least, then the one with the greatest height.
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
