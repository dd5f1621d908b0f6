//! Headers of heights that were followed already: the same again, false ones, and second final ones.

use std::sync::Arc;

use tracing::{debug, error, warn};
use weft_chain::{Height, SignedHeader};
use weft_network::{GetHeaders, Offence, PeerId, RequestError};

use super::super::conflict::{Judgement, judge};
use super::{Follower, Suspect, Task};
use crate::{FollowError, StoreError};

impl Follower {
    /// Compares a header with the one of its height that was followed, one at a time.
    pub(super) fn judge(&mut self, signed: SignedHeader, suspect: Suspect) {
        if self.judging {
            if let Suspect::Gossip(_, validation) = suspect {
                validation.ignore();
            }
            return;
        }
        self.judging = true;
        let (chain, store) = (self.chain.clone(), self.store.clone());
        self.tasks
            .spawn_blocking(move || Task::Judged(suspect, judge(&chain, &store, signed)));
    }

    pub(super) fn on_judged(&mut self, suspect: Suspect, outcome: Result<Judgement, StoreError>) {
        self.judging = false;
        let refused = match outcome {
            Ok(Judgement::Known) => None,
            Ok(Judgement::Refused(error)) => Some(error),
            Ok(Judgement::Conflict(conflict)) => {
                self.end(conflict.as_error());
                None
            }
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "a header is not judged");
                None
            }
        };
        match (suspect, refused) {
            (Suspect::Gossip(_, validation), None) => validation.ignore(),
            (Suspect::Asked(_), None) => {}
            (suspect, Some(error)) => {
                self.metrics.headers("refused", 1);
                match suspect {
                    Suspect::Gossip(peer, validation) => {
                        warn!(%peer, %error, "invalid header by gossip");
                        validation.reject();
                    }
                    Suspect::Asked(peer) => {
                        warn!(%peer, %error, "invalid header at the tip's height");
                        self.network.report(peer, Offence::InvalidBlock);
                    }
                }
            }
        }
    }

    /// Asks a peer that seems to have another header at the tip's height for it.
    pub(super) fn ask_for_rival(&mut self, peer: PeerId) {
        let from = self.chain.height();
        if self.judging || self.ended || from == Height::GENESIS {
            return;
        }
        self.judging = true;
        let network = self.network.clone();
        self.tasks.spawn(async move {
            let question = GetHeaders { from, count: 1 };
            Task::Rival(peer, network.request(peer, question).await)
        });
    }

    pub(super) fn on_rival(
        &mut self,
        peer: PeerId,
        answer: Result<Vec<SignedHeader>, RequestError>,
    ) {
        self.judging = false;
        match answer.map(|mut headers| headers.pop()) {
            Ok(Some(signed)) if signed.header.height <= self.chain.height() => {
                self.judge(signed, Suspect::Asked(peer));
            }
            Ok(_) => debug!(%peer, "no header at the tip's height"),
            Err(error) => debug!(%peer, %error, "no header at the tip's height"),
        }
    }

    /// Follows nothing from now on.
    pub(super) fn end(&mut self, reason: FollowError) {
        error!(error = %reason, "the chain is not followed any more");
        self.metrics.headers("stopped", 1);
        self.ended = true;
        self.status
            .send_modify(|status| status.halted = Some(Arc::new(reason)));
    }
}
