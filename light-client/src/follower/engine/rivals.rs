//! Headers of heights that were followed already: the same header, false ones, and second final ones.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use tracing::{debug, error, warn};
use weft_chain::{HeaderHash, Height, SignedHeader};
use weft_encoding::Fault;
use weft_network::{GetHeaders, GossipValidation, NetworkHandle, Offence, PeerId, Status, unix_ms};

use super::{Follower, Source, Task};
use crate::{
    FollowError, StoreError,
    follower::{
        HeaderChain,
        conflict::{Judgement, judge},
    },
    store::Store,
};

/// Gossiped headers judged at a time; more are ignored.
const MAX_JUDGING: usize = 4;

/// Peers whose history is compared at a time; the next status of another peer is a new chance.
const MAX_COMPARED: usize = 4;

/// The time to find where a peer's history diverges from the chain.
const COMPARISON: Duration = Duration::from_secs(60);

/// The source of a header whose height was followed already.
pub(super) enum Suspect {
    Gossip(PeerId, GossipValidation),
    /// It was requested, because the peer's status or gossip contradicts the chain.
    Status(PeerId),
    /// It was requested, because the peer sent a next header whose parent is not the tip.
    Stray(PeerId),
}

impl Follower {
    /// Compares a gossiped header with the followed one of its height.
    pub(super) fn judge(&mut self, signed: SignedHeader, suspect: Suspect) {
        if self.judging >= MAX_JUDGING {
            if let Suspect::Gossip(_, validation) = suspect {
                validation.ignore();
            }
            return;
        }
        self.judging += 1;
        let (chain, store) = (self.chain.clone(), self.store.clone());
        let since = chain.relied_on_since(unix_ms());
        self.tasks
            .spawn_blocking(move || Task::Judged(suspect, judge(&chain, &store, signed, since)));
    }

    /// Finds where a peer's history diverges from the chain, if its status contradicts the chain.
    pub(super) fn compare(&mut self, suspect: Suspect, peer: PeerId, status: Status) {
        let tip = self.chain.height();
        let known = (self.chain.first()..=tip).contains(&status.height);
        let same = status.height == tip && status.header_hash == self.chain.tip_hash();
        let follows = !self.ended && self.beginning.is_none();
        let may_begin = self.compared.len() < MAX_COMPARED && !self.compared.contains(&peer);
        if !(known && follows && may_begin) || same {
            return;
        }
        self.compared.push(peer);
        let history = History {
            network: self.network.clone(),
            since: self.chain.relied_on_since(unix_ms()),
            chain: self.chain.clone(),
            store: self.store.clone(),
            peer,
        };
        self.tasks.spawn(async move {
            let judged = timeout(COMPARISON, history.compare(status)).await;
            Task::Judged(suspect, judged.unwrap_or(Ok(Judgement::Known)))
        });
    }

    /// The parent of a next header is not the tip: its peer may have another history, and is to blame
    /// only if it does not prove it.
    pub(super) fn on_stray(&mut self, header_hash: HeaderHash, source: Source) {
        let peer = source.peer();
        let suspect = match &source {
            // A peer that forwards a header need not have others.
            Source::Gossip(..) => Suspect::Status(peer),
            Source::Range(_) => Suspect::Stray(peer),
        };
        let height = self.chain.height();
        let status = Status {
            height,
            header_hash,
        };
        self.compare(suspect, peer, status);
        self.postpone(source);
    }

