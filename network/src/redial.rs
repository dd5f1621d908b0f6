//! When to dial the peers that the node stays connected to.
//!
//! Pure: time is passed in.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// The pause after the first attempt; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, Default)]
struct Attempts {
    connected: bool,
    made: u32,
    next: Duration,
}

/// The wanted peers and when to dial each again.
#[derive(Debug)]
pub(crate) struct Redial<P>(HashMap<P, Attempts>);

impl<P: Copy + Eq + Hash> Redial<P> {
    /// Wants these peers; all are due at once.
    pub(crate) fn new(peers: impl IntoIterator<Item = P>) -> Self {
        Self(
            peers
                .into_iter()
                .map(|peer| (peer, Attempts::default()))
                .collect(),
        )
    }

    /// Wants another peer; it is due at once unless it is `connected` already. A peer that is wanted
    /// already keeps its pauses.
    pub(crate) fn want(&mut self, peer: P, connected: bool) {
        self.0.entry(peer).or_insert(Attempts {
            connected,
            ..Attempts::default()
        });
    }

    /// The peers to dial now. Each counts as an attempt.
    pub(crate) fn due(&mut self, now: Duration) -> Vec<P> {
        let mut due = Vec::new();
        for (peer, attempts) in &mut self.0 {
            if !attempts.connected && attempts.next <= now {
                let pause = FIRST_PAUSE.saturating_mul(1 << attempts.made.min(16));
                attempts.made = attempts.made.saturating_add(1);
                attempts.next = now.saturating_add(pause.min(LONGEST_PAUSE));
                due.push(*peer);
            }
        }
        due
    }

    /// The peer is connected and of this chain.
    pub(crate) fn connected(&mut self, peer: &P) {
        if let Some(attempts) = self.0.get_mut(peer) {
            *attempts = Attempts {
                connected: true,
                ..Attempts::default()
            };
        }
    }

    /// The peer is not connected any more. It is due after the first pause, or later if earlier dials
    /// have failed.
    pub(crate) fn disconnected(&mut self, peer: &P, now: Duration) {
        if let Some(attempts) = self.0.get_mut(peer) {
            attempts.connected = false;
            attempts.next = attempts.next.max(now.saturating_add(FIRST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut redial = Redial::new([1u8]);
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            assert_eq!(redial.due(now), vec![1]);
            let next = redial.0[&1].next;
            assert!(redial.due(next - ms(1)).is_empty(), "not before its time");
            pauses.push((next - now).as_millis());
            now = next;
        }
        assert_eq!(
            pauses,
            [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]
        );
    }

    #[test]
    fn a_peer_wanted_later_is_due_at_once_and_once_more_changes_nothing() {
        let mut redial = Redial::new([1u8]);
        assert_eq!(redial.due(ms(0)), vec![1]);
        redial.want(1, false);
        assert!(redial.due(ms(0)).is_empty(), "its pause stands");
        redial.want(2, false);
        redial.want(3, true);
        assert_eq!(redial.due(ms(0)), vec![2], "3 is connected");
        redial.disconnected(&3, ms(0));
        let mut due = redial.due(ms(250));
        due.sort_unstable();
        assert_eq!(due, vec![1, 2, 3]);
    }

    #[test]
    fn a_connected_peer_is_left_alone_and_starts_afresh_when_lost() {
        let mut redial = Redial::new([1u8, 2]);
        assert_eq!(redial.due(ms(0)).len(), 2);
        redial.connected(&1);
        redial.connected(&3);
        assert_eq!(redial.due(ms(60_000)), vec![2]);
        redial.disconnected(&1, ms(60_000));
        assert!(redial.due(ms(60_249)).is_empty());
        assert_eq!(redial.due(ms(60_250)), vec![1]);
    }
}
