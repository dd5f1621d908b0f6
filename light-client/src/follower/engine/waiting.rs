//! Missing validator sets, and waiting for what no peer sends.

use std::{sync::Arc, time::Duration};

use rand::seq::SliceRandom;
use tracing::{error, info, warn};
use weft_network::PeerId;

use super::{Follower, STORE_PAUSE, Task};
use crate::{
    FollowError, StoreError,
    follower::{
        chain::{Missing, ShownSet},
        updates,
    },
};

/// The first pause before peers are asked again; it doubles each time, up to [`LONGEST_PAUSE`].
pub(super) const WAITING_PAUSE: Duration = Duration::from_millis(200);

/// See [`WAITING_PAUSE`].
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Follower {
    /// The peers to ask, known ones first, otherwise in random order.
    pub(super) fn whom_to_ask(&self) -> Vec<PeerId> {
        let mut connected = self.connected.borrow().clone();
        connected.shuffle(&mut rand::rng());
        self.servers.among(connected)
    }

    /// Asks the peers for the missing set, and stores its update.
    pub(super) fn ask_for_update(&mut self, missing: Missing) {
        let peers = self.whom_to_ask();
        if peers.is_empty() {
            return;
        }
        self.busy = true;
        let (network, chain, store) =
            (self.network.clone(), self.chain.clone(), self.store.clone());
        self.tasks.spawn(async move {
            let Some(shown) = updates::ask(network, chain, missing, peers).await else {
                return Task::Update(missing, Ok(None));
            };
            let update = shown.update.clone();
            let put = move || store.put_update(missing.height, &update);
            match tokio::task::spawn_blocking(put).await {
                Ok(stored) => Task::Update(missing, stored.map(|()| Some(Box::new(shown)))),
                // The runtime is stopping.
                Err(_) => Task::Update(missing, Ok(None)),
            }
        });
    }

    pub(super) fn on_update(
        &mut self,
        missing: Missing,
        outcome: Result<Option<Box<ShownSet>>, StoreError>,
    ) {
        self.busy = false;
        if self.ended {
            return;
        }
        let ShownSet { set, update } = match outcome {
            Ok(Some(shown)) => *shown,
            Ok(None) => {
                let Missing { height, root } = missing;
                self.wait_for(FollowError::UnknownValidatorSet { height, root });
                return;
            }
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "storing a validator set failed");
                self.rest(STORE_PAUSE);
                return;
            }
        };
        let before = self.chain.newest().clone();
        self.chain.learn(&set);
        self.directory.learn(&update.update.validators);
        // Before the sampler learns of the set and dials its custodians.
        updates::introduce(&self.network, &self.directory.of_set(&set));
        self.published.send_replace(self.chain.clone());
        self.go_on();
        info!(height = %missing.height, root = %missing.root, "the validators change");

        let newest = self.directory.of_set(&set);
        self.servers.know(newest.iter().map(|contact| contact.peer));
        let (network, directory) = (self.network.clone(), self.directory.clone());
        self.tasks.spawn(async move {
            updates::dial_new(&network, &directory, &before, &set).await;
            Task::Dialled
        });
    }

    /// No peer has sent what is needed: halts with this error, and asks again after a pause.
    pub(super) fn wait_for(&mut self, needed: FollowError) {
        if self.status.borrow().halted.is_none() {
            warn!(error = %needed, "following the chain is halted");
            let outcome = match &needed {
                FollowError::CheckpointNotShown { .. } => "unknown_checkpoint",
                _ => "unknown_set",
            };
            self.metrics.headers(outcome, 1);
            self.status
                .send_modify(|status| status.halted = Some(Arc::new(needed)));
        }
        self.rest(self.waiting_pause);
        self.waiting_pause = (self.waiting_pause * 2).min(LONGEST_PAUSE);
    }

    /// A peer has sent what was needed.
    pub(super) fn go_on(&mut self) {
        self.waiting_pause = WAITING_PAUSE;
        self.status
            .send_if_modified(|status| status.halted.take().is_some());
    }
}
