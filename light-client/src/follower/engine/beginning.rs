//! Beginning at a checkpoint, and ending where trust does.

use std::time::{SystemTime, UNIX_EPOCH};

use tracing::{debug, error, info};
use weft_chain::{BlockHeader, Checkpoint, SignedHeader};
use weft_network::{GetHeaders, PeerId, RequestError};

use super::{Follower, STORE_PAUSE, Task};
use crate::{FollowError, StoreError, follower::asking::first_good};

/// Now, in Unix milliseconds; 0 if the clock stands before 1970.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

impl Follower {
    /// Follows nothing any more once the validators after the tip are not relied on.
    pub(super) fn check_age(&mut self) {
        if self.beginning.is_some() {
            return;
        }
        if let Err(error) = self.chain.check_age(unix_ms()) {
            self.end(error);
        }
    }

    /// Asks everybody for the header of the checkpoint, and has the store begin at it.
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
                error!(%error, source = ?std::error::Error::source(&error), "no beginning stored");
                self.rest(STORE_PAUSE);
            }
        }
    }
}

/// The header that is trusted, if the peer gave it. Whoever gives another is not to blame: it may
/// follow another chain than whoever named the checkpoint.
fn shown(
    checkpoint: &Checkpoint,
    peer: PeerId,
    answer: Result<Vec<SignedHeader>, RequestError>,
) -> Option<BlockHeader> {
    let header = match answer {
        Ok(headers) => headers.into_iter().next()?.header,
        Err(error) => {
            debug!(%peer, %error, %checkpoint, "no checkpoint");
            return None;
        }
    };
    let found = header.hash();
    if header.height != checkpoint.height || found != checkpoint.hash {
        debug!(%peer, %found, %checkpoint, "another header than the checkpoint's");
        return None;
    }
    Some(header)
}