    pub(super) fn on_judged(&mut self, suspect: Suspect, outcome: Result<Judgement, StoreError>) {
        match &suspect {
            Suspect::Gossip(..) => self.judging = self.judging.saturating_sub(1),
            Suspect::Status(peer) | Suspect::Stray(peer) => {
                self.compared.retain(|compared| compared != peer);
            }
        }
        let judged = match outcome {
            Ok(judged) => judged,
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "judging a header failed");
                Judgement::TooOld
            }
        };
        let is_false = matches!(&judged, Judgement::Refused(error) if error.fault() == Fault::Peer);
        if let Judgement::Refused(error) = &judged {
            warn!(%error, "a second header of a height does not verify");
            self.metrics.headers("refused", 1);
        }
        match suspect {
            Suspect::Gossip(peer, validation) if is_false => {
                warn!(%peer, "a peer gossiped an invalid header");
                validation.reject();
            }
            Suspect::Gossip(_, validation) => validation.ignore(),
            Suspect::Status(peer) if is_false => self.blame(peer),
            // The peer does not prove the history that it claims.
            Suspect::Stray(peer) if is_false || matches!(judged, Judgement::Known) => {
                self.blame(peer);
            }
            Suspect::Status(_) | Suspect::Stray(_) => {}
        }
        if let Judgement::Conflict(conflict) = judged {
            self.end(FollowError::from(&*conflict));
        }
    }

    fn blame(&self, peer: PeerId) {
        warn!(%peer, "a peer claims another history and does not prove it");
        self.network.report(peer, Offence::InvalidBlock);
    }

    /// Stops following for good. The first reason stays.
    pub(super) fn end(&mut self, reason: FollowError) {
        if self.ended {
            return;
        }
        error!(error = %reason, "the follower has stopped following the chain");
        self.metrics.headers("stopped", 1);
        self.ended = true;
        self.status.send_modify(|status| {
            status.halted = Some(Arc::new(reason));
            status.catching_up = false;
        });
    }
}

/// The chain, and a peer that may have another history.
struct History {
    network: NetworkHandle,
    chain: HeaderChain,
    store: Store,
    /// Validators from before this time are no longer trusted, in Unix milliseconds.
    since: u64,
    peer: PeerId,
}

impl History {
    /// Searches by bisection for the lowest height at which the peer has another header than the chain.
    /// Below it both histories are the same, so one validator set is in force there.
    ///
    /// Cost: a request for one header a step, 65 at most, and two pairings for each of two headers.
    async fn compare(self, status: Status) -> Result<Judgement, StoreError> {
        if self.ours(status.height).await? == Some(status.header_hash) {
            return Ok(Judgement::Known);
        }
        let first = self.chain.first();
        let (mut same, mut other) = (first.get().saturating_sub(1), status.height.get());
        let Some(mut theirs) = self.theirs(other).await else {
            return Ok(Judgement::Known);
        };
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            let Some(header) = self.theirs(middle).await else {
                return Ok(Judgement::Known);
            };
            if self.ours(Height::new(middle)).await? == Some(header.header.hash()) {
                same = middle;
            } else {
                (other, theirs) = (middle, header);
            }
        }
        let parted_before = self.chain.begins_late() && other == first.get();
        let Self {
            chain,
            store,
            since,
            ..
        } = self;
        match blocking(move || judge(&chain, &store, theirs, since)).await? {
            // The history before the checkpoint is unknown, so the peer's validators may be others.
            Some(Judgement::Refused(_)) if parted_before => Ok(Judgement::TooOld),
            Some(judged) => Ok(judged),
            None => Ok(Judgement::TooOld),
        }
    }

    async fn ours(&self, height: Height) -> Result<Option<HeaderHash>, StoreError> {
        let store = self.store.clone();
        let ours = blocking(move || store.header(height)).await?;
        Ok(ours.flatten().map(|signed| signed.header.hash()))
    }

    async fn theirs(&self, height: u64) -> Option<SignedHeader> {
        let from = Height::new(height);
        let question = GetHeaders { from, count: 1 };
        match self.network.request(self.peer, question).await {
            Ok(headers) => {
                let first = headers.into_iter().next();
                first.filter(|signed| signed.header.height == from)
            }
            Err(error) => {
                debug!(peer = %self.peer, %height, %error, "a request for a single header failed");
                None
            }
        }
    }
}

/// Runs a job on the blocking pool; `None` if the runtime is stopping.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<Option<T>, StoreError> {
    match tokio::task::spawn_blocking(job).await {
        Ok(outcome) => outcome.map(Some),
        Err(_) => Ok(None),
    }
}
