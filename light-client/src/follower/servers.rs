//! Which connected peers answer requests, so that light clients are not polled for ever.

use std::collections::{HashMap, HashSet};

use weft_network::{PeerId, Refusal, RequestError};

/// Polls that an unknown peer may leave unanswered before it is no longer asked.
const MAX_MISSES: u32 = 3;

/// Which peers have answered, and which have not.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    /// Validators, and the peers of the configuration.
    known: HashSet<PeerId>,
    others: HashMap<PeerId, Standing>,
}

#[derive(Clone, Copy, Debug)]
enum Standing {
    Answers,
    /// The number of unanswered requests of a peer that has never answered.
    Misses(u32),
}

impl Servers {
    /// Marks peers as custodians or gateways, which are asked whatever they answer.
    pub(crate) fn know(&mut self, peers: impl IntoIterator<Item = PeerId>) {
        self.known.extend(peers);
    }

    /// The peer answered.
    pub(crate) fn answered(&mut self, peer: PeerId) {
        self.others.insert(peer, Standing::Answers);
    }

    /// The peer did not answer.
    pub(crate) fn missed(&mut self, peer: PeerId, error: &RequestError) {
        let more = match error {
            RequestError::Unsupported { .. } | RequestError::Refused(Refusal::NotServed) => {
                MAX_MISSES
            }
            _ => 1,
        };
        let standing = self.others.entry(peer).or_insert(Standing::Misses(0));
        if let Standing::Misses(misses) = standing {
            *misses = misses.saturating_add(more);
        }
    }

    /// Whether to ask the peer.
    fn may_answer(&self, peer: &PeerId) -> bool {
        self.known.contains(peer)
            || match self.others.get(peer) {
                Some(Standing::Misses(misses)) => *misses < MAX_MISSES,
                Some(Standing::Answers) | None => true,
            }
    }

    /// The peers to ask among these: validators and the peers of the configuration first, so that slow
    /// unknown peers do not delay them.
    pub(crate) fn among(&self, mut peers: Vec<PeerId>) -> Vec<PeerId> {
        peers.retain(|peer| self.may_answer(peer));
        peers.sort_by_key(|peer| !self.known.contains(peer));
        peers
    }

    /// Forgets the peers that are not connected any more.
    pub(crate) fn retain(&mut self, connected: &[PeerId]) {
        self.others.retain(|peer, _| connected.contains(peer));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use weft_network::RequestKind;

    use super::*;

    #[test]
    fn light_clients_are_not_asked_again() {
        let [custodian, gateway, slow, light] = [(); 4].map(|()| PeerId::random());
        let timeout = RequestError::Timeout {
            kind: RequestKind::Status,
            deadline: Duration::from_secs(1),
        };
        let mut servers = Servers::default();
        servers.know([custodian]);
        servers.answered(gateway);
        for peer in [custodian, gateway, light] {
            servers.missed(peer, &RequestError::Unsupported { peer });
        }
        servers.missed(slow, &timeout);
        let asked = |servers: &Servers| {
            [custodian, gateway, slow, light].map(|peer| servers.may_answer(&peer))
        };
        assert_eq!(asked(&servers), [true, true, true, false]);
        servers.missed(slow, &timeout);
        servers.missed(slow, &timeout);
        assert_eq!(asked(&servers), [true, true, false, false]);
        assert_eq!(
            servers.among(vec![light, slow, gateway, custodian]),
            [custodian, gateway],
            "known peers come first"
        );
        servers.retain(&[]);
        assert_eq!(asked(&servers), [true; 4], "a peer that reconnects is new");
    }
}
