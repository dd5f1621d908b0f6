//! Offers submitted updates of the validator set to every validator.
//!
//! A node that accepts an update, from a client or from a peer, offers it to the others, so that it
//! survives the node that received it first. A validator that has answered is asked again after a
//! long pause, one that has not after a short pause. The ledger drops updates that a block includes
//! or that no block can include any more. They are no longer offered.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use weft_chain::{PublicKey, SignedValidatorUpdate};
use weft_encoding::{Digest, Fault};
use weft_network::{NetworkHandle, OfferUpdate, PeerId};

use weft_ledger::Ledger;
use weft_network::Directory;

/// Interval of the rounds, and pause before a validator that did not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause before a validator that has answered is asked again: it may have lost the update since.
const LONG_PAUSE: Duration = Duration::from_secs(60);
/// Offers in progress at once: an update may have a megabyte.
const AT_ONCE: usize = 8;

/// Offers updates to validators.
#[derive(Debug)]
pub(super) struct Offers {
    pub(super) ledger: Ledger,
    pub(super) network: NetworkHandle,
    pub(super) own: Option<PublicKey>,
}

impl Offers {
    /// Runs until shutdown.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut answered: HashMap<(Digest, PeerId), Instant> = HashMap::new();
        let mut tick = tokio::time::interval(PAUSE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = tick.tick() => {}
            }
            let offered = self.ledger.offered_updates();
            let ids: Vec<Digest> = offered.iter().map(|offer| offer.update.id()).collect();
            answered.retain(|(id, _), at| ids.contains(id) && at.elapsed() < LONG_PAUSE);
            for (id, update) in ids.iter().zip(&offered) {
                let mut peers = self.validators();
                peers.retain(|peer| !answered.contains_key(&(*id, *peer)));
                let round = self.offer(update, peers);
                let answers = tokio::select! {
                    () = shutdown.cancelled() => return,
                    answers = round => answers,
                };
                let now = Instant::now();
                answered.extend(answers.into_iter().map(|peer| ((*id, peer), now)));
            }
        }
    }

    /// The other validators of the next height.
    fn validators(&self) -> Vec<PeerId> {
        let set = self
            .ledger
            .validator_sets()
            .at(self.ledger.head().next_height());
        let directory: &Directory = self.ledger.directory();
        set.iter()
            .filter(|(_, validator)| Some(validator.public_key) != self.own)
            .filter_map(|(_, validator)| Some(directory.by_key(&validator.public_key)?.peer))
            .collect()
    }

    /// Offers an update to these peers. Returns those that have accepted or permanently refused it.
    async fn offer(&self, update: &SignedValidatorUpdate, peers: Vec<PeerId>) -> Vec<PeerId> {
        let offers = peers.into_iter().map(|peer| async move {
            let update = update.clone();
            let outcome = self.network.request(peer, OfferUpdate { update }).await;
            match outcome {
                Ok(Ok(())) => Some(peer),
                Ok(Err(refusal)) => {
                    tracing::debug!(%peer, %refusal, "an offered update was refused");
                    (refusal.fault() != Fault::Retry).then_some(peer)
                }
                Err(error) => {
                    tracing::debug!(%peer, %error, "an update could not be offered");
                    None
                }
            }
        });
        let offers = futures::stream::iter(offers).buffer_unordered(AT_ONCE);
        offers.filter_map(std::future::ready).collect().await
    }
}
