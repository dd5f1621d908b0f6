//! Beginning at a checkpoint, and ending with the trusting period.

use tracing::{debug, error, info};
use weft_chain::{BlockHeader, Checkpoint, SignedHeader};
use weft_network::{GetHeaders, PeerId, RequestError, unix_ms};

use super::{Follower, STORE_PAUSE, Task};
use crate::{FollowError, StoreError, follower::asking::first_good};

impl Follower {
    /// Ends the follower if the trusting period of the validators after the tip is over.
    pub(super) fn check_age(&mut self) {
        if self.beginning.is_some() {
            return;
        }
        if let Err(error) = self.chain.check_age(unix_ms()) {
            self.end(error);
        }
    }

    /// Asks the peers for the header of the checkpoint, and begins the store at it.
    pub(super) fn ask_for_beginning(&mut self, checkpoint: Checkpoint) {
        let peers = self.whom_to_ask();
        if peers.is_empty() {
            return;
        }
        self.busy = true;
        let (network, store) = (self.network.clone(), self.store.clone());
        self.tasks.spawn(async move {
            let question = GetHeaders {
                from: checkpoint.height,
                count: 1,
            };
            let shown = first_good(
                peers,
                |peer| network.request(peer, question),
                |peer, answer| std::future::ready(shown(&checkpoint, peer, answer)),
            );
            let Some(header) = shown.await else {
                return Task::Beginning(checkpoint, Ok(None));
            };
            let trusted = header.clone();
            match tokio::task::spawn_blocking(move || store.begin(&trusted)).await {
                Ok(begun) => Task::Beginning(checkpoint, begun.map(|()| Some(Box::new(header)))),
                // The runtime is stopping.
                Err(_) => Task::Beginning(checkpoint, Ok(None)),
            }
        });
    }

    pub(super) fn on_beginning(
        &mut self,
        checkpoint: Checkpoint,
        outcome: Result<Option<Box<BlockHeader>>, StoreError>,
    ) {
        self.busy = false;
        match outcome {
            Ok(Some(header)) => {
                info!(%checkpoint, "the chain begins at a checkpoint");
                self.beginning = None;
                self.chain.begin(&header);
                self.published.send_replace(self.chain.clone());
                self.go_on();
                self.check_age();
            }
            Ok(None) => self.wait_for(FollowError::CheckpointNotShown { checkpoint }),
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "storing the checkpoint failed");
                self.rest(STORE_PAUSE);
            }
        }
    }
}

/// The header of the checkpoint, if the peer sent it. A peer with another header is not to blame: the
/// checkpoint may be of another chain.
fn shown(
    checkpoint: &Checkpoint,
    peer: PeerId,
    answer: Result<Vec<SignedHeader>, RequestError>,
) -> Option<BlockHeader> {
    let header = match answer {
        Ok(headers) => headers.into_iter().next()?.header,
        Err(error) => {
            debug!(%peer, %error, %checkpoint, "a request for the checkpoint's header failed");
            return None;
        }
    };
    let found = header.hash();
    if header.height != checkpoint.height || found != checkpoint.hash {
        debug!(%peer, %found, %checkpoint, "a peer has another header than the checkpoint's");
        return None;
    }
    Some(header)
}
