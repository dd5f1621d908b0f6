//! Rate limits on each peer's requests and gossip.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use libp2p::PeerId;

use crate::config::Limits;
use crate::limits::cost;
use crate::messages::RequestKind;

/// The rates of all peers: requests by their [cost], gossip by the message.
///
/// Exceeding a rate is not an offence: requests over it are refused as busy and gossip over it is
/// ignored, which is cheap.
pub(crate) struct Rates {
    requests: DefaultKeyedRateLimiter<PeerId>,
    gossip: DefaultKeyedRateLimiter<PeerId>,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let quota = |rate, burst| Quota::per_second(rate).allow_burst(burst);
        Self {
            requests: RateLimiter::keyed(quota(limits.request_rate, limits.request_burst)),
            gossip: RateLimiter::keyed(quota(limits.gossip_rate, limits.gossip_burst)),
        }
    }

    /// Whether the peer may make this request now; if so, its cost is deducted.
    pub(crate) fn allow_request(&self, peer: &PeerId, kind: RequestKind, bytes: usize) -> bool {
        let cost = NonZeroU32::new(cost(kind, bytes)).unwrap_or(NonZeroU32::MIN);
        matches!(self.requests.check_key_n(peer, cost), Ok(Ok(())))
    }

    /// Whether the peer may send another gossip message now; if so, it is deducted.
    pub(crate) fn allow_gossip(&self, peer: &PeerId) -> bool {
        self.gossip.check_key(peer).is_ok()
    }

    /// Forgets peers with a full allowance.
    pub(crate) fn forget_idle(&self) {
        for limiter in [&self.requests, &self.gossip] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_over_its_rate_does_not_slow_another() {
        let one = NonZeroU32::MIN;
        let limits = Limits {
            request_rate: one,
            request_burst: NonZeroU32::new(20).expect("non-zero"),
            gossip_rate: one,
            gossip_burst: one,
            ..Limits::default()
        };
        let rates = Rates::new(&limits);
        let (loud, quiet) = (PeerId::random(), PeerId::random());
        assert!(
            rates.allow_request(&loud, RequestKind::Disperse, 0),
            "16 of 20"
        );
        assert!(
            !rates.allow_request(&loud, RequestKind::Disperse, 0),
            "another 16"
        );
        assert!(
            rates.allow_request(&loud, RequestKind::Status, 0),
            "1 still fits"
        );
        assert!(rates.allow_request(&quiet, RequestKind::Disperse, 0));
        assert!(rates.allow_gossip(&loud) && !rates.allow_gossip(&loud));
        assert!(rates.allow_gossip(&quiet));
    }

    #[test]
    fn a_request_above_the_burst_is_never_allowed() {
        let rates = Rates::new(&Limits {
            request_burst: NonZeroU32::MIN,
            ..Limits::default()
        });
        assert!(!rates.allow_request(&PeerId::random(), RequestKind::Disperse, 0));
    }
}
