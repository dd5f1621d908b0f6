//! Headers of heights that were followed already: the same again, false ones, and second final ones.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use tracing::{debug, error, warn};
use weft_chain::{HeaderHash, Height, SignedHeader};
use weft_encoding::Fault;
use weft_network::{GetHeaders, GossipValidation, NetworkHandle, Offence, PeerId, Status};

use super::{Follower, Source, Task, beginning::unix_ms};
use crate::{
    FollowError, StoreError,
    follower::{
        HeaderChain,
        conflict::{Judgement, judge},
    },
    store::Store,
};

/// Gossiped headers judged at a time; what comes meanwhile is passed over.
const MAX_JUDGING: usize = 4;

/// Peers whose history is compared at a time; who follows another history says so again.
const MAX_COMPARED: usize = 4;

/// How long a peer has to show where its history parts from the chain.
const COMPARISON: Duration = Duration::from_secs(60);

/// Whence a header came whose height was followed already.
pub(super) enum Suspect {
    Gossip(PeerId, GossipValidation),
    /// The peer was asked for it, because what it says or passes on disagrees with the chain.
    Status(PeerId),
    /// The peer was asked for it, because it gave a next header that follows another than the tip.
    Stray(PeerId),
}

impl Follower {
    /// Compares a gossiped header with the one of its height that was followed.
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

    /// Finds out where a peer's history parts from the chain, if its status disagrees with it.
    pub(super) fn compare(&mut self, suspect: Suspect, peer: PeerId, status: Status) {
        let tip = self.chain.height();
        let known = (self.chain.first()..=tip).contains(&status.height);
        let same = status.height == tip && status.header_hash == self.chain.tip_hash();
        let follows = !self.ended && self.beginning.is_none();
        let has_place = self.compared.len() < MAX_COMPARED && !self.compared.contains(&peer);
        if !(known && follows && has_place) || same {
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

    /// The header after the tip follows another: who gave it may have another history, and is to
    /// blame only if it does not show it.
    pub(super) fn on_stray(&mut self, header_hash: HeaderHash, source: Source) {
        let peer = source.peer();
        let suspect = match &source {
            // Who passes a header on may have no others.
            Source::Gossip(..) => Suspect::Status(peer),
            Source::Range(_) => Suspect::Stray(peer),
        };
        let height = self.chain.height();
        let status = Status {
            height,
            header_hash,
        };
        self.compare(suspect, peer, status);
        self.put_off(source);
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
                error!(%error, source = ?std::error::Error::source(&error), "a header is not judged");
                Judgement::TooOld
            }
        };
        let is_false = matches!(&judged, Judgement::Refused(error) if error.fault() == Fault::Peer);
        if let Judgement::Refused(error) = &judged {
            warn!(%error, "a second header of a height is refused");
            self.metrics.headers("refused", 1);
        }
        match suspect {
            Suspect::Gossip(peer, validation) if is_false => {
                warn!(%peer, "invalid header by gossip");
                validation.reject();
            }
            Suspect::Gossip(_, validation) => validation.ignore(),
            Suspect::Status(peer) if is_false => self.blame(peer),
            // It does not show the history that it says it has.
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
        warn!(%peer, "another history, which is not shown");
        self.network.report(peer, Offence::InvalidBlock);
    }

    /// Follows nothing from now on. The first reason stays.
    pub(super) fn end(&mut self, reason: FollowError) {
        if self.ended {
            return;
        }
        error!(error = %reason, "the chain is not followed any more");
        self.metrics.headers("stopped", 1);
        self.ended = true;
        self.status.send_modify(|status| {
            status.halted = Some(Arc::new(reason));
            status.catching_up = false;
        });
    }
}

/// The chain, and a peer that may have another.
struct History {
    network: NetworkHandle,
    chain: HeaderChain,
    store: Store,
    /// Validators of before this time are not relied on, in Unix milliseconds.
    since: u64,
    peer: PeerId,
}

impl History {
    /// Halves the heights up to the status until the lowest is found at which the peer has another
    /// header than the chain. Below it both have one history, so one set is in force there.
    ///
    /// Cost: a request of one header a step, 65 at most, and two pairings a header in the end.
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
            // What came before the checkpoint is not known, so its validators may be others.
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
                debug!(peer = %self.peer, %height, %error, "a header that the peer should have");
                None
            }
        }
    }
}

/// Runs a job on the blocking pool; nothing if the runtime is stopping.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<Option<T>, StoreError> {
    match tokio::task::spawn_blocking(job).await {
        Ok(outcome) => outcome.map(Some),
        Err(_) => Ok(None),
    }
}
