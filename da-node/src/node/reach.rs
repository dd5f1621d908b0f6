//! Logs which validators are not connected, and when that changes.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use weft_chain::{PublicKey, ValidatorSet};
use weft_network::PeerId;

use weft_ledger::Ledger;
use weft_network::Directory;

/// Interval of the checks. It bounds the log lines about a peer that reconnects often.
const INTERVAL: Duration = Duration::from_secs(10);
/// Most names in one line.
const MAX_NAMES: usize = 8;

/// The sources of the report.
pub(super) struct Reach {
    pub(super) ledger: Ledger,
    pub(super) directory: Directory,
    pub(super) own: Option<PublicKey>,
    pub(super) connected: watch::Receiver<Vec<PeerId>>,
}

impl Reach {
    /// Logs validators that disconnect or reconnect. Runs until shutdown.
    pub(super) async fn tell(self, shutdown: CancellationToken) {
        let mut ticks = interval_at(Instant::now() + INTERVAL, INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let next = self.ledger.head().next_height();
            let set = self.ledger.validator_sets().at(next);
            let lost = lost(&self.directory, &set, self.own, &self.connected.borrow());
            if lost == told {
                continue;
            }
            if lost.is_empty() {
                tracing::info!(validators = set.len(), "every validator is connected");
            } else {
                let names = lost.iter().take(MAX_NAMES).map(|key| self.name(key));
                tracing::warn!(
                    lost = lost.len(),
                    validators = set.len(),
                    names = names.collect::<Vec<_>>().join(", "),
                    "validators are not connected"
                );
            }
            told = lost;
        }
    }

    fn name(&self, key: &PublicKey) -> String {
        match self.directory.by_key(key) {
            Some(contact) => contact.name.clone(),
            None => key.to_string(),
        }
    }
}

/// The validators of `set`, except this node, that are not connected, in the set's order.
fn lost(
    directory: &Directory,
    set: &ValidatorSet,
    own: Option<PublicKey>,
    connected: &[PeerId],
) -> Vec<PublicKey> {
    let reached: BTreeSet<_> = connected
        .iter()
        .filter_map(|peer| directory.index_of(set, peer))
        .collect();
    set.iter()
        .filter(|(index, _)| !reached.contains(index))
        .map(|(_, validator)| validator.public_key)
        .filter(|key| Some(*key) != own)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::TestChain;

    use super::*;

    #[test]
    fn a_validator_is_lost_unless_it_is_connected_or_this_node() {
        let chain = TestChain::new(4);
        let directory = Directory::from_genesis(&chain.genesis).unwrap();
        let peer = |index: usize| chain.identities[index].public().to_peer_id();
        let key = |index: usize| chain.keys[index].public_key();
        let seen = |own, connected: &[PeerId]| lost(&directory, &chain.set, own, connected);

        let stranger = PeerId::random();
        let of_four = seen(Some(key(0)), &[peer(2), stranger]);
        assert_eq!(of_four, [key(1), key(3)]);
        assert_eq!(seen(None, &[peer(1), peer(2), peer(3)]), [key(0)]);
        assert!(seen(Some(key(0)), &[peer(3), peer(2), peer(1)]).is_empty());
    }
}
