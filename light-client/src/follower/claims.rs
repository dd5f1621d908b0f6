//! The heights that peers claim, and which peer to ask next.

use std::collections::HashMap;

use weft_chain::Height;
use weft_network::PeerId;

/// The heights that connected peers claim; unverified.
#[derive(Debug, Default)]
pub(crate) struct Claims(HashMap<PeerId, Claim>);

#[derive(Clone, Copy, Debug)]
struct Claim {
    height: Height,
    /// Requests for ranges that brought nothing.
    failures: u32,
}

impl Claims {
    /// Forgets the peers that are not connected any more.
    pub(crate) fn retain(&mut self, connected: &[PeerId]) {
        self.0.retain(|peer, _| connected.contains(peer));
    }

    /// The peer claims or has shown this height.
    pub(crate) fn saw(&mut self, peer: PeerId, height: Height) {
        let claim = self.0.entry(peer).or_insert(Claim {
            height,
            failures: 0,
        });
        claim.height = claim.height.max(height);
    }

    /// The height that the peer claims.
    pub(crate) fn of(&self, peer: &PeerId) -> Height {
        self.0
            .get(peer)
            .map_or(Height::GENESIS, |claim| claim.height)
    }

    /// The peer delivered headers up to `last` of a range up to `claimed`.
    ///
    /// A peer that delivers less than it claimed has failed: else it could give a little at a time and
    /// take the whole deadline of a request each time.
    pub(crate) fn delivered(&mut self, peer: &PeerId, last: Height, claimed: Height) {
        if last < claimed {
            self.failed(peer, last);
        } else if let Some(claim) = self.0.get_mut(peer) {
            claim.failures = 0;
        }
    }

    /// The peer did not deliver what it claimed, so its claim drops to the verified `tip`.
    pub(crate) fn failed(&mut self, peer: &PeerId, tip: Height) {
        if let Some(claim) = self.0.get_mut(peer) {
            claim.failures = claim.failures.saturating_add(1);
            claim.height = tip;
        }
    }

    /// The peer to ask for headers after `tip`: fewest failures first, then the greatest height.
    pub(crate) fn best_above(&self, tip: Height) -> Option<PeerId> {
        self.0
            .iter()
            .filter(|(_, claim)| claim.height > tip)
            .min_by_key(|(_, claim)| (claim.failures, std::cmp::Reverse(claim.height)))
            .map(|(peer, _)| *peer)
    }

    /// The greatest height claimed by peers that have not failed since they last delivered.
    pub(crate) fn credible(&self) -> Height {
        self.0
            .values()
            .filter(|claim| claim.failures == 0)
            .map(|claim| claim.height)
            .max()
            .unwrap_or_default()
    }

    /// The greatest height that any peer claims.
    pub(crate) fn highest(&self) -> Height {
        self.0
            .values()
            .map(|claim| claim.height)
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_deliver_is_passed_over_until_it_claims_again() {
        let (one, two) = (PeerId::random(), PeerId::random());
        let mut claims = Claims::default();
        claims.saw(one, Height::new(1_000));
        claims.saw(two, Height::new(10));
        assert_eq!(claims.best_above(Height::new(0)), Some(one));
        assert_eq!(claims.credible(), Height::new(1_000));
        claims.failed(&one, Height::new(0));
        assert_eq!(claims.best_above(Height::new(0)), Some(two));
        claims.saw(one, Height::new(1_000));
        assert_eq!(claims.credible(), Height::new(10));
        assert_eq!(
            claims.best_above(Height::new(0)),
            Some(two),
            "fewest failures first"
        );
        assert_eq!(
            claims.best_above(Height::new(10)),
            Some(one),
            "no other peer claims more"
        );
        claims.delivered(&one, Height::new(1_000), Height::new(1_000));
        assert_eq!(claims.credible(), Height::new(1_000));
        assert_eq!(claims.best_above(Height::new(0)), Some(one));
        assert_eq!(claims.highest(), Height::new(1_000));
        claims.retain(&[two]);
        assert_eq!(claims.highest(), Height::new(10));
        assert_eq!(claims.best_above(Height::new(10)), None);
    }

    #[test]
    fn who_gives_less_than_it_claims_is_passed_over() {
        let (slow, honest) = (PeerId::random(), PeerId::random());
        let height = Height::new;
        let mut claims = Claims::default();
        claims.saw(slow, height(u64::MAX));
        claims.saw(honest, height(300));
        assert_eq!(claims.best_above(height(0)), Some(slow));
        claims.delivered(&slow, height(1), claims.of(&slow));
        assert_eq!(claims.best_above(height(1)), Some(honest));
        claims.saw(slow, height(u64::MAX));
        assert_eq!(claims.best_above(height(1)), Some(honest));
        assert_eq!(claims.credible(), height(300));
        // A claim made after the request does not count for the request.
        let claimed = claims.of(&honest);
        claims.saw(honest, height(301));
        claims.delivered(&honest, height(300), claimed);
        assert_eq!(claims.best_above(height(300)), Some(honest));
        assert_eq!(claims.credible(), height(301));
    }
}
